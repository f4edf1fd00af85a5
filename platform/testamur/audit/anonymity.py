"""How many people share what others may know of them: k-anonymity, l-diversity, t-closeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.disclosure import small, withhold
from testamur.audit.equivalence import closeness, diversity, find_classes
from testamur.audit.findings import exact, json_file
from testamur.audit.inputs import all_rows
from testamur.audit.interval import Ints
from testamur.audit.rounding import step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Section, Unit
from testamur.contracts.raw_cells import RawCells

FEW = 11  # below it a class is flagged: US agencies withhold cells of ten and fewer people (CMS)
_FILE = "k_anonymity.json"
_TENTHS = 10
_SIZES = ((1, 1), (2, 4), (5, 10), (11, 20), (21, 50), (51, 100), (101, None))

K_ANONYMITY = CheckSpec(
    key="core.privacy.k_anonymity",
    section=Section.PRIVACY,
    title="People who can be told apart",
    question="How many people share the features that others know?",
    formula=(
        "k = smallest class of rows (or people, if rows share one) that agree in all quasi-identifiers; "
        "l = fewest distinct outcomes in a class; t = largest distance of a class's outcomes from all"
    ),
    citation=(
        "Sweeney 2002; Machanavajjhala et al. 2007, ACM TKDD 1:3; Li, Li and Venkatasubramanian 2007, ICDE"
    ),
    needs=(Need.DATA,),
    problems=tuple(ProblemKind),
    run="testamur.audit.anonymity:run",
    golden="testamur.audit.golden_privacy:anonymity_cases",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What the classes are made of: codes per quasi-identifier (0 = missing), entity, outcome."""

    names: list[str]
    codes: list[Ints]
    sizes: list[int]
    entity: Ints | None
    outcome: Ints | None
    n_outcomes: int

    @property
    def n(self) -> int:
        return len(self.codes[0])


def run(given: AuditInput) -> CheckOutcome:
    """k, l, t, the share of rows that stand alone, and which column makes them so."""
    cells, rows = given.table.cells, None
    if cells is not None:
        rows = _read(given, cells)
    if rows is None:
        raise Skip(CheckStatus.NOT_RUN, "the cells of the source are not at hand")
    people = _people(rows, range(len(rows.names)))
    n_people, least = int(people.sum()), given.policy.minimum_cell
    smallest = int(people.min())
    alone, few = int(people[people == 1].sum()), int(people[people < FEW].sum())
    common: dict[str, Any] = {"evidence": _FILE, "note": _words(rows)}
    between = small(few - alone, least)  # the two shares together would tell a handful of people
    found = [
        _count("k", "smallest class (k)", smallest, n_people, common, flagged=smallest < FEW),
        _count("n_classes", "different combinations", len(people), n_people, common),
        _share("unique_share", "people alone in their class", alone, n_people, least, common),
        _share("few_share", f"people in classes below {FEW}", few, n_people, least, common, hidden=between),
    ]
    spread = _spread(given, rows, common)
    tree = {
        "quasi_identifiers": rows.names,
        "n": n_people,
        "k": smallest,
        "n_classes": len(people),
        "sizes": _histogram(people, least),
        "without": _without(rows, n_people, least),
        "outcome": {f.measure: f.value for f in spread},
    }
    return CheckOutcome((*found, *spread), (json_file(_FILE, tree, "Sizes of the classes of like rows"),))


def _read(given: AuditInput, cells: RawCells) -> _Rows:
    names = list(given.options.quasi_identifiers or given.table.spec.quasi_identifiers)
    names = [name for name in dict.fromkeys(names) if name in cells.names]
    if not names:
        reason = "no quasi-identifiers are declared (audit.quasi_identifiers, or those of the dataset)"
        raise Skip(CheckStatus.NOT_RUN, reason)
    parts = ("train", "validation", "test")
    place = np.concatenate([np.asarray(cells.positions[part], np.int64) for part in parts])
    codes, sizes = [], []
    for name in names:
        column = cells.column(name)
        codes.append(column.code[place].astype(np.int64) + 1)
        sizes.append(len(column.values) + 1)
    outcome, n_outcomes = _outcomes(given)
    return _Rows(names, codes, sizes, _entities(given), outcome, n_outcomes)


def _entities(given: AuditInput) -> Ints | None:
    entity = [part.entity for part in all_rows(given.table)]
    if any(e is None for e in entity):
        return None
    code = np.concatenate([np.asarray(e, np.int64) for e in entity])
    return code if len(np.unique(code)) < len(code) else None


