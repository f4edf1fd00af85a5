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

import re
from collections.abc import Callable
from difflib import get_close_matches

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.contracts.errors import ConfigurationError, DataError, Problem
from testamur.contracts.policy import Policy

DEFAULT_RULE = "prevalence"
RULES = (
    "prevalence",
    "youden",
    "f1",
    "accuracy",
    "sensitivity>=0.8",
    "specificity>=0.9",
    "selection<=0.1",
    "cost fp:fn=1:5",
)
_BOUND = re.compile(r"^(sensitivity|specificity)\s*>=\s*([0-9.]+)$|^(selection)\s*<=\s*([0-9.]+)$")
_COST = re.compile(r"^cost\s+fp:fn\s*=\s*([0-9.]+):([0-9.]+)$")
_WHERE = "audit.threshold"


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
    if isinstance(option, int | float) and not isinstance(option, bool):
        if not 0.0 <= float(option) <= 1.0:
            raise _refused(f"a number from 0 to 1 is required, however: {option}")
        return float(option), "given by the job"
    rule = (DEFAULT_RULE if option is None else str(option)).strip().lower()
    why = f" (default rule, policy {policy.key})" if option is None else ""
    cost = _COST.match(rule)
    if cost:
        return _from_costs(rule, cost)
    chosen = _rule(rule)
    if not np.isfinite(event).all():
        raise DataError(
            "The threshold cannot be fixed",
            [Problem("predictions of the validation part", "finite probabilities are required")],
        )
    if target.sum() in (0, len(target)):
        problem = Problem(
            "validation part", f"both outcomes are required for the rule '{rule}', however: one"
        )
        raise DataError(
            "The threshold cannot be fixed",
            [problem],
            remedy="set audit.threshold to a number, or change the split",
        )
    value, words = chosen(np.asarray(target, np.int64), np.asarray(event, np.float64))
    return float(np.clip(value, 0.0, 1.0)), f"{words} on the {len(target)} validation rows{why}"


def _refused(message: str, remedy: str = "") -> ConfigurationError:
    return ConfigurationError("The threshold cannot be used", [Problem(_WHERE, message, remedy)])


def _number(text: str, rule: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _refused(f"a number is required in the rule '{rule}', however: '{text}'") from None


def _from_costs(rule: str, found: re.Match[str]) -> tuple[float, str]:
    alarm, miss = (_number(text, rule) for text in found.groups())
    if alarm <= 0 or miss <= 0:
        raise _refused(f"costs above 0 are required, however: {alarm:g}:{miss:g}")
    return alarm / (alarm + miss), f"from costs: a false alarm costs {alarm:g}, a missed event {miss:g}"


Rule = Callable[[Ints, Floats], tuple[float, str]]


def _rule(rule: str) -> Rule:
    simple: dict[str, Rule] = {
        "prevalence": lambda y, p: (float(y.mean()), "the share of events"),
        "youden": lambda y, p: (_best(y, p, _youden), "largest sensitivity + specificity"),
        "f1": lambda y, p: (_best(y, p, _f1), "largest F1"),
        "accuracy": lambda y, p: (_best(y, p, _accuracy), "largest accuracy"),
    }
    if rule in simple:
        return simple[rule]
    bound = _BOUND.match(rule)
    if not bound:
        near = get_close_matches(rule, RULES, n=1, cutoff=0.4)
        remedy = f"did you mean '{near[0]}'? " if near else ""
        raise _refused(
            f"a number or a known rule is required, however: '{rule}'",
            f"{remedy}known rules: {', '.join(RULES)}",
        )
    name, text = (bound[1], bound[2]) if bound[1] else (bound[3], bound[4])
    wanted = _number(text, rule)
    if not 0.0 < wanted < 1.0:
        raise _refused(f"a share between 0 and 1 is required in the rule '{rule}', however: {wanted:g}")
    return lambda y, p: (
        _bounded(y, p, name, wanted),
        f"{name} of at {'most' if name == 'selection' else 'least'} {wanted:g}",
    )


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
