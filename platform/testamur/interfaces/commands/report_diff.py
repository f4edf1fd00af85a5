"""``testamur report diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from testamur.interfaces.dossiers import find_dossier
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.change import Change
    from testamur.contracts.report import Report


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--all", "every", is_flag=True, help="Show every finding, not only changed ones and limits.")
@json_option
def diff(old: str, new: str, every: bool, as_json: bool) -> None:
    """What changed between two reports, and whether by more than chance.

    OLD and NEW are dossiers, by job id or folder. Data, policy, verdicts and coverage are held side by side;
    findings are tested: paired where both dossiers hold their answers on the same test rows, else by their
    intervals. What counts as changed is corrected for the number of findings.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.pipeline.compare import compare, open_side

    settings = current().settings()
    before, after = (open_side(find_dossier(name, settings)) for name in (old, new))
    change = compare(before, after)
    if as_json:
        print_json(change.model_dump(mode="json"))
    else:
        _show(change, after.report, every=every)


def _show(change: Change, report: Report, *, every: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from testamur.interfaces.terminal.consoles import out, printable
    from testamur.report.change_words import change_rows, change_sentence
    from testamur.report.names import Names

    console = out()
    console.print(Text(printable(f"{change.old_report} → {change.new_report}"), "bold"))
    console.print(Text(printable(change_sentence(change))))
    for title, lines in _lists(change):
        console.print(Text(f"\n{title}", "bold"))
        for line in lines:
            console.print(Text(printable(f"  {line}")), soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Measure", "About", "Old", "New", "Difference", "", "How"):
        table.add_column(heading)
    for row in change_rows(change, Names(report), every=every):
        cells = (row.measure, row.about, row.old, row.new, row.difference, row.kind, row.note)
        table.add_row(*(Text(printable(c)) for c in cells), style="bold" if row.changed else "")
    if table.row_count:
        console.print(Text("\nFindings", "bold"))
        console.print(table)


def _lists(change: Change) -> list[tuple[str, list[str]]]:
    """Facts, verdicts and coverage, each where there is any."""
    facts = [f"{f.what}: {f.old or 'none'} → {f.new or 'none'}" for f in change.facts]
    verdicts = [
        f"{v.title} ({v.severity.value}): {v.old.value if v.old else 'no limit'} → "
        f"{v.new.value if v.new else 'no limit'}{f'; {v.demand}' if v.demand else ''}"
        for v in change.verdicts
    ]
    coverage = [
        f"{c.check}: {c.old.value if c.old else 'not planned'} → {c.new.value if c.new else 'not planned'}"
        f"{f', {c.reason}' if c.reason else ''}"
        for c in change.coverage
    ]
    lists = [("Verdicts", verdicts), ("Stated facts", facts), ("Coverage", coverage)]
    return [(title, lines) for title, lines in lists if lines]
