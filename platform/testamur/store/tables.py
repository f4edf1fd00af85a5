"""The tables. A change here needs a migration; a test compares the two on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, ForeignKey, Index, MetaData, TypeDecorator
from sqlmodel import Field, SQLModel


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC and read back with its zone (SQLite itself forgets zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without zone: nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment with its zone is required, however: one without was given")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel):
    """Parent of all tables: metadata of our own, with constraint names that migrations can name."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class JobRow(Row, table=True):
    """A job: the request and where it stands."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_created_at", "state", "created_at"),
        Index("ix_job_created_at", "created_at"),
        Index("ix_job_waiting", "state", "priority", "project", "owner", "queued_at"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    )

    id: str = Field(primary_key=True, max_length=12)
    name: str = Field(max_length=200)
    spec: dict[str, Any] = Field(sa_type=JSON)
    client_key: str | None = Field(default=None, max_length=200, unique=True)
    base: str  # folder that relative paths of the job file start from
    plugins: dict[str, Any] = Field(sa_type=JSON)  # name -> version at submission
    state: str = Field(max_length=16)
    stage: str | None = Field(default=None, max_length=16)
    priority: str = Field(max_length=16)
    project: str = Field(default="default", max_length=64)
    owner: str = Field(default="", max_length=64)
    created_at: datetime = Field(sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)
    queued_at: datetime = Field(sa_type=UtcTime)  # since when it waits; kept when an attempt is lost
    started_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    sent_at: datetime | None = Field(
        default=None, sa_type=UtcTime
    )  # last time its message reached the broker
    cancel_requested: bool = False
    token: int = 0  # fencing token: grows with each claim and each release
    lease_until: datetime | None = Field(default=None, sa_type=UtcTime)  # set exactly while running
    n_attempts: int = 0
    n_lost: int = 0  # attempts lost since submission or the last retry
    max_attempts: int
    micro_batches: int = 1  # parts in which a batch passes the device
    error: str = ""
    error_kind: str = Field(default="", max_length=40)
    dossier: str = ""
    cleared: bool | None = None
    progress: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    blocked_since: datetime | None = Field(default=None, sa_type=UtcTime)  # waits for devices of a host
    blocked_on: str | None = None  # that host


class AttemptRow(Row, table=True):
    """One execution of a job by a worker."""

    __tablename__ = "attempt"

    job_id: str = Field(
        primary_key=True, max_length=12, sa_column_args=[ForeignKey("job.id", ondelete="CASCADE")]
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    token: int
    worker: str
    host: str = Field(index=True)
    pid: int | None = None
    started_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    heartbeat_at: datetime = Field(sa_type=UtcTime)
    outcome: str = Field(max_length=16)
    reason: str = ""
    error_kind: str = Field(default="", max_length=40)
    resumed_from_epoch: int | None = None
    micro_batches: int = 1


class LeaseRow(Row, table=True):
    """A named right that one process at a time holds, such as the reaper's."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=40)
    owner: str
    until: datetime = Field(sa_type=UtcTime)


class DeviceRow(Row, table=True):
    """A device that a running attempt holds; it goes with the attempt."""

    __tablename__ = "device"

    id: str = Field(primary_key=True, max_length=80)
    host: str = Field(index=True)
    job_id: str = Field(max_length=12, index=True, sa_column_args=[ForeignKey("job.id", ondelete="CASCADE")])
    since: datetime = Field(sa_type=UtcTime)


class QuotaRow(Row, table=True):
    """What one user or project may have."""

    __tablename__ = "quota"
    __table_args__ = (CheckConstraint("kind IN ('user', 'project')", name="kind"),)

    kind: str = Field(primary_key=True, max_length=8)
    name: str = Field(primary_key=True, max_length=64)
    max_running: int | None = None
    max_queued: int | None = None
    share: float = 1.0


class UsageRow(Row, table=True):
    """Running time that a user had for a project, halved with each day that has passed since."""

    __tablename__ = "usage"

    project: str = Field(primary_key=True, max_length=64)
    owner: str = Field(primary_key=True, max_length=64)
    seconds: float
    as_of: datetime = Field(sa_type=UtcTime)


JOB, ATTEMPT, QUOTA, USAGE = (Row.metadata.tables[name] for name in ("job", "attempt", "quota", "usage"))
"""The same tables without their classes: what a worker asks for each job goes past the ORM, which costs a
statement four times as much (docs/measurements/jobs_overhead.md)."""
