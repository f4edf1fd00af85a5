"""Whether cells hold e-mail addresses, numbers of accounts, cards, phones or states; headings that say so."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.disclosure import small
from testamur.audit.findings import done, exact, json_file
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, critical_value
from testamur.audit.personal_kinds import KINDS, named_personal
from testamur.audit.personal_scan import MOST_TRIED, SHORTEST, Found, scan_column
from testamur.audit.rounding import step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Section, Unit
from testamur.contracts.raw_cells import RawCells

_FILE = "personal_data.json"
_LIMIT = "names of people inside texts, and addresses without a number, are not recognised"

PERSONAL_DATA = CheckSpec(
    key="core.privacy.personal_data",
    section=Section.PRIVACY,
    title="Personal data in the cells",
    question="Do the data hold names, numbers or addresses?",
    formula=(
        "cells that match the form and the checksum of a kind of personal data / rows, per column; columns "
        "in which no more numbers hold than by accident (binomial test) are left out"
    ),
    citation="GDPR Art. 4(1), 5(1)(c); ISO 13616; ISO/IEC 7812; python-stdnum; Wilson 1927, JASA 22:209",
    needs=(Need.DATA,),
    problems=tuple(ProblemKind),
    run="testamur.audit.personal_data:run",
    golden="testamur.audit.golden_privacy:personal_cases",
)


def run(given: AuditInput) -> CheckOutcome:
    """Every column of the source, those that no model sees too; no cell is quoted anywhere."""
    cells = given.table.cells
    if cells is None:
        raise Skip(CheckStatus.NOT_RUN, "the cells of the source are not at hand")
    rng, z = generator(given, PERSONAL_DATA.key), critical_value(given.policy.level)
    features = {feature.name for feature in given.table.features}
    held = {name: _scan(cells, name, rng, z) for name in cells.names}
    named = [name for name in cells.names if named_personal(name)]
    touched = [name for name in cells.names if held[name] or name in named]
    found = [
        _counted("columns_with_personal_data", "columns with personal data", touched, cells.n_rows),
        _counted(
            "features_with_personal_data",
            "features with personal data",
            [name for name in touched if name in features],
            cells.n_rows,
        ),
        *(_finding(given, name, one, features) for name in cells.names for one in held[name]),
    ]
    tree = {
        "n": cells.n_rows,
        "n_columns": len(cells.names),
        "kinds": [kind.label for kind in KINDS],
        "columns": [_tree(given, name, held[name], name in named, features) for name in touched],
    }
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Columns that hold personal data"),))


def _scan(cells: RawCells, name: str, rng: np.random.Generator, z: float) -> list[Found]:
    """A column's personal data; one whose numbers are all too small is not unfolded for it."""
    largest = cells.largest(name)
    if largest is not None and largest < SHORTEST:
        return []
    return scan_column(cells.column(name), rng, z)


def _counted(measure: str, label: str, names: list[str], n_rows: int) -> Finding:
    told = f"{', '.join(names)}; " if names else ""
    return exact(
        PERSONAL_DATA.key,
        measure,
        label,
        float(len(names)),
        Unit.COUNT,
        n=n_rows,
        evidence=_FILE,
        note=f"{told}{_LIMIT}",
    )


def _finding(given: AuditInput, name: str, found: Found, features: set[str]) -> Finding:
    share, n = found.n_cells / found.n_rows, found.n_rows
    seen = "the model sees this column" if name in features else "the model does not see this column"
    common: dict[str, Any] = {
        "subject": name,
        "evidence": _FILE,
        "step": _step(given, found),
    }
    measure, label = f"{found.kind.name}_share", f"cells with: {found.kind.label}"
    if found.low == found.high:
        return exact(PERSONAL_DATA.key, measure, label, share, Unit.SHARE, n=n, note=seen, **common)
    method = f"Wilson score interval of {found.n_tried} candidates whose checksum was tried"
    estimate = Estimate(share, found.low, found.high, method, n)
    return done(
        PERSONAL_DATA.key, measure, label, estimate, Unit.SHARE, level=given.policy.level, note=seen, **common
    )


def _step(given: AuditInput, found: Found) -> float:
    """Step to which a share of a handful of cells is rounded."""
    least = given.policy.minimum_cell
    if small(found.n_cells, least) or small(found.n_rows - found.n_cells, least):
        return max(step_of_mean(found.n_rows), 0.01)
    return 0.0


def _tree(given: AuditInput, name: str, held: list[Found], named: bool, features: set[str]) -> dict[str, Any]:
    return {
        "name": name,
        "seen_by_model": name in features,
        "heading": named,
        "kinds": [
            {
                "kind": found.kind.name,
                "label": found.kind.label,
                "share": None if _step(given, found) else found.n_cells / found.n_rows,
                "low": None if _step(given, found) else found.low,
                "high": None if _step(given, found) else found.high,
                "all_tried": found.n_tried < MOST_TRIED or found.low == found.high,
            }
            for found in held
        ],
    }


CHECKS: tuple[CheckSpec, ...] = (PERSONAL_DATA,)