def _outcomes(given: AuditInput) -> tuple[Ints | None, int]:
    """Class codes, or tenths of a number; None where a row has no single outcome."""
    kind, parts = given.table.problem.kind, all_rows(given.table)
    if kind in (ProblemKind.BINARY, ProblemKind.MULTICLASS):
        target = np.concatenate([np.asarray(part.target, np.int64) for part in parts])
        return target, max(len(given.table.classes), int(target.max(initial=0)) + 1)
    if kind is not ProblemKind.REGRESSION:
        return None, 1
    values = np.concatenate([np.asarray(part.target, np.float64) for part in parts])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _TENTHS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right").astype(np.int64), len(edges) + 1


def _people(rows: _Rows, chosen: Any) -> Ints:
    """(k,) people of each class: rows, or entities where rows share one."""
    codes, sizes = [rows.codes[i] for i in chosen], [rows.sizes[i] for i in chosen]
    classes = find_classes(codes, sizes)
    if rows.entity is None:
        return classes.rows
    n_entities = int(rows.entity.max()) + 1
    pairs = np.unique(classes.number * n_entities + rows.entity)
    people = np.bincount(pairs // n_entities, minlength=len(classes.counts))
    return people[classes.counts > 0]


def _words(rows: _Rows) -> str:
    unit = "rows" if rows.entity is None else "entities"
    return f"over {', '.join(rows.names)}; {unit} of all parts; a missing value is a value of its own"


def _count(
    measure: str, label: str, value: int, n: int, common: dict[str, Any], *, flagged: bool = False
) -> Finding:
    note = f"fewer than {FEW}; {common['note']}" if flagged else common["note"]
    return exact(K_ANONYMITY.key, measure, label, float(value), Unit.COUNT, n=n, **{**common, "note": note})


def _share(
    measure: str,
    label: str,
    count: int,
    n: int,
    least: int,
    common: dict[str, Any],
    *,
    hidden: bool = False,
) -> Finding:
    hidden = hidden or small(count, least) or small(n - count, least)
    more: dict[str, Any] = {"step": max(step_of_mean(n), 0.01)} if hidden else {}
    return exact(K_ANONYMITY.key, measure, label, count / max(n, 1), Unit.SHARE, n=n, **more, **common)


def _spread(given: AuditInput, rows: _Rows, common: dict[str, Any]) -> list[Finding]:
    """L and t of the outcome over the classes of rows."""
    if rows.outcome is None:
        return []
    classes = find_classes(rows.codes, rows.sizes)
    numbers = given.table.problem.kind is ProblemKind.REGRESSION
    words = "tenths of the target" if numbers else "outcomes"
    fewest = int(diversity(classes, rows.outcome, rows.n_outcomes).min())
    furthest = float(closeness(classes, rows.outcome, rows.n_outcomes, ordered=numbers).max())
    key, n = K_ANONYMITY.key, rows.n
    return [
        exact(key, "l", f"fewest distinct {words} in a class (l)", fewest, Unit.COUNT, n=n, **common),
        exact(key, "t", f"largest distance of a class's {words} (t)", furthest, Unit.NUMBER, n=n, **common),
    ]


def _histogram(people: Ints, least: int) -> list[dict[str, Any]]:
    """People by the size of their class; counts of a handful are withheld."""
    counts = {
        (i, "n"): int(people[(people >= low) & (people <= (high or people.max()))].sum())
        for i, (low, high) in enumerate(_SIZES)
    }
    shown = withhold(counts, [list(counts)], least)
    return [{"from": low, "to": high, "n": shown[i, "n"]} for i, (low, high) in enumerate(_SIZES)]


def _without(rows: _Rows, n_people: int, least: int) -> list[dict[str, Any]]:
    """K and the share of people alone when one column is not known."""
    found = []
    for left_out, name in enumerate(rows.names):
        chosen = [i for i in range(len(rows.names)) if i != left_out]
        people = _people(rows, chosen) if chosen else np.array([n_people])
        alone = int(people[people == 1].sum())
        share = None if small(alone, least) or small(n_people - alone, least) else alone / n_people
        found.append({"name": name, "k": int(people.min()), "unique_share": share})
    return found


CHECKS: tuple[CheckSpec, ...] = (K_ANONYMITY,)
