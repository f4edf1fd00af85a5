"""Finds out what is predicted: kind of problem, classes, and which label is the event."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from testamur.contracts.dataset import ColumnKind, Problem, ProblemKind
from testamur.contracts.errors import Problem as Fault
from testamur.data import wording
from testamur.data.column_types import Typed, as_text

EVENT_WORDS = (
    "1",
    "true",
    "yes",
    "y",
    "t",
    "positive",
    "pos",
    "event",
    "case",
    "died",
    "dead",
    "default",
    "churned",
)
OPPOSITES = ("0", "false", "no", "n", "f", "negative", "neg", "none", "control", "alive", "survived", "not")
MOST_NUMBER_CLASSES = 10
MOST_CLASSES = 100
ROWS_PER_CLASS = 3  # one for each part
CLASSIFICATIONS = (ProblemKind.BINARY, ProblemKind.MULTICLASS)
NUMBERS = (ProblemKind.REGRESSION, ProblemKind.FORECAST)
KNOWN_KINDS = (*CLASSIFICATIONS, *NUMBERS)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The settled target.

    Attributes:
        problem: What is predicted.
        classes: Labels as text, the event last for binary problems; empty for regression.
        series: String labels, or Float64 values.
    """

    problem: Problem
    classes: tuple[str, ...]
    series: pl.Series
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def settle_target(typed: Typed, *, kind: ProblemKind | None, positive: str | None, event: str = "") -> Target:
    """Settle the problem from the target's values.

    Args:
        typed: The target column, rows without a target already dropped.
        kind: Stated kind, or None to find it out.
        positive: Stated label of the event, or None to find it out.
        event: The event in words, or empty.
    """
    name = typed.series.name
    if kind is ProblemKind.RANKING:
        return _ranking(typed, positive)
    n_distinct = typed.series.n_unique()
    found, notes = (kind, ()) if kind else _kind_of(typed, n_distinct)
    faults = _kind_faults(name, found, n_distinct)
    if found in NUMBERS or faults:
        values, value_faults = _values(typed, found)
        return Target(Problem(kind=found, target=name), (), values, (*faults, *value_faults), notes)
    labels = as_text(typed.series)
    counts = _counts(labels)
    faults = _class_faults(wording.column(name), counts, found)
    if found is ProblemKind.BINARY and not faults:
        return _binary(labels, counts, positive, event)
    if positive is not None and not faults:
        message = f"a binary problem is required to name the event, however: {len(counts)} classes"
        faults.append(Fault("dataset.positive", message, "leave it out"))
    return Target(Problem(kind=found, target=name), in_order(counts), labels, tuple(faults), notes)


def _ranking(typed: Typed, positive: str | None) -> Target:
    """Items by their names; which of them are known is found out from the training rows."""
    name, faults = typed.series.name, []
    if typed.series.n_unique() < 3:
        message = "three items or more are required to rank, however: fewer"
        faults.append(Fault(wording.column(name), message, "is it the column of the items?"))
    if positive is not None:
        message = "a binary problem is required to name the event, however: ranking"
        faults.append(Fault("dataset.positive", message, "leave it out"))
    problem = Problem(kind=ProblemKind.RANKING, target=name)
    return Target(problem, (), as_text(typed.series), tuple(faults))


def _binary(labels: pl.Series, counts: dict[str, int], positive: str | None, event: str) -> Target:
    label, why = _event_label(counts, positive)
    faults: tuple[Fault, ...] = ()
    if label is None:
        message = f"a label of {wording.column(labels.name)} is required, however: no row has the one given"
        remedy = "name one of the labels as they stand in the data, or leave it out"
        faults = (Fault("dataset.positive", message, remedy),)
        label = in_order(counts)[-1]
    classes = (*(c for c in in_order(counts) if c != label), label)
    problem = Problem(kind=ProblemKind.BINARY, target=labels.name, positive=label, event=event)
    return Target(problem, classes, labels, faults, (why,) if why else ())


def _kind_faults(name: str, kind: ProblemKind, n_distinct: int) -> list[Fault]:
    where = wording.column(name)
    faults = []
    if kind not in KNOWN_KINDS:
        message = f"a table of rows allows binary, multiclass, regression or forecast, however: {kind.value}"
        faults.append(Fault(where, message))
    if n_distinct < 2:
        message = "a target with two values or more is required, however: it is constant"
        faults.append(Fault(where, message, "is it the right column?"))
    return faults


