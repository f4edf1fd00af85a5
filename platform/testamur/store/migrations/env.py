"""Run by Alembic with a connection of ours; it opens none and sets up no logging."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from testamur.store.tables import Row, UtcTime


def _render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own column types into migrations as what they are, without importing our code there."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
