"""How the decision threshold is fixed: given as a number, or by a rule on the validation part.

| rule | threshold |
|---|---|
| ``prevalence`` (default) | the share of events: a person is selected whose risk is above average |
| ``youden`` | largest sensitivity + specificity - 1 (Youden 1950) |
| ``f1`` | largest F1, the harmonic mean of sensitivity and positive predictive value |
| ``accuracy`` | largest share of right decisions |
| ``sensitivity>=0.8`` | the highest threshold that still finds 80 % of the events |
| ``specificity>=0.9`` | the lowest threshold that still leaves 90 % of the non-events alone |
| ``selection<=0.1`` | the lowest threshold that selects at most 10 % |
| ``cost fp:fn=1:5`` | fp / (fp + fn): a missed event costs 5 false alarms (Elkan 2001) |
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.policy import Policy
from testamur.contracts.threshold_rule import DEFAULT_RULE as DEFAULT_RULE
from testamur.contracts.threshold_rule import RULES as RULES
from testamur.contracts.threshold_rule import ThresholdRule, parse_threshold


def choose_threshold(
    option: float | str | None, policy: Policy, target: Ints, event: Floats
) -> tuple[float, str]:
    """Fix the threshold at or above which a row is selected, before the test part is looked at.

    Args:
        option: A number, a rule of the table above, or None for the default rule.
        policy: The job's policy; named in the words.
        target: (n,) outcome of the validation part, 1 = the event.
        event: (n,) predicted probability of the event there.

    Returns:
        The threshold, and how it was fixed in words.

    Raises:
        ConfigurationError: The rule or number cannot be used; proposes the nearest rule.
        DataError: The rule needs both outcomes in the validation part.
    """
    rule = parse_threshold(option)
    if rule.kind == "number":
        return rule.value, "given by the job"
    if rule.kind == "cost":
        words = f"from costs: a false alarm costs {rule.value:g}, a missed event {rule.miss:g}"
        return rule.value / (rule.value + rule.miss), words
    why = f" (default rule, policy {policy.key})" if option is None else ""
    if not np.isfinite(event).all():
        raise DataError(
            "The threshold cannot be fixed",
            [Problem("predictions of the validation part", "finite probabilities are required")],
        )
    if target.sum() in (0, len(target)):
        problem = Problem(
            "validation part", f"both outcomes are required for the rule '{rule.text}', however: one"
        )
        raise DataError(
            "The threshold cannot be fixed",
            [problem],
            remedy="set audit.threshold to a number, or change the split",
        )
    value, words = _applied(rule)(np.asarray(target, np.int64), np.asarray(event, np.float64))
    return float(np.clip(value, 0.0, 1.0)), f"{words} on the {len(target)} validation rows{why}"


Rule = Callable[[Ints, Floats], tuple[float, str]]


def _applied(rule: ThresholdRule) -> Rule:
    if rule.kind == "bound":
        end = "most" if rule.name == "selection" else "least"
        words = f"{rule.name} of at {end} {rule.value:g}"
        return lambda y, p: (_bounded(y, p, rule.name, rule.value), words)
    plain: dict[str, Rule] = {
        "prevalence": lambda y, p: (float(y.mean()), "the share of events"),
        "youden": lambda y, p: (_best(y, p, _youden), "largest sensitivity + specificity"),
        "f1": lambda y, p: (_best(y, p, _f1), "largest F1"),
        "accuracy": lambda y, p: (_best(y, p, _accuracy), "largest accuracy"),
    }
    return plain[rule.name]


def _curve(target: Ints, event: Floats) -> tuple[Floats, Floats, Floats]:
    """Every distinct probability from high to low, with true and false positives at or above it."""
    order = np.argsort(-event, kind="stable")
    score, happened = event[order], target[order]
    last = np.flatnonzero(np.r_[score[1:] != score[:-1], True])
    hits = np.cumsum(happened)[last].astype(np.float64)
    return score[last], hits, last + 1.0 - hits


Merit = Callable[[Floats, Floats, float, float], Floats]


def _youden(hits: Floats, alarms: Floats, n_events: float, n_others: float) -> Floats:
    return hits / n_events - alarms / n_others


def _f1(hits: Floats, alarms: Floats, n_events: float, n_others: float) -> Floats:
    return 2 * hits / (hits + alarms + n_events)


def _accuracy(hits: Floats, alarms: Floats, n_events: float, n_others: float) -> Floats:
    return hits - alarms


def _best(target: Ints, event: Floats, merit: Merit) -> float:
    """Middle between the best probability and the next lower one, so that it does not hang on one row."""
    score, hits, alarms = _curve(target, event)
    place = int(np.argmax(merit(hits, alarms, float(target.sum()), float((1 - target).sum()))))
    return _middle(score, place)


def _middle(score: Floats, place: int) -> float:
    return float((score[place] + score[place + 1]) / 2) if place + 1 < len(score) else float(score[place])


def _bounded(target: Ints, event: Floats, name: str, wanted: float) -> float:
    score, hits, alarms = _curve(target, event)
    if name == "sensitivity":
        return float(score[int(np.argmax(hits / target.sum() >= wanted - 1e-12))])
    share = alarms / (1 - target).sum() if name == "specificity" else (hits + alarms) / len(target)
    allowed = share <= (1 - wanted if name == "specificity" else wanted) + 1e-12
    if not allowed[0]:  # even the highest probability selects too many: select above it
        return float(min(np.nextafter(score[0], 2.0), 1.0))
    return float(score[int(np.flatnonzero(allowed)[-1])])
