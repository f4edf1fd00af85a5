"""What the scan for personal data finds of planted values, and what it says of harmless columns.

Goals: at least 95 % of the planted values of every kind are found under some kind; no column of random
numbers or of the bundled datasets is taken for personal by its cells (headings are looked at apart).

    python benchmarks/audit_personal_data.py [--write]
"""

from __future__ import annotations

from pathlib import Path

import harness  # first: it sets one thread
import numpy as np

from testamur.audit.interval import wilson
from testamur.audit.personal_planted import plant, planted_kinds
from testamur.audit.personal_scan import scan_column
from testamur.contracts.job import DatasetRequest
from testamur.contracts.raw_cells import RawColumn
from testamur.data.load import load_source
from testamur.data.raw_cells import FrameCells
from testamur.hooks.registry import Registry

N_PLANTED, Z = 60, 1.959964
EXPLANATION = (
    f"{N_PLANTED} made-up valid values of each kind, in six surroundings (alone, in a sentence, in brackets, "
    "behind a word and an equals sign) and in the notations that are in use. Recall with Wilson's interval. "
    "Values are verified by the same checksums that the scan uses: what is measured is whether they are "
    "found in the text. Names of people in running text are not looked for."
)


def planted(page: harness.Page) -> None:
    """Recall per kind."""
    r = np.random.default_rng(20260726)
    page.lines += ["", "| kind | found | recall | 95 % interval |", "|---|---:|---:|---|"]
    lowest = 1.0
    for kind in planted_kinds():
        column = plant(kind, N_PLANTED, r)
        found = min(int(sum(one.n_cells for one in scan_column(column, r, Z))), N_PLANTED)
        low, high = (float(end) for end in wilson(found, N_PLANTED, Z))
        recall = found / N_PLANTED
        lowest = min(lowest, recall)
        ends = f"{100 * low:.0f} to {100 * high:.0f} %"
        page.lines.append(f"| {kind.label} | {found} of {N_PLANTED} | {100 * recall:.0f} % | {ends} |")
    page.goal(harness.Goal("lowest recall of a kind", 100 * lowest, at_least=95, unit="%"))


def harmless(page: harness.Page) -> None:
    """Random numbers of nine to eighteen digits, and the bundled datasets."""
    r, alarms, n_columns = np.random.default_rng(1), 0, 0
    for n_digits in range(9, 16):
        for _ in range(20):
            numbers = np.unique(r.integers(10 ** (n_digits - 1), 10**n_digits, 2000)).astype(np.float64)
            column = RawColumn("c", "number", numbers, np.arange(len(numbers), dtype=np.int32))
            alarms += bool(scan_column(column, r, Z))
            n_columns += 1
    page.note(f"{alarms} of {n_columns} columns of 2,000 random numbers were taken for personal.")
    page.goal(harness.Goal("columns of random numbers taken for personal", alarms, at_most=0, unit=""))
    said, n_cells = [], 0
    for key, spec in Registry.load(Path.cwd() / "nowhere").datasets().items():
        if spec.resource is None:
            continue
        source = load_source(DatasetRequest(use=key), spec, base=Path.cwd())
        cells = FrameCells(source.frame, {})
        for name in cells.names:
            n_cells += cells.n_rows
            said += [f"{key}: {name} ({one.kind.label})" for one in scan_column(cells.column(name), r, Z)]
    page.note(f"Of {n_cells:,} cells of the bundled datasets: {'; '.join(said) or 'no column'} was reported.")
    page.goal(harness.Goal("columns of bundled datasets taken for personal", len(said), at_most=0, unit=""))


def main() -> int:
    """Measure, print, and write when asked."""
    page = harness.Page(
        "audit_personal_data", "Personal data in cells", EXPLANATION, packages=("numpy", "python-stdnum")
    )
    planted(page)
    harmless(page)
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
