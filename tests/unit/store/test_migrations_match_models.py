"""The migrations lead to exactly the tables that the code declares, and back to nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlmodel import col

import testamur.store
from testamur.contracts.job import JobSpec, State
from testamur.store.repository import JobRepository
from testamur.store.revise import write_revision
from testamur.store.schema import HEAD, changing, script_config
from testamur.store.tables import JobRow, Row


def test_head_is_the_newest_revision():
    assert ScriptDirectory.from_config(script_config()).get_heads() == [HEAD]


def test_migrated_database_equals_models(any_store):
    with any_store.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []
        found = inspect(session.connection()).get_check_constraints("job")
    assert {constraint["name"] for constraint in found} == {"ck_job_state"}


def test_the_way_back_leaves_nothing(any_store):
    config = script_config()
    with any_store.write() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "base")
    with any_store.read() as session:
        assert set(inspect(session.connection()).get_table_names()) == {"alembic_version"}
    any_store.migrate()
    with any_store.read() as session:
        assert {"job", "attempt", "lease"} <= set(inspect(session.connection()).get_table_names())


def test_the_next_migration_can_be_written(tmp_path):
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(testamur.store.__file__).parent / "migrations", scripts)
    written = write_revision("Keep the owner of a job", scripts)
    assert written.name == f"{int(HEAD) + 1:04d}_keep_the_owner_of_a_job.py"
    text = written.read_text()
    assert f'down_revision = "{HEAD}"' in text.replace("'", '"')
    assert "op." not in text.partition("def upgrade")[2]  # the tables are those of HEAD: nothing to do


def test_jobs_of_an_older_version_keep_their_attempts_and_leases(any_store):
    """SQLite copies a table to change a column, and dropping the old one deletes what refers to its rows."""
    jobs = JobRepository(any_store)
    job = jobs.add(JobSpec.parse({"dataset": {"use": "health.nhefs"}}))
    jobs.finish(jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30.0), State.FAILED)
    before = jobs.get(job.id)
    config = script_config()
    with changing(any_store._writer) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
    with any_store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM attempt")) == 1
    any_store.migrate()
    after = jobs.get(job.id)
    assert [attempt.number for attempt in after.attempts] == [1]
    assert (after.state, after.spec, after.created_at) == (State.FAILED, before.spec, before.created_at)
    assert (after.owner, after.project, after.micro_batches) == ("", "default", 1)
    with any_store.read() as session:
        assert list(session.scalars(select(col(JobRow.queued_at)))) == [before.created_at]
