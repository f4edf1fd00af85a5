"""The shadow models of one audit: drawn, trained once, and asked about every row that they could have seen.

Each row (or, where rows look back on a history, each entity with all its rows) is given to each model by an
independent fair coin. What one model holds says nothing of what another holds: every model is attacked with
the others as reference, and the coins are the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from testamur.audit.attack_plan import FEWEST_ROWS, AttackPlan, plan_attack
from testamur.audit.interval import Floats, Ints
from testamur.audit.row_scores import RowScores, mean_by_unit, score_rows
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind, SplitKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import RowsPart

Bools = NDArray[np.bool_]
MOST_OTHERS = 6_000  # rows of the audited model that it is attacked with

_KNOWN: WeakKeyDictionary[Any, tuple[tuple[object, ...], Shadows]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, eq=False)
class Released:
    """The audited model's own rows, seen by it and by the shadow models: r units, drawn from or not.

    Attributes:
        confidence: (r,) see `row_scores.RowScores`, under the audited model.
        likelihood: (r,).
        others_confidence: (K, r) under the shadow models.
        others_likelihood: (K, r).
        outside: (K, r) True where a shadow model did not learn from the unit.
        member: (r,) True where the audited model did.
        cluster: (r,) units of one entity share a number.
    """

    confidence: Floats
    likelihood: Floats
    others_confidence: Floats
    others_likelihood: Floats
    outside: Bools
    member: Bools
    cluster: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Shadows:
    """K models of the recipe, seen from u units (rows, or entities).

    Attributes:
        plan: What was trained.
        member: (K, u) True where a model learnt from a unit.
        logit: (K, u) see `row_scores.RowScores`; means over a unit's rows.
        likelihood: (K, u).
        right: (K, u) share of a unit's rows that are answered rightly; None for values.
        released: The audited model and its rows, or None where it was not given.
        was_training: (u,) True where the audited model learnt from the unit.
        groups: (u, n_attributes) level codes; -1 = missing.
        cluster: (u,) units of one entity share a number.
        row: (u,) position in the source of the unit's first row.
        copies: (u,) rows of the whole pool with the same features and answer, itself among them.
        by_entity: True where the units are entities.
        exchangeable: Whether training and test rows differ by nothing but chance.
    """

    plan: AttackPlan
    member: Bools
    logit: Floats
    likelihood: Floats
    right: Floats | None
    released: Released | None
    was_training: Bools
    groups: NDArray[np.int16]
    cluster: Ints
    row: Ints
    copies: Ints
    by_entity: bool
    exchangeable: bool

    @property
    def n_units(self) -> int:
        """Units that the models drew from."""
        return int(self.member.shape[1])

    @property
    def n_models(self) -> int:
        """Shadow models."""
        return int(self.member.shape[0])


def train_shadows(given: AuditInput) -> Shadows:
    """The shadow models of this audit; trained at the first call, remembered as long as its trainer lives.

    Raises:
        Skip: They cannot be trained, or not within the budget.
    """
    key = (id(given.table), given.seed, given.options.model_dump_json())
    found = _KNOWN.get(given.trainer) if given.trainer is not None else None
    if found is not None and found[0] == key:
        return found[1]
    made = _train(given, plan_attack(given))
    _KNOWN[given.trainer] = (key, made)
    return made


def _train(given: AuditInput, plan: AttackPlan) -> Shadows:
    assert given.trainer is not None
    rng = np.random.default_rng([given.seed, crc32(b"core.privacy.shadows")])
    train, test, kind = given.table.train, given.table.test, given.table.problem.kind
    chosen = np.sort(rng.permutation(train.n_rows + test.n_rows)[: plan.n_rows])
    by_entity = train.history is not None and train.entity is not None
    if by_entity:  # whole entities, as a row's history holds the entity's other rows
        chosen = _whole_entities(train, test, chosen)
    pool = take_joined(train, test, chosen)
    unit, first = _units(pool, by_entity=by_entity)
    if len(first) < FEWEST_ROWS:
        what = "entities" if by_entity else "rows"
        reason = f"too few {what}; an attack draws from at least {FEWEST_ROWS} of them"
        raise Skip(CheckStatus.NOT_ESTIMABLE, reason)
    member = rng.random((plan.n_models, len(first))) < 0.5
    own = [np.flatnonzero(coins[unit]) for coins in member]
    models = given.trainer.train(own, given.seed, part=pool)
    spread = _spread(given, models)
    scores = [score_rows(pool, model.predict(pool), kind, spread) for model in models]
    _, code, size = np.unique(pool.twin_with_target, return_inverse=True, return_counts=True)

    def of_units(values: Floats) -> Floats:
        return mean_by_unit(values, unit, len(first))

    return Shadows(
        plan=plan,
        member=member,
        logit=of_units(np.stack([s.logit for s in scores])),
        likelihood=of_units(np.stack([s.likelihood for s in scores])),
        right=_right(scores, of_units),
        released=None if by_entity else _released(given, models, chosen, member, spread),
        was_training=chosen[first] < train.n_rows,
        groups=pool.groups[first],
        cluster=np.arange(len(first)) if pool.entity is None else pool.entity[first],
        row=pool.row[first],
        copies=size[code][first],
        by_entity=by_entity,
        exchangeable=given.table.spec.split.kind is not SplitKind.TIME,
    )


def _released(
    given: AuditInput, models: list[Any], chosen: Ints, member: Bools, spread: float
) -> Released | None:
    """The audited model on the rows that shadow models drew from, and on others that none of them knows."""
    if given.predictor is None:
        return None
    train, test, kind = given.table.train, given.table.test, given.table.problem.kind
    rest = np.setdiff1d(np.arange(train.n_rows + test.n_rows), chosen)
    rng = np.random.default_rng([given.seed, crc32(b"core.privacy.rest")])
    rest = np.sort(rng.permutation(rest)[: max(MOST_OTHERS - len(chosen), 0)])
    places = np.concatenate([chosen, rest])
    part = take_joined(train, test, places)
    own = score_rows(part, given.predictor.predict(part), kind, spread)
    others = [score_rows(part, model.predict(part), kind, spread) for model in models]
    return Released(
        confidence=own.confidence,
        likelihood=own.likelihood,
        others_confidence=np.stack([o.confidence for o in others]),
        others_likelihood=np.stack([o.likelihood for o in others]),
        outside=np.concatenate([~member, np.ones((len(models), len(rest)), dtype=bool)], axis=1),
        member=places < train.n_rows,
        cluster=np.arange(len(places)) if part.entity is None else part.entity,
    )


def _right(scores: list[RowScores], of_units: Any) -> Floats | None:
    found = [s.right for s in scores if s.right is not None]
    return np.asarray(of_units(np.stack(found))) if found else None


def _spread(given: AuditInput, models: list[Any]) -> float:
    """Spread of the errors of a regression on validation rows, which no model learnt from."""
    if given.table.problem.kind is not ProblemKind.REGRESSION:
        return 1.0
    rows = given.table.validation
    errors = [np.asarray(model.predict(rows).values) - rows.target for model in models]
    return max(float(np.sqrt(np.mean(np.square(errors)))), 1e-12)


def _units(pool: RowsPart, *, by_entity: bool) -> tuple[Ints, Ints]:
    """(n,) unit of each row, and (u,) the first row of each unit."""
    if not by_entity:
        everyone = np.arange(pool.n_rows)
        return everyone, everyone
    _, first, unit = np.unique(pool.entity, return_index=True, return_inverse=True)
    return unit.astype(np.int64), first.astype(np.int64)


def _whole_entities(train: RowsPart, test: RowsPart, chosen: Ints) -> Ints:
    entity = np.concatenate([train.entity, test.entity])
    return np.flatnonzero(np.isin(entity, np.unique(entity[chosen])))


def take_joined(first: RowsPart, second: RowsPart, positions: Ints) -> RowsPart:
    """Rows of two parts of one table, counted through both, at these positions."""
    from dataclasses import replace

    taken: dict[str, Any] = {}
    for name in RowsPart.__dataclass_fields__:
        one, two = getattr(first, name), getattr(second, name)
        if name == "carried":
            taken[name] = {key: np.concatenate([one[key], two[key]])[positions] for key in one}
        elif name == "history" and one is not None:
            ends = {
                at: np.concatenate([getattr(one, at), getattr(two, at)])[positions]
                for at in ("start", "stop")
            }
            taken[name] = replace(one, **ends)
        else:
            taken[name] = None if one is None else np.concatenate([one, two])[positions]
    return RowsPart(**taken)
