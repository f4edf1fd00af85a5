"""Attacks held against models of which it is known what they remember, and against the paper's own loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, lgamma, log1p
from typing import Any

import numpy as np

from testamur.audit.claimed_training import claim_training
from testamur.audit.golden_world import make_input
from testamur.audit.interval import Floats, Ints
from testamur.audit.one_run import BUDGETS
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.privacy import PrivacySpent, PrivacyUnit
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart

_N = 200  # rows of each part
_P = 0.05 / len(BUDGETS)


@dataclass(frozen=True, slots=True, eq=False)
class Knowing:
    """States the true answer with one probability for rows that it knows and with another for others.

    Attributes:
        known: Values of the first feature, which names the rows.
        inside: Probability of the true answer for known rows.
        outside: For the others.
    """

    known: Floats
    inside: float
    outside: float

    def predict(self, part: RowsPart) -> Predictions:
        """By heart where it can."""
        p = np.where(np.isin(part.numeric[:, 0], self.known), self.inside, self.outside)
        probabilities = np.stack([np.where(part.target == c, p, 1 - p) for c in (0, 1)], axis=1)
        return Predictions(probabilities=probabilities)


@dataclass(eq=False)
class Remembering:
    """A recipe whose models know their rows; implements `contracts.protocols.Trainer`."""

    train_part: RowsPart
    inside: float
    outside: float
    differences: tuple[str, ...] = ()

    def train(self, rows: Sequence[Ints], seed: int, *, part: RowsPart | None = None) -> list[Predictor]:
        """Learn by heart."""
        part = self.train_part if part is None else part
        return [Knowing(part.numeric[own, 0], self.inside, self.outside) for own in rows]

    def estimate_seconds(self, n_rows: int, n_models: int) -> float:
        """It takes no time."""
        return 0.0


def remembering(inside: float, outside: float, *, n: int = _N, seed: int = 0, **more: Any) -> AuditInput:
    """An audit of a model that states the true answer with these probabilities."""
    names = np.arange(1.0, 2 * n + 1)[:, None]
    event = np.random.default_rng(seed).integers(0, 2, 2 * n)
    columns = {"twin": np.arange(n), "twin_with_target": np.arange(n)}
    train = {
        "target": event[:n], "numeric": names[:n], "groups": [], "kind": _binary(), "absent": None,
        "columns": {**columns, **more.pop("train_columns", {})},
    }  # fmt: skip
    given = make_input(event[n:], {}, numeric=names[n:], train=train, seed=seed, **more)
    model = Knowing(names[:n, 0].astype(np.float32), inside, outside)
    return replace(
        given,
        predictions={"model": {"test": model.predict(given.table.test)}},
        predictor=model,
        trainer=Remembering(given.table.train, inside, outside),
    )


def _binary() -> Any:
    from testamur.contracts.dataset import ProblemKind

    return ProblemKind.BINARY


def membership_cases() -> list[GoldenCase]:
    """A model that knows its rows by heart gives every member away; one that does not, none."""
    areas = ("lira_auc", "rmia_auc", "released_lira_auc", "released_rmia_auc", "exposed_auc")
    hits = ("lira_tpr_1", "rmia_tpr_1")
    heart = tuple((measure, "", 1.0) for measure in (*areas, *hits))
    blind = (
        *((measure, "", 0.5) for measure in (*areas, "placebo_lira_auc", "placebo_rmia_auc")),
        *((measure, "", 0.0) for measure in hits),
        ("lira_tpr_01", "", None),
    )
    return [
        GoldenCase("learnt by heart", remembering(0.99, 0.6), heart),
        GoldenCase("nothing is remembered", remembering(0.8, 0.8), blind),
    ]


def epsilon_cases() -> list[GoldenCase]:
    """Every coin is seen; how many units must be guessed against it hangs on how even the coins fell.

    The bound by the loop of the paper lies between that of half of the guesses right and that of all.
    """
    all_right, half = (paper_bound(2 * _N, r, r, 1e-5, _P) for r in (2 * _N, _N))
    expected = (all_right + half) / 2
    return [
        GoldenCase(
            "learnt by heart",
            remembering(0.99, 0.6),
            (("epsilon_lower", "", expected), ("epsilon_upper", "", None)),
            tolerance=(all_right - half) / 2,
        ),
        GoldenCase("nothing is remembered", remembering(0.8, 0.8), (("epsilon_lower", "", 0.0),)),
    ]


def contradiction_cases() -> list[GoldenCase]:
    """A training that promises epsilon 1 and knows its rows by heart, and one that keeps its promise."""
    broken, kept = (_promising(remembering(*said)) for said in ((0.99, 0.6), (0.8, 0.8)))
    return [
        GoldenCase("a broken promise", broken, (("contradictions", "", 1.0),)),
        GoldenCase("nothing against it", kept, (("contradictions", "", 0.0),)),
    ]


def _promising(given: AuditInput) -> AuditInput:
    spent = PrivacySpent(
        epsilon=1.0, epsilon_spent=0.98, delta=1e-5, unit=PrivacyUnit.RECORD, n_units=_N, clip=1.0,
        noise_multiplier=1.0, sample_rate=0.1, steps=100, rows_per_unit=1, accountant="made up",
    )  # fmt: skip
    return replace(given, training=claim_training("core.golden", spent))


def paper_bound(m: int, r: int, v: int, delta: float, p: float) -> float:
    """The bound term by term, as appendix D of Steinke, Nasr and Jagielski (2023) describes it."""
    logs = [lgamma(r + 1) - lgamma(k + 1) - lgamma(r - k + 1) for k in range(r + 1)]

    def refuted(epsilon: float) -> bool:
        up, down = -log1p(exp(-epsilon)), -epsilon - log1p(exp(-epsilon))  # log q, log (1 - q)
        pmf = [exp(logs[k] + k * up + (r - k) * down) for k in range(r + 1)]
        largest = total = 0.0
        for i in range(1, v + 1):
            total += pmf[v - i]
            largest = max(largest, total / i)
        return sum(pmf[v:]) + largest * delta * 2 * m < p

    low, high = 0.0, 1.0
    while refuted(high):
        high += 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return low


class _ByColumn:
    """States the second feature as the probability of the event, a little blunted."""

    def predict(self, part: RowsPart) -> Predictions:
        """0.9 where it is 1, else 0.1."""
        event = np.where(part.numeric[:, 1] > 0.5, 0.9, 0.1)
        return Predictions(probabilities=np.stack([1 - event, event], axis=1))


def attribute_cases() -> list[GoldenCase]:
    """The hidden cell equals the answer in every training row, and in half of the test rows."""
    hidden = np.tile([0.0, 1.0], _N // 2)
    half = np.where(np.arange(_N) < _N // 2, hidden, 1 - hidden)
    return [
        GoldenCase(
            "known of training rows only",
            _hidden(hidden, hidden.astype(int), half.astype(int)),
            (("attack_success", "", 1.0), ("control_success", "", 0.5), ("residual_risk", "", 1.0)),
        ),
        GoldenCase(
            "known of everyone alike",
            _hidden(hidden, half.astype(int), half.astype(int)),
            (("residual_risk", "", 0.0),),
        ),
    ]


def _hidden(cell: Floats, answer: Ints, control: Ints) -> AuditInput:
    numeric = np.c_[np.linspace(-1, 1, _N), cell]
    train = {
        "target": answer, "numeric": numeric, "groups": [], "kind": _binary(), "absent": None, "columns": {},
    }  # fmt: skip
    given = make_input(control, {}, numeric=numeric, train=train)
    model = _ByColumn()
    return replace(given, predictor=model, predictions={"model": {"test": model.predict(given.table.test)}})


def memorisation_cases() -> list[GoldenCase]:
    """A tenth of the training rows are pairs of copies; seen rows are answered rightly, others never."""
    copied = np.arange(_N)
    copied[1:20:2] = copied[0:20:2]
    given = remembering(0.9, 0.2, train_columns={"twin_with_target": copied})
    expected = (("copied_share", "", 0.1), ("memorised", "", 1.0))
    return [GoldenCase("learnt by heart", given, expected)]
