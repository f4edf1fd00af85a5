"""The decision view in a terminal: the headline, each verdict with its number, what could not be measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from testamur.contracts.policy import Severity, VerdictStatus
from testamur.interfaces.terminal.consoles import printable

if TYPE_CHECKING:
    from testamur.interfaces.decision import DecisionView, VerdictLine

# A mark and a word besides the colour; met is blue, as green would promise too much.
_MARKS = {
    VerdictStatus.MET: ("●", "blue"),
    VerdictStatus.BREACHED: ("▲", "bold red"),
    VerdictStatus.NOT_SHOWN: ("◌", "bright_black"),
}
_N_REASONS = 5
_WIDE = 100


def show_decision(view: DecisionView, console: Console, *, dossier: Path | None = None) -> None:
    """Print the decision view, and where the dossier lies."""
    console.print()
    console.print(Text(printable(view.headline), style="bold"))
    console.print(Text(printable(view.examined), style="bright_black"))
    if view.verdicts:
        console.print(_table(view, wide=console.width >= _WIDE))
    _show_unmeasured(view, console)
    if dossier is not None:
        _show_places(console, dossier)


def _table(view: DecisionView, *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True, show_edge=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Question", ratio=3, min_width=18)
    table.add_column("Value", ratio=2, min_width=15)
    table.add_column("Limit", ratio=1, min_width=10)
    if wide:
        table.add_column("Rows", justify="right", no_wrap=True)
    for line in view.verdicts:
        cells = [_verdict(line), _question(line), _value(line, wide=wide), Text(line.limit)]
        table.add_row(*cells, *([Text(f"{line.n:,}")] if wide else []))
        table.add_section()
    return table


def _verdict(line: VerdictLine) -> Text:
    mark, style = _MARKS[line.status]
    rank = "must" if line.severity is Severity.MUST else "should"
    return Text.assemble((f"{mark} {line.status.value}", style), "\n", (f"  {rank}", "bright_black"))


def _question(line: VerdictLine) -> Group:
    question = Text(printable(line.question))
    if line.status is VerdictStatus.MET:
        return Group(question)
    return Group(question, Text(printable(line.reason), style="bright_black"))


def _value(line: VerdictLine, *, wide: bool) -> Text:
    parts = [line.value]
    if line.about:
        parts.append(printable(line.about))
    if not wide:
        parts.append(f"{line.n:,} rows")
    return Text("\n".join(parts))


def _show_unmeasured(view: DecisionView, console: Console) -> None:
    n_missing = view.n_checks - view.n_done
    words = f"What could not be measured: {n_missing} of {view.n_checks} checks"
    if view.n_not_estimable:
        words += f", and {view.n_not_estimable} findings on too few rows"
    console.print(Text(words, style="bold"))
    for item in view.unmeasured[:_N_REASONS]:
        names = ", ".join(item.checks[:3]) + (
            f" and {len(item.checks) - 3} more" if len(item.checks) > 3 else ""
        )
        reason = f": {printable(item.reason)}" if item.reason else ""
        console.print(Text(f"  ◌ {item.status.value}{reason} ({names})", style="bright_black"))
    left = len(view.unmeasured) - _N_REASONS
    if left > 0:
        console.print(Text(f"  and {left} further reasons, all in the report", style="bright_black"))


def _show_places(console: Console, dossier: Path) -> None:
    console.print()
    for label, text in (
        ("Report ", str(dossier / "report.html")),
        ("Verify ", f"testamur report verify {dossier}"),
    ):
        console.print(Text.assemble((label, "bold"), printable(text)), soft_wrap=True)
