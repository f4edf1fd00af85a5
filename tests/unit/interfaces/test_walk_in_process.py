"""`run` in this process, and the dossier it leaves: shown, opened, verified."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import testamur
from testamur.contracts.errors import ConfigurationError, NotFound
from testamur.interfaces.cli import main
from testamur.interfaces.dossiers import find_dossier
from testamur.interfaces.invocation import Invocation

SMALL = (
    "--set",
    "model.options.members=2",
    "--set",
    "model.options.hidden=8",
    "--set",
    "audit.bootstrap=100",
    "--set",
    'audit.quasi_identifiers=["visits"]',
)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A home with one dossier, and what the command printed."""
    folder = tmp_path_factory.mktemp("walked")
    rows = [
        f"{20 + i % 50},{'fm'[i % 2]},{i % 7},{'yes' if (i % 7) + (i % 3) > 4 else 'no'}" for i in range(300)
    ]
    (folder / "mine.csv").write_text("age,sex,visits,left\n" + "\n".join(rows) + "\n")
    flags = ("--data", folder / "mine.csv", "--target", "left", "--positive", "yes", "--protected", "sex")
    arguments = ("--home", folder / "home", "run", *flags, "--epochs", "2", *SMALL, "--json")
    done = CliRunner().invoke(main, [str(word) for word in arguments])
    assert done.exit_code in (0, 10), done.output
    return folder / "home", json.loads(done.stdout), done


def call(walked, *arguments):
    return CliRunner().invoke(main, ["--home", str(walked[0]), *map(str, arguments)])


def test_the_exit_code_says_whether_the_policy_clears_it(walked):
    _, found, done = walked
    assert done.exit_code == (0 if found["cleared"] else 10)
    assert found["report"]["provenance"]["job_id"] == found["job_id"]


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_the_decision_view_holds_every_verdict_at_any_width(walked, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)
    _, found, _ = walked
    shown = call(walked, "report", "show", found["job_id"][:8])
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    verdicts = found["report"]["verdicts"]
    assert sum(line.startswith(("● met", "▲ breached", "◌ not shown")) for line in lines) == len(verdicts)
    assert "What could not be measured" in shown.stdout
    places = [line for line in lines if line.startswith(("Report", "Verify"))]
    assert len(places) == 2
    assert max(len(line) for line in lines if line not in places) <= int(width)


def test_the_report_as_json_is_the_report(walked):
    home, found, _ = walked
    shown = call(walked, "report", "show", home / "dossiers" / found["job_id"], "--json")
    assert json.loads(shown.stdout) == found["report"]


