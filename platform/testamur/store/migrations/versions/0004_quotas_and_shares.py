"""Owners and projects of jobs, their quotas and shares; why an attempt ended, and in what parts it trained.

Revision: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ADDED = {
    "job": (("project", AutoString(length=64), "default"), ("owner", AutoString(length=64), ""),
            ("micro_batches", sa.Integer(), "1")),
    "attempt": (("error_kind", AutoString(length=40), ""), ("micro_batches", sa.Integer(), "1")),
}  # fmt: skip


def upgrade() -> None:
    """Apply. Columns get a value for the rows that are there, and no default afterwards."""
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind, value in columns:
                batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=value))
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE job SET queued_at = created_at")
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in columns:
                batch_op.alter_column(name, server_default=None)
            if table == "job":
                batch_op.alter_column("queued_at", nullable=False)
                batch_op.create_index(
                    "ix_job_waiting", ["state", "priority", "project", "owner", "queued_at"], unique=False
                )
    op.create_table(
        "quota",
        sa.Column("kind", AutoString(length=8), nullable=False),
        sa.Column("name", AutoString(length=64), nullable=False),
        sa.Column("max_running", sa.Integer(), nullable=True),
        sa.Column("max_queued", sa.Integer(), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.CheckConstraint("kind IN ('user', 'project')", name=op.f("ck_quota_kind")),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_quota")),
    )
    op.create_table(
        "usage",
        sa.Column("project", AutoString(length=64), nullable=False),
        sa.Column("owner", AutoString(length=64), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project", "owner", name=op.f("pk_usage")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("usage")
    op.drop_table("quota")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_waiting")
        batch_op.drop_column("queued_at")
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in columns:
                batch_op.drop_column(name)
