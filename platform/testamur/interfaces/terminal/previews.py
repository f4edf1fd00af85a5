"""A source as it was understood: columns, then what stands in the way of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from testamur.interfaces.terminal.cards import show_card, show_rows
from testamur.interfaces.terminal.consoles import out, printable

if TYPE_CHECKING:
    from testamur.data.preview import ColumnPreview, DatasetPreview


def show_preview(seen: DatasetPreview) -> None:
    """Print a preview; no cell of a text column is in it."""
    used = "" if seen.n_rows_used == seen.n_rows else f" ({seen.n_rows_used:,} of them with a target)"
    kind = seen.problem_kind.value if seen.problem_kind else "not settled"
    show_card(
        seen.title or seen.name,
        {
            "Rows": f"{seen.n_rows:,}{used}",
            "Columns": f"{seen.n_columns:,}",
            "Problem": kind + (f", target {seen.target}" if seen.target else ""),
            "Event": seen.positive,
            "Classes": seen.n_classes,
            "Split": seen.split.value if seen.split else None,
            "SHA-256": seen.sha256,
        },
    )
    console = out()
    console.print()
    show_rows(
        ("Column", "Role", "Kind", "Missing", "Distinct", "Least", "Median", "Largest"),
        [_row(column) for column in seen.columns],
        numbers=("Missing", "Distinct", "Least", "Median", "Largest"),
    )
    for note in seen.notes:
        console.print(Text(f"  note: {printable(note)}", style="bright_black"), soft_wrap=True)
    for fault in seen.problems:
        console.print(
            Text(f"  ▲ {printable(fault.where)}: {printable(fault.message)}", style="red"), soft_wrap=True
        )
        if fault.remedy:
            console.print(Text(f"    → {printable(fault.remedy)}"), soft_wrap=True)
    words = "A job can use it." if seen.usable else f"{len(seen.problems)} things stand in the way of a job."
    console.print(Text(words, style="bold"))


def _row(column: ColumnPreview) -> tuple[str, ...]:
    ends = (column.minimum, column.median, column.maximum)
    return (
        column.name[:60],
        column.role.value,
        column.kind.value,
        f"{column.n_missing:,}",
        f"{column.n_distinct:,}",
        *("" if end is None else f"{end:.6g}" for end in ends),
    )
