"""Figures of robustness: what is lost, by whom, and how far test lies from training."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.contracts.finding import CheckStatus, Finding, Section
from testamur.contracts.report import Report
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.column_entry import column_entry
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval

MOST_COLUMNS = 12
LOSSES = {
    "core.robustness.noise": "Numbers slightly off",
    "core.robustness.missing_values": "Values missing",
    "core.robustness.typos": "Categories misspelt",
    "core.robustness.past": "A past with gaps and mistakes",
    "core.robustness.attack": "Numbers changed against the model",
}


def loss_forests(section: Section, report: Report, names: Names) -> list[Forest]:
    """One figure of everything that was done to the rows, made from the findings."""
    if section is not Section.ROBUSTNESS:
        return []
    rows = [f for f in report.findings if f.check in LOSSES and f.status is CheckStatus.DONE]
    return [_losses(rows, names)] if rows else []


def _losses(rows: Sequence[Finding], names: Names) -> Forest:
    entries, last = [], ""
    for row in rows:
        heading = LOSSES[row.check]
        entries.append(
            ForestEntry(
                label=row.subject,
                value=row.value,
                low=row.low,
                high=row.high,
                words=names.interval(row),
                n=f"n {format_count(row.n)}",
                heading=heading if heading != last else "",
            )
        )
        last = heading
    label = rows[0].label
    return draw_forest(
        "robustness",
        "What is lost when the rows are not quite as they were",
        entries,
        caption=(
            f"{label[:1].upper()}{label[1:]}, against the same rows as they are; to the right is worse. "
            f"Intervals of {100 * rows[0].level:.0f} % hold jointly within a block. Dashed: nothing lost."
        ),
        reference=0.0,
        reference_words="nothing lost",
    )


def group_losses(tree: Tree, names: Names) -> Figure | None:
    """The loss within each group."""
    entries = []
    for way in tree["ways"]:
        last = ""
        for row in way["groups"]:
            if row["value"] is None:
                continue
            heading = f"{names.attribute(row['attribute'])}, {way['name']}"
            entries.append(
                ForestEntry(
                    label=" × ".join(row["levels"].values()),
                    value=row["value"],
                    low=row["low"],
                    high=row["high"],
                    words=format_interval(row["value"], row["low"], row["high"]),
                    heading=heading if heading != last else "",
                )
            )
            last = heading
    if len(entries) < 2:
        return None
    return draw_forest(
        "worst-group",
        "Who loses most",
        entries,
        caption="Loss of the primary measure within each group, joint intervals; to the right is worse.",
        reference=0.0,
        reference_words="nothing lost",
    )


def shift_forest(tree: Tree, names: Names) -> Figure | None:
    """Stability index of the columns that moved most."""
    columns = tree["columns"][:MOST_COLUMNS]
    if not columns:
        return None
    entries = [column_entry(c, c["psi"], names) for c in columns]
    told = tree["two_sample"]
    apart = format_interval(told["auc"], told["low"], told["high"])
    rest = len(tree["columns"]) - len(entries)
    more = f" {rest} further columns moved less." if rest else ""
    return draw_forest(
        "shift",
        "How far test lies from training",
        entries,
        caption=(
            "Population stability index, simultaneous intervals. Dashed: 0.1, from where a shift is usually "
            f"looked at (0.25: acted on).{more} A classifier tells test rows from training rows with an AUC "
            f"of {apart}; 0.5 is not at all."
        ),
        reference=tree["marks"][0],
        reference_words="0.1, usually looked at",
    )


def period_forest(tree: Tree, names: Names) -> Figure | None:
    """The primary measure by test time."""
    entries = [column_entry(period, period["value"], names) for period in tree["periods"]]
    change = tree["over_time"]
    words = format_interval(change["value"], change["low"], change["high"])
    label = f"{tree['label'][:1].upper()}{tree['label'][1:]}"
    return draw_forest(
        "periods",
        "Over the test time",
        entries,
        caption=(
            f"{label} in stretches of the test time with equally many rows, simultaneous "
            f"{100 * tree['level']:.0f} % intervals. Dashed: all of it. {tree['way'].capitalize()} from the "
            f"first to the latest: {words}."
        ),
        reference=tree["whole"],
        reference_words="the whole test time",
    )


FIGURES: tuple[Entry, ...] = (
    (Section.ROBUSTNESS, "worst_group.json", group_losses),
    (Section.ROBUSTNESS, "periods.json", period_forest),
    (Section.ROBUSTNESS, "shift.json", shift_forest),
)