def in_order(labels: dict[str, int] | list[str]) -> tuple[str, ...]:
    """Labels sorted as numbers where all of them are, else as text."""
    try:
        return tuple(sorted(labels, key=lambda label: (float(label), label)))
    except ValueError:
        return tuple(sorted(labels))


def _kind_of(typed: Typed, n_distinct: int) -> tuple[ProblemKind, tuple[str, ...]]:
    """Two values: binary; text or a few whole numbers: multiclass; else regression."""
    if n_distinct <= 2 or typed.kind is ColumnKind.BOOLEAN:
        return ProblemKind.BINARY, ()
    if typed.kind is ColumnKind.CATEGORICAL:
        return ProblemKind.MULTICLASS, ()
    whole = typed.kind is ColumnKind.NUMERIC and bool((typed.series == typed.series.round(0)).all())
    if whole and n_distinct <= MOST_NUMBER_CLASSES:
        note = (
            f"the target holds {n_distinct} whole numbers and was taken as {n_distinct} classes; "
            "problem = 'regression' predicts it as a quantity"
        )
        return ProblemKind.MULTICLASS, (note,)
    return ProblemKind.REGRESSION, ()


def _values(typed: Typed, kind: ProblemKind) -> tuple[pl.Series, list[Fault]]:
    if typed.kind is ColumnKind.NUMERIC:
        return typed.series, []
    if typed.kind is ColumnKind.BOOLEAN:
        return typed.series.cast(pl.Float64), []
    if kind not in NUMBERS:
        return typed.series, []
    message = f"numbers are required for {kind.value}, however: the column is {typed.kind.value}"
    return typed.series, [
        Fault(wording.column(typed.series.name), message, "problem = 'multiclass', or another target")
    ]


def _counts(labels: pl.Series) -> dict[str, int]:
    table = labels.value_counts(name="n_rows")
    return dict(
        zip(table.get_column(labels.name).to_list(), table.get_column("n_rows").to_list(), strict=True)
    )


def _class_faults(where: str, counts: dict[str, int], kind: ProblemKind) -> list[Fault]:
    """Faults in words of counts: labels may be free text that a person wrote."""
    n = len(counts)
    if kind is ProblemKind.BINARY and n > 2:
        return [
            Fault(
                where, f"two labels are required for a binary problem, however: {n}", "problem = 'multiclass'"
            )
        ]
    if n > MOST_CLASSES:
        message = f"at most {MOST_CLASSES} classes are required, however: {n} different labels"
        return [Fault(where, message, "is it free text, or a number that is quoted?")]
    small = sorted(count for count in counts.values() if count < ROWS_PER_CLASS)
    if not small:
        return []
    sizes = ", ".join(map(str, small[:5])) + (" and more" if len(small) > 5 else "")
    message = (
        f"each class needs at least {ROWS_PER_CLASS} rows (training, validation, test), however: "
        f"{wording.counted(len(small), 'class', 'classes')} of {n} with fewer ({sizes})"
    )
    return [Fault(where, message, "join rare classes, or leave their rows out")]


def _event_label(counts: dict[str, int], positive: str | None) -> tuple[str | None, str]:
    """The label of the event, and how it was found out (empty where it was stated)."""
    labels = list(counts)
    if positive is not None:
        for same in (str, str.casefold, _as_number):
            found = [label for label in labels if same(label) == same(positive)]
            if found:
                return found[0], ""
        return None, ""
    event, why = _likely_event(counts)
    return event, f"the event is the label '{wording.shown(event)}', {why}; positive = ... sets another"


def _likely_event(counts: dict[str, int]) -> tuple[str, str]:
    """Of two labels the one that affirms, else the one whose opposite denies, else the rarer."""
    affirming = [label for label in counts if label.casefold() in EVENT_WORDS]
    if len(affirming) == 1:
        return affirming[0], "going by its name"
    denying = [label for label in counts if label.casefold() in OPPOSITES]
    if len(denying) == 1:
        return next(label for label in counts if label != denying[0]), "the opposite of a name that denies"
    rarest = min(counts.values())
    return in_order([label for label in counts if counts[label] == rarest])[-1], "the rarer one"


def _as_number(label: str) -> float | str:
    try:
        return float(label)
    except ValueError:
        return label
