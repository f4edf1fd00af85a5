"""Joint intervals of what plain rows lose when a model is asked again: shuffled, noisy, missing, attacked."""

from __future__ import annotations

from functools import cache

import numpy as np
from parts.coverage_checks import Drawn, all_held
from parts.coverage_worlds import LEVEL, Method, Rng

from testamur.audit import robustness_attack, robustness_groups, robustness_periods, robustness_shift
from testamur.audit import robustness_perturbed as perturbed
from testamur.audit.findings import done
from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.golden_world import make_input
from testamur.audit.interval import critical_value
from testamur.audit.primary import estimate_of
from testamur.audit.shuffled import permutation_importance
from testamur.audit.tried_rows import tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome

_WEIGHTS = np.array([1.5, 0.8, 0.0])


def classified(r: Rng, n: int) -> AuditInput:
    """Events by three numbers, the third of which says nothing, and the model that made them."""
    x = r.normal(size=(n, 3))
    event = r.random(n) < 1 / (1 + np.exp(-(x @ _WEIGHTS - 0.5)))
    model = LinearModel(tuple(_WEIGHTS), -0.5, logistic=True)
    groups = {"g": (("a", "b"), np.arange(n) % 2)}
    return with_model(model, x, event.astype(int), train=_train(r), groups=groups)


def skewed(r: Rng, n: int, uneven: float = 0.0) -> AuditInput:
    """A value with exponential errors whose size may differ between rows, and its mean as the model."""
    x = r.normal(size=(n, 3))
    error = np.exp(uneven * r.normal(size=n)) * (r.exponential(size=n) - 1)
    groups = {"g": (("a", "b"), np.arange(n) % 2)}
    return with_model(LinearModel(tuple(_WEIGHTS)), x, x @ _WEIGHTS + error, train=_train(r), groups=groups)


def _train(r: Rng) -> np.ndarray:
    x = r.normal(size=(60, 3))
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0))  # noise is in standard deviations of these rows


def in_time(r: Rng, n: int) -> AuditInput:
    """Risks that grow worse from the first half of the test time to the second."""
    late = np.arange(n) >= n // 2
    x = r.normal(size=n)
    event = r.random(n) < 1 / (1 + np.exp(-np.where(late, 0.7, 1.8) * x))
    return make_input(event.astype(int), {"model": 1 / (1 + np.exp(-1.5 * x))}, time=np.arange(n) * 1.0)


def _importance(given: AuditInput) -> CheckOutcome:
    """What `explanation_importance.run` does, without the stability of the order."""
    r = np.random.default_rng(given.seed)
    rows = tried_rows(given, r, most=2000)
    orders = [r.permutation(rows.n) for _ in range(3)]
    found = permutation_importance(rows, [[0], [1], [2]], ["x0", "x1", "x2"], orders)
    z = critical_value(LEVEL, len(found))
    return CheckOutcome(
        tuple(
            done("core.made", "importance", "importance", estimate_of(each.loss, z), subject=each.names[0])
            for each in found
        )
    )


@cache
def world(kind: str, n: int) -> Drawn:
    """A world by its name and size."""
    draw = {"classified": classified, "skewed": skewed, "uneven": lambda r, n: skewed(r, n, 0.6)}[kind]
    return Drawn(lambda r: draw(r, n), lambda r: draw(r, 1500), n_large=400)


def told_apart(r: Rng) -> bool:
    """AUC of a discriminant between training and test rows that are alike: 0.5 for whatever it has learnt."""
    given = with_model(
        LinearModel((1.0, 0.5)), r.normal(size=(120, 2)), np.zeros(120), train=r.normal(size=(120, 2))
    )
    estimate = robustness_shift.told_apart(given, r)
    return estimate.low <= 0.5 <= estimate.high


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    found: dict[str, Method] = {}
    for kind, n, words, loss in (
        ("classified", 150, "150 rows, AUC", "auc_fall"),
        ("skewed", 100, "100 rows, skewed errors", "rmse_rise"),
        ("uneven", 400, "400 rows, very skewed errors", "rmse_rise"),
    ):
        of = world(kind, n)
        found |= {
            f"influences, joint, importance of all columns: {words}": all_held(_importance, "importance", of),
            f"influences, joint, noise: {words}": all_held(perturbed.run_noise, loss, of),
            f"influences, joint, missing cells: {words}": all_held(perturbed.run_missing, loss, of),
            f"influences, joint, losses per group: {words}": all_held(
                robustness_groups.run, f"group_{loss}", of
            ),
            f"influences, joint, attack: {words}": all_held(robustness_attack.run, loss, of),
        }
    late = Drawn(lambda r: in_time(r, 400), lambda r: in_time(r, 400), n_large=3000)
    return found | {
        "influences, joint, stretches of the test time: 400 rows": all_held(
            robustness_periods.run, "period_auc", late
        ),
        "influences, change over the test time: 400 rows": all_held(
            robustness_periods.run, "auc_fall_over_time", late
        ),
        "moderated DeLong, training and test rows told apart: 120 each, alike": told_apart,
    }
