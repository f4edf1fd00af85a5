"""up, down, status, demo, doctor, plugins, datasets, models, keys."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import State
from testamur.interfaces import diagnosis
from testamur.interfaces.commands import demo as demo_module
from testamur.interfaces.commands import plugin_change
from testamur.interfaces.invocation import Invocation


def test_the_fleet_is_started_shown_and_stopped(cli, surroundings):
    assert [worker["name"] for worker in cli.json("up", "--workers", "2")["workers"]] == ["cpu0", "cpu1"]
    shown = cli("status").stdout
    assert "cpu0" in shown
    assert "101" in shown
    assert "3 normal" in shown
    assert cli.json("down") == {"stopped": ["cpu0", "cpu1"], "killed": []}
    assert "testamur up" in cli("status").stdout
    assert "does not run" in cli("status").stdout
    assert "nothing ran" in cli("down").stdout


@pytest.fixture
def quick_walk(monkeypatch):
    """Ends each submitted job at once with the given code, as a worker would."""
    codes = {}

    def end(desk, job_id, *, as_json=False):
        desk.jobs.get(job_id)
        return codes.get("code", 0)

    monkeypatch.setattr("testamur.interfaces.commands.watch.watch_to_the_end", end)
    return codes


def test_the_demo_stops_what_it_started(cli, surroundings, quick_walk):
    done = cli("demo")
    assert done.exit_code == 0, done.output
    assert surroundings.memory_fleet.calls == ["up", "down"]
    (job,) = cli.json("job", "list")
    assert job["dataset"] == "health.nhefs"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_demo_stops_what_it_started_when_a_signal_ends_it(cli, surroundings, monkeypatch, number):
    found = signal.signal(number, signal.SIG_DFL)  # tests may run where a closed terminal is ignored

    def be_killed(desk, job_id, *, as_json=False):
        os.kill(os.getpid(), number)
        raise AssertionError("the signal had no effect")

    monkeypatch.setattr("testamur.interfaces.commands.watch.watch_to_the_end", be_killed)
    monkeypatch.setattr(surroundings.memory_fleet, "down", down_under_fire(surroundings.memory_fleet, number))
    try:
        assert cli("demo").exit_code == 128 + number
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, found)
    assert surroundings.memory_fleet.calls == ["up", "down"]


def test_a_signal_that_was_ignored_stays_ignored(cli, surroundings, monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup

    def go_on(desk, job_id, *, as_json=False):
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    monkeypatch.setattr("testamur.interfaces.commands.watch.watch_to_the_end", go_on)
    try:
        assert cli("demo").exit_code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def down_under_fire(fleet, number):
    """Stopping, while the same signal comes once more."""
    down = fleet.down

    def stop(**options):
        os.kill(os.getpid(), number)
        return down(**options)

    return stop


def test_the_demo_leaves_what_ran_already(cli, surroundings, quick_walk):
    surroundings.memory_fleet.up()
    assert cli("demo", "health").exit_code == 0
    assert surroundings.memory_fleet.calls == ["up"]
    cli("down")
    assert cli("demo", "health", "--keep").exit_code == 0
    assert surroundings.memory_fleet.workers


def test_the_demo_worked_also_when_the_policy_does_not_clear(cli, quick_walk):
    quick_walk["code"] = 10
    done = cli("demo", "--all")
    assert done.exit_code == 0
    assert "does not clear" in done.stdout


def test_the_demo_of_an_unknown_domain_starts_nothing(cli, surroundings):
    done = cli("demo", "helth")
    assert done.exit_code == 3
    assert "health" in done.stderr
    assert surroundings.memory_fleet.calls == []


def test_a_disabled_domain_has_no_demo(cli):
    assert cli.json("plugin", "disable", "health")["status"] == "disabled"
    assert cli("demo").exit_code == 4
    assert cli.json("plugin", "enable", "health")["status"] == "active"


def test_ctrl_c_in_the_demo_says_that_the_job_is_kept(cli, surroundings, quick_walk):
    quick_walk["code"] = 130
    done = cli("demo")
    assert done.exit_code == 130
    assert "resumed by: testamur up" in done.stderr
    assert surroundings.memory_fleet.calls == ["up", "down"]


def test_a_failed_demo_stops_what_it_started(cli, surroundings, monkeypatch):
    monkeypatch.setattr(demo_module, "_walk", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
    assert cli("demo").exit_code == 130
    assert surroundings.memory_fleet.calls == ["up", "down"]


def test_plugin_list_has_stable_fields(cli):
    (health,) = [plugin for plugin in cli.json("plugin", "list") if plugin["name"] == "health"]
    assert list(health) == ["name", "version", "status", "error", "title"]
    assert "health.nhefs" in cli("plugin", "show", "health").stdout
    assert cli("plugin", "show", "helth").exit_code == 3


def test_install_is_pip_with_a_list_of_arguments(cli, monkeypatch):
    calls = []
    monkeypatch.setattr(
        plugin_change.subprocess, "run", lambda c, **k: calls.append(c) or SimpleNamespace(returncode=0)
    )
    assert cli("plugin", "install", "testamur-x; rm -rf /").exit_code == 0
    assert calls[0][:4] == [sys.executable, "-m", "pip", "install"]
    assert calls[0][-2:] == ["--", "testamur-x; rm -rf /"]
    assert cli("plugin", "install", "--", "--target=/").exit_code == 2
    assert len(calls) == 1


def test_an_installation_that_fails_is_an_error_with_code_4(cli, tmp_path):
    (tmp_path / "pyproject.toml").write_text("this is no toml")
    assert cli("plugin", "install", tmp_path / "nothing.whl", "--json").exit_code == 4


def test_a_new_plugin_is_written_and_not_over_another(cli, tmp_path):
    found = cli.json("plugin", "new", "energy", "--folder", tmp_path / "energy")
    assert any(path.endswith("plugin.toml") for path in found["files"])
    assert cli("plugin", "new", "energy", "--folder", tmp_path / "energy").exit_code == 2


def test_complaints_come_with_remedies_and_code_4(cli, monkeypatch):
    from testamur.testing.complaint import Complaint

    complaint = Complaint("documents", "a README is required", "write one")
    monkeypatch.setattr("testamur.testing.kit.check_plugin", lambda name: [complaint])
    done = cli("plugin", "check", "health")
    assert done.exit_code == 4
    assert "a README is required" in done.stdout
    assert "→ write one" in done.stdout
    assert cli.json("plugin", "check", "health", code=4)["complaints"][0]["rule"] == "documents"


def test_datasets_and_models_are_listed_and_shown(cli):
    assert "health.nhefs" in [dataset["key"] for dataset in cli.json("dataset", "list")]
    assert cli.json("dataset", "show", "health.nhefs")["problem"]["target"] == "death"
    assert "health.nhefs" in cli("dataset", "list").stdout
    assert "race" in cli("dataset", "show", "health.nhefs").stdout
    assert "core.tabular" in [model["key"] for model in cli.json("model", "list")]
    assert "properties" in cli.json("model", "show", "core.tabular")["options"]
    assert "hidden" in cli("model", "show", "core.tabular").stdout
    done = cli("dataset", "show", "health.nhfs")
    assert done.exit_code == 3
    assert "did you mean health.nhefs" in done.stderr


def test_a_preview_shows_columns_and_every_fault(cli, table):
    data = table.parent / "mine.csv"
    good = cli.json("dataset", "preview", data, "--target", "left", "--protected", "sex")
    assert good["usable"]
    assert {column["name"]: column["role"] for column in good["columns"]}["sex"] == "protected"
    assert "A job can use it" in cli("dataset", "preview", data, "--target", "left").stdout
    assert cli("dataset", "preview", data, "--target", "lft").exit_code == 2
    assert cli("dataset", "preview", table.parent / "none.csv").exit_code == 2
    assert cli("dataset", "preview", "health.nhfs").exit_code == 3


def test_a_first_look_needs_no_target(cli, table):
    done = cli("dataset", "preview", table.parent / "mine.csv")
    assert done.exit_code == 2
    assert "visits" in done.stdout
    assert "target" in done.stdout


def test_the_doctor_says_how_each_thing_stands(cli, surroundings):
    found = {item["name"]: item for item in cli.json("doctor")}
    assert found["Workers"]["status"] == "warn"
    assert found["Workers"]["remedy"] == "testamur up"
    assert all(item["status"] in ("ok", "warn") for item in found.values()), found
    surroundings.memory_queue.available = False
    assert "is not running" in cli("doctor").stdout


def test_the_doctor_fails_when_a_thing_will_not_work(cli, home, monkeypatch):
    cli("key", "init")
    (home / "keys" / "signing.pem").chmod(0o644)
    done = cli("doctor")
    assert done.exit_code == 1
    assert "chmod 600" in done.stdout


def test_the_doctor_does_not_import_torch(home):
    code = (
        "import sys\nfrom pathlib import Path\nfrom testamur.interfaces.invocation import Invocation\n"
        "from testamur.interfaces.diagnosis import _packages, _gpu, _home\n"
        f"settings = Invocation(home=Path({str(home)!r})).settings()\n"
        "print([f(settings).health.value for f in (_packages, _gpu, _home)], 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


def test_the_doctor_says_whether_pdf_works(home, monkeypatch):
    settings = Invocation(home=home).settings()
    monkeypatch.setattr(diagnosis.importlib.metadata, "version", lambda name: "70.0")
    monkeypatch.setattr(diagnosis, "_loads", lambda module: False)
    found = diagnosis._pdf(settings)
    assert (found.health, "Pango" in found.found) == (diagnosis.Health.WARN, True)
    assert "apt-get install" in found.remedy
    monkeypatch.setattr(diagnosis, "_loads", lambda module: True)
    assert diagnosis._pdf(settings).health is diagnosis.Health.OK

    def missing(name):
        raise diagnosis.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(diagnosis.importlib.metadata, "version", missing)
    absent = diagnosis._pdf(settings)
    assert absent.health is diagnosis.Health.OK
    assert "pip install 'testamur[pdf]'" in absent.remedy


def test_the_doctor_tells_a_module_that_does_not_load():
    assert diagnosis._loads("json")
    assert not diagnosis._loads("no_such_module_anywhere")


def test_a_driver_that_hangs_is_no_gpu(monkeypatch, home):
    def hang(*arguments, **options):
        raise subprocess.TimeoutExpired("nvidia-smi", 10)

    monkeypatch.setattr(diagnosis.subprocess, "run", hang)
    monkeypatch.setattr(diagnosis.shutil, "which", lambda name: "/usr/bin/" + name)
    assert "none is seen" in diagnosis._gpu(Invocation(home=home).settings()).found


def test_a_key_is_made_once(cli, home, tmp_path):
    made = cli.json("key", "init")
    again = cli.json("key", "init")
    assert (made["created"], again["created"]) == (True, False)
    assert made["fingerprint"] == again["fingerprint"]
    assert cli("key", "export").stdout.startswith("-----BEGIN PUBLIC KEY-----")
    assert cli("key", "export", tmp_path / "no" / "such" / "folder").exit_code == 7


def test_versions_as_text_and_json(cli):
    assert cli.json("version")["plugins"]["health"]
    assert cli("version").stdout.startswith("testamur ")


def test_a_watched_job_ends_with_the_policys_answer(cli, table, surroundings, monkeypatch, home):
    from testamur.interfaces.desk import Desk

    job_id = cli.json("job", "submit", table)["id"]
    with Desk(Invocation(home=home).settings()) as desk:
        claim = desk.jobs.claim(job_id, worker="w", host="h", pid=1, lease_s=30.0)
        desk.jobs.finish(claim, State.DONE, dossier="/nowhere", cleared=False)
    surroundings.memory_events.publish(
        Event(job_id=job_id, kind=EventKind.LOG, at=claim.lease_until, data={"message": "hello"})
    )
    assert json.loads(cli("job", "watch", job_id, "--json").stdout)["cleared"] is False
    assert cli("job", "watch", job_id, "--json").exit_code == 10
    shown = []
    monkeypatch.setattr("testamur.interfaces.commands.watch.show_dossier", shown.append)
    assert cli("job", "watch", job_id).exit_code == 10
    assert str(shown[0]) == "/nowhere"


def test_the_demo_of_all_names_every_page_at_the_end(tmp_path, capsys):
    from types import SimpleNamespace

    from testamur.contracts.report import InsightCard
    from testamur.testing.reports import make_report

    card = InsightCard(key="health.plan", title="Care plan", question="Who?", path="pages/health.plan.html")
    report = make_report().model_copy(update={"insights": (card,)})
    (tmp_path / "report.json").write_text(report.model_dump_json())
    (tmp_path / "report.html").write_text("")
    desk = SimpleNamespace(jobs=SimpleNamespace(get=lambda job_id: SimpleNamespace(dossier=str(tmp_path))))
    walked = [demo_module.Walked("health", 10, "a", 31.0), demo_module.Walked("retail", 5, "b", 2.0)]
    demo_module._sum_up(desk, walked)
    said = capsys.readouterr().out.replace("\u00a0", " ")
    assert "2 domains in 33 s" in said
    assert "health: not cleared by its policy (31 s)" in said
    assert f"audit    {tmp_path / 'report.html'}" in said
    assert f"insight  {tmp_path / 'pages' / 'health.plan.html'}  Care plan" in said
    assert "retail: did not end, code 5" in said
