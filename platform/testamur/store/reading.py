"""Turns rows into the records that everyone reads."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select
from sqlmodel import Session, col

from testamur.contracts.errors import NotFound, StoreError
from testamur.contracts.job import Attempt, Job, JobSpec, Priority, Stage, State
from testamur.hooks.suggest import did_you_mean
from testamur.store.job_id import LENGTH, check_prefix
from testamur.store.tables import AttemptRow, JobRow

_log = logging.getLogger(__name__)
_N_SUGGESTED_FROM = 200  # newest jobs among which a mistyped id is looked for


class UnreadableRequest(StoreError):
    """A stored request that this version cannot read, as against a database that does not answer."""


def find_row(session: Session, id_or_prefix: str) -> JobRow:
    """The job with this id, or the only one whose id begins so.

    Raises:
        NotFound: No job, or more than one.
    """
    prefix = check_prefix(id_or_prefix)
    if len(prefix) == LENGTH:
        row = session.get(JobRow, prefix)
        if row is not None:
            return row
    query = select(JobRow).where(col(JobRow.id).startswith(prefix)).order_by(col(JobRow.id)).limit(6)
    rows = session.scalars(query).all()
    if len(rows) == 1:
        return rows[0]
    if rows:
        names = ", ".join(row.id for row in rows[:5]) + (" and more" if len(rows) > 5 else "")
        raise NotFound(
            f"one job is required, however: several begin with {prefix!r}", remedy=f"they are {names}"
        )
    newest = select(col(JobRow.id)).order_by(col(JobRow.created_at).desc()).limit(_N_SUGGESTED_FROM)
    raise NotFound(
        f"no job {prefix!r} is stored here", remedy=did_you_mean(prefix, session.scalars(newest), what="job")
    )


def find_attempts(session: Session, job_id: str) -> list[AttemptRow]:
    """The attempts of a job, oldest first, as they are in the database now."""
    query = select(AttemptRow).where(col(AttemptRow.job_id) == job_id).order_by(col(AttemptRow.number))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def to_job(row: JobRow | Row[Any], attempts: Iterable[AttemptRow] = ()) -> Job:
    """The record of a job.

    Raises:
        UnreadableRequest: The stored request cannot be read by this version.
    """
    return Job(
        id=row.id,
        name=row.name,
        spec=_to_spec(row),
        state=State(row.state),
        stage=Stage(row.stage) if row.stage else None,
        priority=Priority(row.priority),
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        sent=row.sent_at is not None,
        cancel_requested=row.cancel_requested,
        n_attempts=row.n_attempts,
        error=row.error,
        error_kind=row.error_kind,
        dossier=row.dossier,
        cleared=row.cleared,
        progress=row.progress,
        attempts=tuple(to_attempt(attempt) for attempt in attempts),
        client_key=row.client_key,
        base=row.base,
        plugins=row.plugins,
        owner=row.owner,
        project=row.project,
        micro_batches=row.micro_batches,
    )


def to_jobs(rows: Iterable[JobRow], attempts: Mapping[str, list[AttemptRow]] | None = None) -> list[Job]:
    """The records of several jobs; one that this version cannot read must not hide the others."""
    found = []
    for row in rows:
        try:
            found.append(to_job(row, (attempts or {}).get(row.id, ())))
        except StoreError as error:
            _log.warning("left out of a list: %s", error.message)
    return found


def _to_spec(row: JobRow | Row[Any]) -> JobSpec:
    try:
        return JobSpec.parse(row.spec)
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, fault["loc"])) for fault in error.errors()}))
        raise UnreadableRequest(
            f"the request of job {row.id} cannot be read by this version: {places}",
            remedy="submit the job again from its job file",
        ) from error


def to_attempt(row: AttemptRow) -> Attempt:
    """The record of an attempt."""
    return Attempt(
        number=row.number,
        worker=row.worker,
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        ended_at=row.ended_at,
        heartbeat_at=row.heartbeat_at,
        outcome=row.outcome,
        reason=row.reason,
        resumed_from_epoch=row.resumed_from_epoch,
        error_kind=row.error_kind,
        micro_batches=row.micro_batches,
    )


def storable_text(text: str, limit: int = 20_000) -> str:
    """The text without what PostgreSQL refuses (NUL, lone surrogates), cut to `limit` characters."""
    if text.isascii() and "\x00" not in text:
        clean = text
    else:
        clean = text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    return clean if len(clean) <= limit else clean[: limit - 4] + " ..."


def storable_tree(value: Any) -> Any:
    """The same plain values, with nan and infinity as None: JSON has no word for them."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict | Mapping):  # the first is told at once
        return {storable_text(str(key)): storable_tree(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable_tree(inner) for inner in value]
    return value