def test_a_report_opens_in_the_browser(walked, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    shown = call(walked, "report", "open", walked[1]["job_id"])
    assert shown.exit_code == 0
    assert opened[0].startswith("file://")
    assert shown.stdout.strip().endswith("report.html")


def test_verification_answers_with_and_without_the_key(walked, tmp_path):
    name = walked[1]["job_id"]
    key = tmp_path / "signer.pem"
    assert "signer unknown" in call(walked, "report", "verify", name).stdout
    assert call(walked, "key", "export", key).exit_code == 0
    known = json.loads(call(walked, "report", "verify", name, "--key", key, "--json").stdout)
    assert (known["intact"], known["problems"]) == (True, [])
    assert "signed by" in call(walked, "report", "verify", name, "--key", key).stdout
    assert CliRunner().invoke(main, ["--home", str(tmp_path), "key", "export", str(key)]).exit_code == 0
    assert call(walked, "report", "verify", name, "--key", key).exit_code == 8


def test_one_changed_byte_ends_with_8(walked, tmp_path):
    import shutil

    copy = shutil.copytree(walked[0] / "dossiers" / walked[1]["job_id"], tmp_path / "copy")
    page = copy / "report.html"
    page.write_bytes(page.read_bytes() + b" ")
    done = call(walked, "report", "verify", copy)
    assert done.exit_code == 8
    assert "report.html" in done.stdout


def test_verification_needs_no_torch_no_sql_and_no_templates(walked):
    code = (
        "import sys\nfrom testamur.interfaces.cli import main\n"
        f"try: main(['--home', {str(walked[0])!r}, 'report', 'verify', {walked[1]['job_id']!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print([name for name in ('torch', 'sqlmodel', 'sqlalchemy', 'jinja2', 'celery', 'polars', 'numpy') "
        "if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_dossiers_are_found_by_path_id_or_its_beginning(walked):
    settings = Invocation(home=walked[0]).settings()
    folder = walked[0] / "dossiers" / walked[1]["job_id"]
    for name in (str(folder), str(folder / "report.html"), folder.name, folder.name[:6]):
        assert find_dossier(name, settings) == folder
    for name in ("../nowhere", "zzzz", "", "%", "a" * 5000, "x\0y"):
        with pytest.raises(NotFound):
            find_dossier(name, settings)


def test_a_report_of_another_version_is_a_clear_error(walked, tmp_path):
    (tmp_path / "report.json").write_text('{"schema_version": "9"}')
    assert call(walked, "report", "show", tmp_path).exit_code == 8
    assert call(walked, "report", "show", tmp_path.parent).exit_code == 3


@pytest.fixture(scope="module")
def walked_again(walked):
    """The same job with more epochs, compared with the first dossier."""
    home, found, _ = walked
    flags = (
        "--data",
        home.parent / "mine.csv",
        "--target",
        "left",
        "--positive",
        "yes",
        "--protected",
        "sex",
    )
    more = ("--set", f'audit.previous="{found["job_id"]}"', "--set", "training.epochs=5")
    done = call(walked, "run", *flags, *SMALL, *more, "--json")
    assert done.exit_code in (0, 10), done.output
    return json.loads(done.stdout)


def test_a_job_that_names_an_earlier_dossier_says_what_changed(walked, walked_again):
    change = walked_again["report"]["change"]
    assert change["old_report"] == f"{walked[1]['job_id']}.1"
    assert change["basis"].startswith("the same ")
    assert {f["what"] for f in change["facts"]} >= {"weights, SHA-256"}
    assert all(f["limited"] or f["kind"] == "changed" for f in change["findings"])
    assert change["n_tested"] > 10
    page = (walked[0] / "dossiers" / walked_again["job_id"] / "report.html").read_text()
    assert f"Against report {walked[1]['job_id']}.1, on which nobody had signed a decision" in page
    written = (walked[0] / "dossiers" / walked_again["job_id"] / "job.toml").read_text()
    assert "previous" not in written


def test_the_difference_of_two_dossiers_agrees_with_what_the_job_says(walked, walked_again):
    ids = walked[1]["job_id"], walked_again["job_id"]
    done = call(walked, "report", "diff", *ids, "--json")
    assert done.exit_code == 0, done.output
    told, whole = walked_again["report"]["change"], json.loads(done.stdout)
    assert [f for f in whole["findings"] if f["limited"]] == sorted(
        (f for f in told["findings"] if f["limited"]), key=whole["findings"].index
    )
    assert (whole["n_tested"], whole["n_changed"]) == (told["n_tested"], told["n_changed"])
    shown = call(walked, "report", "diff", *ids, "--all")
    assert shown.exit_code == 0, shown.output
    assert f"{ids[0]}.1 → {ids[1]}.1" in shown.stdout
    assert "Stated facts" in shown.stdout


def test_a_dossier_beside_itself_has_not_changed(walked):
    name = walked[1]["job_id"]
    change = json.loads(call(walked, "report", "diff", name, name, "--json").stdout)
    assert (change["n_changed"], change["facts"], change["verdicts"], change["coverage"]) == (0, [], [], [])
    assert {f["kind"] for f in change["findings"]} <= {"same", "not tested"}


@pytest.mark.parametrize("name", ["nowhere", "../..", ""])
def test_a_previous_dossier_that_is_none_is_told_before_training(walked, name):
    flags = ("--data", walked[0].parent / "mine.csv", "--target", "left", "--positive", "yes")
    done = call(walked, "run", *flags, *SMALL, "--set", f'audit.previous="{name}"')
    assert done.exit_code == 2
    assert "audit.previous" in done.output
    assert "is required" in done.output


def test_a_dossier_that_was_changed_is_not_compared(walked, tmp_path):
    import shutil

    shutil.copytree(walked[0] / "dossiers" / walked[1]["job_id"], tmp_path / "d")
    (tmp_path / "d" / "report.html").write_text("changed")
    done = call(walked, "report", "diff", tmp_path / "d", walked[1]["job_id"])
    assert done.exit_code == 8
    assert "an intact dossier is required" in done.output


def test_in_python_the_same_walk(tmp_path):
    import polars as pl

    frame = pl.DataFrame(
        {
            "visits": [i % 7 for i in range(200)],
            "sex": ["fm"[i % 2] for i in range(200)],
            "left": ["yes" if i % 7 + i % 3 > 4 else "no" for i in range(200)],
        }
    )
    done = testamur.run(
        data=frame, target="left", positive="yes", protected=["sex"], home=tmp_path,
        model_options={"members": 2, "hidden": 8}, training={"epochs": 2}, seed=5,
        audit={"bootstrap": 100, "self_check": "off", "privacy_attacks": "none"},
    )  # fmt: skip
    assert (done.dossier / "manifest.json").is_file()
    assert done.report.provenance.seed == 5
    assert done.cleared is done.report.cleared
    assert str(done.dossier) in done._repr_html_()


def test_in_python_every_fault_is_told_at_once(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        testamur.run(
            dataset="health.nhefs", model="core.tabula", epochs=3, policy="core.nothing", home=tmp_path
        )
    assert {problem.where for problem in caught.value.problems} == {"model.use", "audit.policy"}
    with pytest.raises(ConfigurationError, match="did you mean protected"):
        testamur.run(dataset="health.nhefs", protectd=["sex"], home=tmp_path)


def test_quasi_identifiers_are_not_put_off(walked):
    assert "not used yet" not in json.dumps(walked[1]["report"]["data"])


@pytest.mark.parametrize(
    ("audit", "place"),
    [
        ({"reference_groups": {"sex": "nobody"}}, "audit.reference_groups.sex"),
        ({"quasi_identifiers": ["nowhere"]}, "audit.quasi_identifiers"),
        ({"threshold": "yuden"}, "audit.threshold"),
    ],
)
def test_what_the_audit_cannot_use_is_refused_before_training(walked, tmp_path, monkeypatch, audit, place):
    def trained(*_, **__):
        raise AssertionError("it was trained")

    monkeypatch.setattr("testamur.train.fit.fit_model", trained)
    with pytest.raises(ConfigurationError) as caught:
        testamur.run(
            data=walked[0].parent / "mine.csv", target="left", protected=["sex"], audit=audit, home=tmp_path
        )
    assert [problem.where for problem in caught.value.problems] == [place]
