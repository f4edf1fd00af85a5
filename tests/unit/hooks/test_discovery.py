from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from testamur.contracts.errors import ConfigurationError, NotFound
from testamur.contracts.plugin import PluginInfo, PluginStatus
from testamur.hooks.blocklist import disable, enable
from testamur.hooks.discovery import discover
from testamur.hooks.entry_points import find_entries
from testamur.hooks.plugin_state import change_state, read_state


def only(infos: list[PluginInfo], name: str) -> PluginInfo:
    return next(info for info in infos if info.name == name)


def test_lists_plugins_sorted_with_title_and_version_and_without_importing(install, site):
    package = install("zeta", version="2.1")
    install("alpha", "raise SystemExit('imported')")
    infos = discover(None, path=[str(site)])
    assert [info.name for info in infos] == ["alpha", "zeta"]
    zeta = infos[1]
    assert (zeta.version, zeta.distribution, zeta.status) == ("2.1", "dist-zeta", PluginStatus.ACTIVE)
    assert zeta.manifest is not None
    assert zeta.manifest.title == "Title of zeta"
    assert zeta.manifest.offers["policies"] == ("zeta.default",)
    assert package not in sys.modules


def test_the_core_is_not_listed_and_its_name_is_taken(install, site):
    install("core", distribution="testamur")
    assert discover(None, path=[str(site)]) == []
    install("core", distribution="intruder")
    assert "belongs to the platform" in only(discover(None, path=[str(site)]), "core").error


@pytest.mark.parametrize(
    ("manifest", "cause"),
    [
        ("", "no manifest"),
        ("not toml [", "cannot be read"),
        ('[plugin]\ntitle = "t"\n', "plugin.api"),
        ('[plugin]\napi = [2, 1]\ntitle = "t"\n', "plugin.api"),
        ('[plugin]\napi = [true, 1]\ntitle = "t"\n', "plugin.api"),
        ("[plugin]\napi = [1, 1]\n", "plugin.title"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\n[offer]\n', "did you mean offers"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\npermission = []\n', "did you mean permissions"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\n[offers]\nmodels = ["mine"]\n', "domain.thing"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\n[offers]\nmodels = ["other.x"]\n', "must begin with 'mine'"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\n[offers]\nmodels = ["mine.x", "mine.x"]\n', "once"),
        ('[plugin]\napi = [1, 1]\ntitle = "t"\n[demo]\njob = "../../etc/passwd"\n', "inside the package"),
        ("plugin = 1\n", "section is required"),
    ],
)
def test_a_faulty_manifest_makes_the_plugin_broken_with_its_cause(install, site, manifest, cause):
    install("mine", manifest=manifest)
    info = only(discover(None, path=[str(site)]), "mine")
    assert info.status is PluginStatus.BROKEN
    assert cause in info.error


def test_every_fault_of_a_manifest_is_listed_at_once(install, site):
    install("mine", manifest='[plugin]\napi = 1\n[offers]\nmodels = "x"\nchekcs = []\n')
    error = discover(None, path=[str(site)])[0].error
    for part in ("plugin.api", "plugin.title", "offers.models", "offers.chekcs"):
        assert part in error


@pytest.mark.parametrize(("api", "status"), [("[1, 9]", "active"), ("[2, 3]", "incompatible")])
def test_the_version_fence(install, site, api, status):
    install("mine", api=api)
    info = discover(None, path=[str(site)])[0]
    assert info.status.value == status
    assert (info.error == "") == (status == "active")
    if status == "incompatible":
        assert "API 2 to 3" in info.error


def test_two_distributions_of_one_name_are_both_broken_and_both_named(install, site):
    install("mine", distribution="first")
    install("mine", distribution="second")
    infos = discover(None, path=[str(site)])
    assert [info.status for info in infos] == [PluginStatus.BROKEN] * 2
    assert all("first 1.0" in info.error and "second 1.0" in info.error for info in infos)


@pytest.mark.parametrize(
    "name", ["../../escape", "<script>alert(1)</script>", "\x1b[31mred", "UPPER", "a" * 41, "mit leer", "1st"]
)
def test_hostile_names_are_broken_and_harmless_to_print(install, site, name):
    install(name)
    info = discover(None, path=[str(site)])[0]
    assert info.status is PluginStatus.BROKEN
    assert info.name.isprintable()
    assert len(info.name) <= 80


@pytest.mark.parametrize("value", ["", "os.remove('x')", "a b", "nowhere_at_all.plugin", ":x", "..evil"])
def test_hostile_entry_values_are_broken(install, site, value):
    install("mine", value=value)
    info = discover(None, path=[str(site)])[0]
    assert info.status is PluginStatus.BROKEN
    assert info.error


def test_the_first_of_two_copies_of_a_distribution_counts(install, site, tmp_path):
    install("mine", version="2.0")
    other = tmp_path / "other"
    stale = other / "dist_mine-1.0.dist-info"
    stale.mkdir(parents=True)
    (stale / "entry_points.txt").write_text("[testamur.plugins]\nmine = gone.plugin\n")
    assert [entry.version for entry in find_entries(path=[str(site), str(other)])] == ["2.0"]


def test_scan_agrees_with_importlib_metadata():
    from importlib.metadata import entry_points

    for group in ("testamur.plugins", "pytest11", "console_scripts"):
        expected = {(e.name, e.value.partition("[")[0].strip()) for e in entry_points(group=group)}
        assert {(e.name, e.value) for e in find_entries(group)} == expected


def test_disable_and_enable(install, site, tmp_path):
    home = tmp_path / "home"
    install("mine")
    assert disable(home, "mine").status is PluginStatus.DISABLED
    assert discover(home, path=[str(site)])[0].status is PluginStatus.DISABLED
    enabled = enable(home, "mine")
    assert enabled is not None
    assert enabled.status is PluginStatus.ACTIVE
    with pytest.raises(NotFound, match="did you mean mine"):
        disable(home, "mnie")
    with pytest.raises(NotFound):
        enable(home, "unknown")


@pytest.mark.parametrize("text", ["{", "[]", '{"disabled": 1, "broken": {}}', '{"disabled": []}'])
def test_a_damaged_block_list_is_a_clear_error(tmp_path: Path, text):
    (tmp_path / "plugins.json").write_text(text)
    with pytest.raises(ConfigurationError, match="block list"):
        discover(tmp_path)


def test_changes_made_at_once_are_all_kept(tmp_path):
    def block(number: int) -> None:
        change_state(tmp_path, lambda state: replace(state, disabled=state.disabled | {f"p{number}"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(block, range(40)))
    assert len(read_state(tmp_path).disabled) == 40


def test_listing_needs_the_standard_library_only():
    code = (
        "import sys; from testamur.hooks.discovery import discover; discover(None);"
        "heavy = {'pydantic', 'pluggy', 'torch', 'numpy', 'importlib.metadata'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    answer = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
