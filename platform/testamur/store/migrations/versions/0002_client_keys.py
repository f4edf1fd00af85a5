"""Keys of clients, which make a submission repeatable; an index for the list of the newest jobs.

Revision: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client_key", AutoString(length=200), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_job_client_key"), ["client_key"])
        batch_op.create_index("ix_job_created_at", ["created_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_created_at")
        batch_op.drop_constraint(batch_op.f("uq_job_client_key"), type_="unique")
        batch_op.drop_column("client_key")
