"""The commands about jobs, on a real database, with a queue in memory."""

import json
from datetime import UTC, datetime

import pytest

from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import State
from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import Invocation


@pytest.fixture
def submitted(cli, table):
    return cli.json("job", "submit", table)["id"]


@pytest.fixture
def desk(home):
    with Desk(Invocation(home=home).settings()) as opened:
        yield opened


def finish(desk, job_id, state, **how):
    claim = desk.jobs.claim(job_id, worker="cpu0@here", host="here", pid=1, lease_s=30.0)
    assert desk.jobs.finish(claim, state, **how)


def test_a_job_is_checked_stored_and_sent(cli, table, surroundings):
    brief = cli.json("job", "submit", table)
    assert brief["state"] == "queued"
    assert brief["sent"] is True
    assert surroundings.memory_queue.sent == [(brief["id"], "normal")]
    assert [job["id"] for job in cli.json("job", "list")] == [brief["id"]]
    assert brief["dataset"] == "mine.csv"


def test_submitting_says_when_no_worker_runs(cli, table, surroundings):
    assert "testamur up" in cli("job", "submit", table).stderr
    surroundings.memory_fleet.up()
    assert cli("job", "submit", table).stderr == ""


def test_a_job_is_kept_when_the_broker_is_away(cli, table, surroundings):
    surroundings.memory_queue.available = False
    done = cli("job", "submit", table)
    assert done.exit_code == 0
    assert "kept" in done.stderr
    assert cli.json("job", "list")[0]["state"] == "queued"


def test_flags_and_settings_go_over_the_file(cli, table):
    plan = cli.json(
        "job", "submit", table, "--dry-run", "--set", "training.epochs=5", "--protected", "sex,age"
    )
    assert plan["spec"]["training"]["epochs"] == 5
    assert plan["spec"]["dataset"]["protected"] == ["sex", "age"]
    assert plan["policy"] == "core.default"
    assert plan["spec"]["dataset"]["path"] == str(table.parent / "mine.csv")


def test_a_dry_run_stores_nothing_and_shows_the_plan(cli, table):
    shown = cli("job", "submit", table, "--dry-run")
    assert shown.exit_code == 0
    assert "core.tabular" in shown.stdout
    assert cli.json("job", "list") == []


def test_a_dry_run_holds_groups_and_quasi_identifiers_against_the_data(cli, table):
    audit = ("--protected", "sex", "--set", 'audit.reference_groups={sex="nobody"}')
    wrong = cli("job", "submit", table, "--dry-run", *audit, "--set", 'audit.quasi_identifiers=["nowhere"]')
    assert wrong.exit_code == 2
    for place in ("audit.reference_groups.sex", "audit.quasi_identifiers"):
        assert place in wrong.stderr


def test_a_dry_run_shows_what_the_audit_was_asked(cli, table):
    plan = cli.json("job", "submit", table, "--dry-run", "--set", 'audit.quasi_identifiers=["sex"]')
    assert plan["spec"]["audit"]["quasi_identifiers"] == ["sex"]
    assert plan["trial"]["n_tried"] > 0


def test_every_fault_is_told_at_once(cli, table):
    bad = ("--set", "training.epochs=-1", "--set", "job.sed=3", "--set", "training.batch_size='x'")
    done = cli("job", "submit", table, "--dry-run", *bad)
    assert done.exit_code == 2
    for place in ("training.epochs", "job.sed", "training.batch_size"):
        assert place in done.stderr
    assert "did you mean seed?" in done.stderr


def test_unknown_names_are_answered_with_near_ones(cli, table):
    error = json.loads(cli("job", "submit", table, "--dry-run", "--model", "core.tabula", "--json").stderr)[
        "error"
    ]
    assert error["exit_code"] == 2
    assert "core.tabular" in error["problems"][0]["remedy"]


def test_without_any_request_the_command_says_what_it_needs(cli):
    done = cli("job", "submit")
    assert done.exit_code == 2
    assert "--dataset" in done.stderr


