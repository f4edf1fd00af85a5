"""Devices that running attempts hold, and jobs that wait for them.

Revision: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "device",
        sa.Column("id", AutoString(length=80), nullable=False),
        sa.Column("host", AutoString(), nullable=False),
        sa.Column("job_id", AutoString(length=12), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_device_job_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_host"), ["host"], unique=False)
        batch_op.create_index(batch_op.f("ix_device_job_id"), ["job_id"], unique=False)
    # plain statements: a batch would copy the table of jobs and its constraints
    op.add_column("job", sa.Column("blocked_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("job", sa.Column("blocked_on", AutoString(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("blocked_on")
        batch_op.drop_column("blocked_since")
    op.drop_table("device")
