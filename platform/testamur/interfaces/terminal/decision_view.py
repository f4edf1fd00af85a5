"""The decision view in a terminal: the answer, each limit with its number, what could not be measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from testamur.interfaces.terminal.consoles import printable

if TYPE_CHECKING:
    from testamur.interfaces.decision import DecisionView
    from testamur.report.decision import DecisionRow
    from testamur.report.unmeasured import Gap

# A mark and a word besides the colour; met is blue, as green would promise too much.
_MARKS = {"met": ("●", "bright_blue"), "breached": ("▲", "bold red"), "open": ("◌", "bright_black")}
_QUIET = "bright_black"
_N_GAPS = 5
_WIDE = 100
_WIDEST = 130  # longer lines are hard to read


def show_decision(view: DecisionView, console: Console, *, dossier: Path | None = None) -> None:
    """Print the decision view, and where the dossier lies."""
    width = min(console.width, _WIDEST)
    console.print()
    mark, style = _MARKS["met" if view.cleared else "breached"]
    console.print(Text.assemble((f"{mark} ", style), (printable(view.release), "bold")), width=width)
    for sentence in view.facts:
        console.print(Text(printable(sentence)), width=width)
    console.print(Text(printable(view.examined), style=_QUIET), width=width)
    if view.rows:
        console.print()
        console.print(_table(view.rows, wide=width >= _WIDE), width=width)
    console.print()
    _show_gaps(view, console, width)
    if dossier is not None:
        _show_places(console, dossier, view.pages)


def _table(rows: Sequence[DecisionRow], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True, header_style="bold")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Question", ratio=5, min_width=24)
    table.add_column("Value", ratio=3, min_width=14)
    table.add_column("Limit", ratio=2, min_width=8)
    if wide:
        table.add_column("Rests on", no_wrap=True)
    for position, row in enumerate(rows):
        if position and not wide:
            table.add_row()  # narrow cells wrap: a blank line keeps the rows apart
        cells = [_verdict(row), _question(row), _value(row, wide=wide), Text(row.limit)]
        table.add_row(*cells, *([Text(row.basis, style=_QUIET)] if wide else []))
    return table


def _verdict(row: DecisionRow) -> Text:
    mark, style = _MARKS[row.mark]
    rank = "must" if row.must else "should"
    return Text.assemble((f"{mark} {row.status}", style), "\n", (f"  {rank}", _QUIET))


def _question(row: DecisionRow) -> Text:
    question = Text(printable(row.question))
    if row.mark == "open" and row.power:
        question.append(f"\n{row.power}", style=_QUIET)
    elif row.mark != "met" and row.value == "–":
        question.append(f"\n{printable(row.reason)}", style=_QUIET)
    return question


def _value(row: DecisionRow, *, wide: bool) -> Text:
    lines = [row.ends, printable(row.about), "" if wide else row.basis]
    shown = Text(row.value if row.value != "–" else "")
    for line in lines:
        if line:
            shown.append(f"\n{line}" if shown.plain else line, style=_QUIET)
    return shown


def _show_gaps(view: DecisionView, console: Console, width: int) -> None:
    words = f"{view.n_done} of {view.n_checks} checks that apply gave a number."
    console.print(Text.assemble(("What could not be measured. ", "bold"), words), width=width)
    gaps = Table.grid(padding=(0, 1))
    for gap in view.gaps[:_N_GAPS]:
        gaps.add_row(Text("  ◌", style=_QUIET), _gap(gap))
    console.print(gaps, width=width)
    left = len(view.gaps) - _N_GAPS
    if left > 0:
        console.print(
            Text(f"  and {left} more, each with its reasons, in the report", style=_QUIET), width=width
        )


def _gap(gap: Gap) -> Text:
    reason, _, more = gap.reason.partition("; ")
    words = f"{gap.status}: {reason}" if reason else gap.status
    ellipsis = ", and other reasons" if more else ""
    return Text.assemble(f"{printable(gap.what)} ", (printable(words + ellipsis), _QUIET))


def _show_places(console: Console, dossier: Path, pages: Sequence[tuple[str, str]]) -> None:
    console.print()
    lines = [("Report  ", str(dossier / "report.html"), "")]
    lines += [("Insight ", str(dossier / path), f"  {title}") for title, path in pages]
    lines.append(("Verify  ", f"testamur report verify {dossier}", ""))
    for label, text, title in lines:
        console.print(
            Text.assemble((label, "bold"), printable(text), (printable(title), _QUIET)), soft_wrap=True
        )
