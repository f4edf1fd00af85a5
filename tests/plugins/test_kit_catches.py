"""A plugin that breaks a rule is told so, with a remedy; one that keeps them all is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testamur.contracts.errors import NotFound
from testamur.contracts.plugin import PluginStatus
from testamur.hooks.discovery import discover
from testamur.testing.complaint import Complaint
from testamur.testing.kit import check_plugin, examine, list_rules
from testamur.testing.scaffold import write_plugin
from testamur.testing.subject import open_subject

Change = Callable[[Path], None]
NAME = "trial"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh scaffold that lies on the import path like an editable install."""
    folder = tmp_path / "trial"
    write_plugin(NAME, folder)
    info = folder / "testamur_trial-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: testamur-trial\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[testamur.plugins]\ntrial = testamur_trial.plugin\n")
    monkeypatch.syspath_prepend(folder)
    yield folder
    for module in [name for name in sys.modules if name.partition(".")[0] == "testamur_trial"]:
        del sys.modules[module]


def complaints(name: str) -> list[Complaint]:
    """What one rule says; all of them together are asked where a plugin keeps them all."""
    (rule,) = [rule for rule in list_rules() if rule.name == name]
    return examine(rule, open_subject(NAME))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))


def add_model(folder: Path, body: str, options: str = "") -> None:
    package = folder / "testamur_trial"
    (package / "nets").mkdir()
    (package / "nets" / "__init__.py").write_text("")
    (package / "nets" / "net.py").write_text(f"import torch\ndef build(context, options):\n    {body}\n")
    (package / "models.py").write_text(
        "from pydantic import Field\n"
        "from testamur.contracts.model import ModelOptions, ModelSpec\n"
        "from testamur.contracts.dataset import ProblemKind\n"
        f"class Options(ModelOptions):\n    {options or 'pass'}\n"
        'NET = ModelSpec(key="trial.net", title="t", problems=(ProblemKind.BINARY,),\n'
        '                build="testamur_trial.nets.net:build", options=Options)\n'
    )
    edit(package / "plugin.py", "@hookimpl\ndef register_policies", (
        "@hookimpl\ndef register_models():\n    from testamur_trial.models import NET\n    return [NET]\n\n\n"
        "@hookimpl\ndef register_policies"
    ))  # fmt: skip
    edit(package / "plugin.toml", "policies =", 'models = ["trial.net"]\npolicies =')


NET = """
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(context.n_numeric, context.n_outputs)
        def forward(self, numeric, categorical):
            return {output}
    return Net()
"""


def test_a_scaffold_keeps_every_rule(source):
    assert check_plugin(NAME) == []


def test_every_rule_has_a_sentence_and_a_name_of_its_own():
    rules = list_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.title.endswith(".") for rule in rules)


def test_an_unknown_plugin_is_not_found(source):
    with pytest.raises(NotFound, match="did you mean trial"):
        check_plugin("trail")


@pytest.mark.parametrize(
    ("rule", "path", "old", "new", "words"),
    [
        (
            "load",
            "testamur_trial/plugin.py",
            "def register_datasets",
            "def register_datsets",
            "register_datasets",
        ),
        ("load", "testamur_trial/plugin.toml", "[1, 1]", "[7, 9]", "incompatible"),
        (
            "manifest",
            "testamur_trial/plugin.toml",
            '"data/sample.csv" = "CC0-1.0"',
            "",
            "licence of data/sample.csv",
        ),
        ("manifest", "testamur_trial/plugin.toml", '"data/sample.csv"', '"data/gone.csv"', "does not exist"),
        ("manifest", "testamur_trial/plugin.toml", "permissions = []", 'permissions = ["root"]', "unknown"),
        ("manifest", "testamur_trial/plugin.toml", "sample.toml", "gone.toml", "cannot be read"),
        (
            "manifest",
            "testamur_trial/examples/sample.toml",
            "trial.sample",
            "other.sample",
            "dataset of trial",
        ),
        ("documents", "README.md", "## Not fit for", "## Nothing", "Not fit for"),
        (
            "imports",
            "testamur_trial/policy.py",
            '"""What',
            'import testamur.store.session\n"""What',
            "policy.py:1",
        ),
        ("imports", "testamur_trial/policy.py", '"""What', 'import pickle\n"""What', "pickle"),
        (
            "imports",
            "testamur_trial/policy.py",
            '"""What',
            'import testamur_health\n"""What',
            "testamur_health",
        ),
        ("imports", "testamur_trial/__init__.py", '"""', 'def f():\n    import torch\n"""', "nets only"),
        (
            "quiet",
            "testamur_trial/__init__.py",
            '"""',
            'import logging; logging.basicConfig()\n"""',
            "logging",
        ),
        ("quiet", "testamur_trial/__init__.py", '"""', 'print("hello")\n"""', "printed"),
        ("quiet", "testamur_trial/__init__.py", '"""', 'import polars\n"""', "polars is imported"),
        (
            "quiet",
            "testamur_trial/__init__.py",
            '"""',
            'import os; os.environ["X"] = "1"\n"""',
            "environment",
        ),
        ("datasets", "testamur_trial/data/sample.csv", "\n2,", "\n0,", "does not load"),
        ("datasets", "testamur_trial/datasets.py", 'name="hours"', 'name="horus"', "horus"),
        ("datasets", "testamur_trial/datasets.py", 'licence="CC0-1.0",', "", "source.licence"),
        (
            "datasets",
            "testamur_trial/datasets.py",
            'fit_for="Trying out the plugin."',
            'fit_for=" "',
            "fit_for",
        ),
        (
            "leaks",
            "testamur_trial/datasets.py",
            "caveats=",
            'leaks={"hours": "known later"}, caveats=',
            "hours",
        ),
        ("leaks", "testamur_trial/datasets.py", "role=Role.PROTECTED, ", "", "protected column is required"),
        ("policies", "testamur_trial/policy.py", "core.leakage.twins", "core.leakage.twin", "did you mean"),
        (
            "policies",
            "testamur_trial/policy.py",
            "equal_opportunity_gap",
            "equal_oportunity_gap",
            "did you mean",
        ),
        ("policies", "testamur_trial/policy.py", 'id="no_leaked_rows"', 'id="equal_opportunity"', "twice"),
        (
            "policies",
            "testamur_trial/policy.py",
            '"A model that does not is of no use to anyone."',
            '""',
            "rationale",
        ),
        ("policies", "testamur_trial/datasets.py", "trial.default", "trial.defualt", "trial.default"),
    ],
)
def test_a_breach_is_named(source, rule, path, old, new, words):
    edit(source / path, old, new)
    found = complaints(rule)
    assert any(words in str(complaint) for complaint in found), found
    assert all(complaint.remedy for complaint in found)


