"""Which baselines stand beside a model: always a naive one and a strong classical one of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ClassWeights, InputShape
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsTable

_ORDER = ("naive", "linear", "boosting", "bagged", "networks", "unconstrained")  # as a report shows them


def fit_baselines(
    table: RowsTable,
    shape: InputShape,
    *,
    seed: int,
    threads: int,
    class_weights: ClassWeights,
    bag: bool,
    made: Mapping[str, Predictor],
    stop: Callable[[], None],
) -> dict[str, Predictor]:
    """The core's baselines by name, fitted on the same split as the model.

    Args:
        table: Encoded rows.
        shape: In which form the model sees them.
        seed: Seed of the job.
        threads: Threads they may use.
        class_weights: How the model beside them weights classes.
        bag: Of rows: whether a cross-fitted bag of boostings is fitted too.
        made: Predictors that training made along the way; these are not fitted again.
        stop: Called between baselines; raises when the attempt must end.
    """
    if table.problem.kind is ProblemKind.RANKING:
        return _of_rankings(table, stop)
    if shape is InputShape.SEQUENCES:
        return _of_sequences(table, seed, threads, class_weights, stop)
    found = _of_any(table, seed, threads, class_weights, stop)
    if shape is not InputShape.ROWS:
        return found
    found |= _of_rows(table, seed, threads, class_weights, bag, made, stop)
    return {name: found[name] for name in sorted(found, key=_ORDER.index)}


def _of_any(
    table: RowsTable, seed: int, threads: int, class_weights: ClassWeights, stop: Callable[[], None]
) -> dict[str, Predictor]:
    from testamur.train.baselines import fit_boosting, fit_naive

    naive = fit_naive(table)
    stop()
    boosting = fit_boosting(table, seed=seed, threads=threads, class_weights=class_weights)
    stop()
    return {"naive": naive, "boosting": boosting}


def _of_rows(
    table: RowsTable,
    seed: int,
    threads: int,
    class_weights: ClassWeights,
    bag: bool,
    made: Mapping[str, Predictor],
    stop: Callable[[], None],
) -> dict[str, Predictor]:
    """A linear one; a bag of boostings where it is asked for or was made."""
    from testamur.train.baselines import fit_bagged
    from testamur.train.linear import fit_linear

    found: dict[str, Predictor] = {"linear": fit_linear(table, threads=threads, class_weights=class_weights)}
    stop()
    found |= made
    if bag and "bagged" not in found:
        found["bagged"] = fit_bagged(
            table, seed=seed, threads=threads, class_weights=class_weights, stop=stop
        )
    return found


def _of_rankings(table: RowsTable, stop: Callable[[], None]) -> dict[str, Predictor]:
    from testamur.train.baselines_ranking import fit_classical, fit_popularity

    name, classical = fit_classical(table, stop)
    return {"popularity": fit_popularity(table), name: classical}


def _of_sequences(
    table: RowsTable, seed: int, threads: int, class_weights: ClassWeights, stop: Callable[[], None]
) -> dict[str, Predictor]:
    from testamur.train.baselines_sequence import fit_ability, fit_ability_boosting, fit_easiness

    easiness = fit_easiness(table)
    ability = fit_ability(table, easiness, seed=seed)
    stop()
    boosting = fit_ability_boosting(table, easiness, seed=seed, threads=threads, class_weights=class_weights)
    return {"naive": easiness, "boosting": boosting, "ability": ability}