def test_one_job_with_its_attempts(cli, submitted, desk):
    desk.jobs.claim(submitted, worker="cpu0@here", host="here", pid=1, lease_s=30.0)
    shown = cli("job", "show", submitted[:9])
    assert shown.exit_code == 0, shown.output
    for words in (submitted, "Mine", "running", "cpu0@here", "mine.csv"):
        assert words in shown.stdout
    assert cli.json("job", "show", submitted)["attempts"][0]["worker"] == "cpu0@here"


def test_cancel_and_retry(cli, submitted, surroundings):
    assert cli.json("job", "cancel", submitted)["state"] == "cancelled"
    assert cli("job", "watch", submitted).exit_code == 6
    again = cli.json("job", "retry", submitted)
    assert (again["state"], again["sent"]) == ("queued", True)
    assert len(surroundings.memory_queue.sent) == 2
    assert cli("job", "retry", submitted).exit_code != 0


def test_an_unknown_job_ends_with_3(cli):
    for command in ("show", "watch", "logs", "cancel", "retry"):
        assert cli("job", command, "0" * 12).exit_code == 3, command
    assert cli("job", "show", "../../etc").exit_code == 3


def test_watching_a_failed_job_tells_why(cli, submitted, desk, surroundings):
    finish(desk, submitted, State.FAILED, error="the loss is not finite any more", error_kind="diverged")
    surroundings.memory_events.publish(
        Event(job_id=submitted, kind=EventKind.STAGE, at=datetime.now(UTC), data={"stage": "fit"})
    )
    done = cli("job", "watch", submitted)
    assert done.exit_code == 5
    assert "the loss is not finite" in done.stderr
    assert "fit" in done.stdout
    assert f"testamur job retry {submitted}" in done.stderr


def test_watching_as_json_is_one_document(cli, submitted, desk):
    finish(desk, submitted, State.FAILED, error="x", error_kind="diverged")
    done = cli("job", "watch", submitted, "--json")
    assert json.loads(done.stdout)["state"] == "failed"
    assert json.loads(done.stderr)["error"]["kind"] == "job_failed"


def test_ctrl_c_leaves_the_job_alone(cli, submitted, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("testamur.interfaces.following.follow_job", interrupt)
    done = cli("job", "watch", submitted)
    assert done.exit_code == 130
    assert f"testamur job watch {submitted}" in done.stderr
    assert cli.json("job", "show", submitted)["state"] == "queued"


def test_logs_of_all_attempts_in_order(cli, submitted, home):
    folder = home / "jobs" / submitted
    folder.mkdir(parents=True)
    (folder / "attempt-10.log").write_text("tenth\n")
    (folder / "attempt-2.log").write_text("second \x1b[2J\n")
    assert cli("job", "logs", submitted).stdout == "second \\x1b[2J\ntenth\n"


def test_the_list_by_state(cli, submitted):
    assert cli.json("job", "list", "--state", "done") == []
    assert submitted in cli("job", "list", "--state", "queued").stdout
    assert "testamur demo" in cli("job", "list", "--state", "done").stdout


def test_the_schema_is_a_json_schema_of_a_job_file(cli, table):
    import tomllib

    import jsonschema

    schema = json.loads(cli("job", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(table.read_text()), schema)


URL = "postgresql+psycopg://reader:hun/ter22@127.0.0.1:1/none?password=hunter33"


def test_the_password_of_a_database_is_shown_nowhere(cli, surroundings):
    query = ("--set", f'dataset.url="{URL}"', "--set", 'dataset.query="select 1"', "--target", "y")
    done = cli("job", "submit", *query, "--json")
    assert done.exit_code == 0, done.output
    assert 'url = "env:NAME"' in done.stderr
    job = json.loads(done.stdout)["id"]
    shown = [done, cli("job", "show", job), cli("job", "show", job, "--json"), cli("job", "list", "--json")]
    shown.append(cli("job", "cancel", job))
    shown.append(cli("job", "watch", job, "--json"))
    assert all("ter22" not in seen.output and "hunter33" not in seen.output for seen in shown)
    assert "***@127.0.0.1" in shown[2].stdout


def test_a_url_from_the_environment_needs_no_hint(cli, surroundings):
    surroundings.memory_fleet.up()
    query = ("--set", 'dataset.url="env:VISITS"', "--set", 'dataset.query="select 1"', "--target", "y")
    assert cli("job", "submit", *query).stderr == ""