def test_the_result_of_loading_is_kept_for_the_list(source, tmp_path):
    edit(source / "testamur_trial/plugin.py", "def register_datasets", "def register_datsets")
    assert check_plugin(NAME, home=tmp_path / "home")
    info = next(info for info in discover(tmp_path / "home") if info.name == NAME)
    assert info.status is PluginStatus.BROKEN
    edit(source / "testamur_trial/plugin.py", "def register_datsets", "def register_datasets")
    for module in [name for name in sys.modules if name.partition(".")[0] == "testamur_trial"]:
        del sys.modules[module]
    assert check_plugin(NAME, home=tmp_path / "home") == []
    assert PluginStatus.BROKEN not in [info.status for info in discover(tmp_path / "home")]


def test_a_copy_of_a_protected_column_is_a_leak(source):
    csv = source / "testamur_trial/data/sample.csv"
    lines = csv.read_text().splitlines()
    sex = lines[0].split(",").index("sex")
    copied = [line + "," + ("copy" if n == 0 else line.split(",")[sex]) for n, line in enumerate(lines)]
    csv.write_text("\n".join(copied) + "\n")
    edit(source / "testamur_trial/datasets.py", '        sha256="', '        # sha256="')
    assert any("'copy' holds the same values as 'sex'" in str(c) for c in complaints("leaks"))


def test_data_from_the_network_is_refused_unless_declared(source):
    (source / "testamur_trial" / "remote.py").write_text(
        "import socket\ndef load():\n    socket.create_connection(('localhost', 9))\n"
    )
    edit(
        source / "testamur_trial/datasets.py",
        'resource="testamur_trial:data/sample.csv"',
        'loader="testamur_trial.remote:load"',
    )
    assert any("offline" in str(complaint) for complaint in complaints("datasets"))


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("self.layer(numeric).expand(-1, 2)", "shape"),
        ("self.layer(numeric) * float('nan')", "finite output"),
        ("self.layer(numeric).detach().requires_grad_()", "gradients are required"),
        ("numeric @ categorical", "could not be examined"),
    ],
)
def test_a_model_that_does_not_learn_is_named(source, output, words):
    add_model(source, NET.replace("{output}", output))
    assert any(words in str(complaint) for complaint in complaints("models"))


def test_a_model_that_learns_is_accepted(source):
    add_model(source, NET.replace("{output}", "self.layer(numeric)"))
    assert check_plugin(NAME) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("width: int = Field(default=4, ge=1, le=8)", "no description"),
        ("width: int = Field(default=4, ge=1, description='d')", "no bounds"),
        ("width: int = Field(ge=1, le=8, description='d')", "need defaults"),
    ],
)
def test_options_without_words_bounds_or_defaults_are_named(source, options, words):
    add_model(source, NET.replace("{output}", "self.layer(numeric)"), options)
    assert any(words in str(complaint) for complaint in complaints("options"))


def test_an_insight_page_that_needs_its_evidence_is_told(source):
    edit(
        source / "testamur_trial" / "reports.py", 'evidence.get("reliability.json")', 'evidence["gone.json"]'
    )
    found = complaints("reports")
    assert any("cannot be drawn without any evidence: KeyError" in c.message for c in found)


def test_an_insight_page_outside_the_shared_layout_is_told(source):
    page = source / "testamur_trial" / "templates" / "finishers.html.j2"
    page.write_text("<p>{{ part.answer }}</p>")
    assert [c.message for c in complaints("reports")] == [
        "trial.finishers: the shared layout is required of an insight page"
    ]
    page.unlink()
    assert "does not exist" in complaints("reports")[0].message


def test_a_figure_that_cannot_be_drawn_is_told_with_its_entry(source):
    edit(
        source / "testamur_trial" / "reports.py",
        '"unknown": UNKNOWN}\n    points',
        '"sections": [{"title": "x", "figures": [{"kind": "lines", "title": "Next"}]}]}\n    points',
    )
    assert any("'Next' needs 'series'" in c.message for c in complaints("reports"))
