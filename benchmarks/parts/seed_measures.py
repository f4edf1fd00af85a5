"""What each application is measured by: the same figures as its audit, per test unit, for several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from parts.seed_runs import Runs
from parts.seed_scores import Auc, Floats, Ints, Measure, Ratio, Statistic, Units

from testamur.contracts.table import Predictions

Measured = tuple[list[Measure], Units]
LEAST = 1e-7  # a stated chance is held this far from 0 in the log loss


def by_method(runs: Runs) -> dict[str, list[Predictions]]:
    """Test predictions of the model, one per seed, and of each baseline."""
    found = {"model": [said["test"] for said in runs.model]}
    return found | {name: [said["test"]] for name, said in runs.beside.items()}


def units_of(runs: Runs, name: str) -> tuple[Ints, Units]:
    """(n,) unit of each test row: its entity, or the row itself."""
    part = runs.table.test
    if part.entity is None:
        return np.arange(part.n_rows), Units(part.n_rows, name)
    codes = np.unique(part.entity, return_inverse=True)[1].astype(np.int64)
    return codes, Units(int(codes.max()) + 1, name)


def binary(runs: Runs, *, unit: str, rows: str, log_loss: bool = True) -> Measured:
    """AUC and log loss of the event."""
    code, units = units_of(runs, unit)
    event = np.asarray(runs.table.test.target) == 1
    n = f"{event.size:,} {rows}, {int(event.sum()):,} with the event"
    said = {name: [p.event for p in each] for name, each in by_method(runs).items()}
    found = [Measure("AUC", True, {k: [Auc(p, event, code) for p in v] for k, v in said.items()}, n)]
    if log_loss:
        losses = {k: [_mean(_loss(p, event), code, units.n) for p in v] for k, v in said.items()}
        found.append(Measure("log loss", False, losses, n))
    return found, units


def mastery(runs: Runs) -> Measured:
    """Of the next answer of a learner."""
    return binary(runs, unit="learners", rows="answers")


def students(runs: Runs) -> Measured:
    """Of a student, each for themselves."""
    return binary(runs, unit="students", rows="students")


def schools(runs: Runs) -> Measured:
    """Of a child; schools are resampled."""
    return binary(runs, unit="schools", rows="children")


def people(runs: Runs) -> Measured:
    """Of a person's outcome."""
    return binary(runs, unit="people", rows="people")


def course(runs: Runs) -> Measured:
    """Mean reciprocal rank of the own passage, and how often it comes first; subjects are resampled."""
    from testamur_education.qa.asked import gather_questions, recalled, reciprocal_rank
    from testamur_education.qa.pairs import HAS

    part = runs.table.test
    ranks: dict[str, list[Statistic]] = {}
    first: dict[str, list[Statistic]] = {}
    n_questions, n_units = 0, 0
    for name, each in by_method(runs).items():
        for said in each:
            asked = gather_questions(said.event, part.carried, part.target, part.entity)
            kept = asked.state == HAS
            code = np.unique(asked.cluster[kept], return_inverse=True)[1].astype(np.int64)
            n_questions, n_units = int(kept.sum()), int(code.max()) + 1
            ranks.setdefault(name, []).append(_mean(reciprocal_rank(asked)[kept], code, n_units))
            first.setdefault(name, []).append(_mean(recalled(asked, 1)[kept], code, n_units))
    n = f"{n_questions} questions"
    return [
        Measure("mean reciprocal rank", True, ranks, n),
        Measure("own passage first", True, first, n),
    ], Units(n_units, "subjects")


def activity(runs: Runs) -> Measured:
    """Recordings named rightly, beside logistic regression on simple statistics of the same people."""
    from activity import simple, statistics, together

    from testamur_health.activity.recordings import vote

    part = runs.table.test
    names, place = np.unique(part.carried["recording"], return_inverse=True)
    truth = np.asarray(part.target)[np.unique(place, return_index=True)[1]]
    every = together(runs.table)
    rows, target, _ = statistics(every)
    known = ~np.isin(np.unique(every.carried["recording"]), names)
    guess = {
        "model": [vote(said["test"].probabilities, place, names.size) for said in runs.model],
        "boosting": [vote(runs.beside["boosting"]["test"].probabilities, place, names.size)],
        "simple statistics": [simple(rows, target, known)[~known]],
    }
    each = np.arange(names.size)
    hits = {k: [_mean((g == truth).astype(float), each, names.size) for g in v] for k, v in guess.items()}
    n_people = np.unique(part.entity).size if part.entity is not None else 0
    n = f"{names.size} recordings of {n_people} people"
    return [Measure("recordings named rightly", True, hits, n)], Units(names.size, "recordings")


def monitoring(runs: Runs) -> Measured:
    """Mean absolute error of the week ahead, beside last week repeated; blocks of four weeks are drawn."""
    part = runs.table.test
    assert part.history is not None
    block = np.unique(part.history.stop // 28, return_inverse=True)[1].astype(np.int64)
    truth = np.asarray(part.target)
    known = ~np.isnan(truth)
    middle = int(np.argmin(np.abs(np.asarray(runs.table.problem.quantiles) - 0.5)))
    n_units = int(block.max()) + 1
    errors: dict[str, list[Statistic]] = {}
    for name, each in by_method(runs).items():
        for said in each:
            assert said.quantiles is not None
            off = np.where(known, np.abs(said.quantiles[:, :, middle] - np.where(known, truth, 0)), 0.0)
            errors.setdefault(name, []).append(
                Ratio(_sum(off.sum(axis=1), block, n_units), _sum(known.sum(axis=1), block, n_units))
            )
    n = f"{part.n_rows} origins, {int(known.sum())} days ahead, one made person"
    return [Measure("mean absolute error, beats a minute", False, errors, n)], Units(
        n_units, "blocks of four weeks"
    )


def _loss(chance: Floats, event: np.ndarray) -> Floats:
    own = np.where(event, chance, 1 - chance)
    return -np.log(np.clip(own, LEAST, 1.0))


def _mean(values: Floats, unit: Ints, n_units: int) -> Ratio:
    return Ratio(_sum(values, unit, n_units), _sum(np.ones(len(values)), unit, n_units))


def _sum(values: np.ndarray, unit: Ints, n_units: int) -> Floats:
    return np.bincount(unit, weights=np.asarray(values, np.float64), minlength=n_units)


def mean_by_unit(values: Mapping[str, Sequence[Floats]], unit: Ints, n_units: int) -> dict[str, list[Ratio]]:
    """Means over rows, by method and seed."""
    return {name: [_mean(v, unit, n_units) for v in each] for name, each in values.items()}
