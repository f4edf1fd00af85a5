"""The grammar of ``audit.threshold``, read before training; `testamur.audit.threshold` applies it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.suggest import did_you_mean

WHERE = "audit.threshold"
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
_PLAIN = ("prevalence", "youden", "f1", "accuracy")
_BOUND = re.compile(r"(sensitivity|specificity)\s*>=\s*([0-9.]+)|(selection)\s*<=\s*([0-9.]+)")
_COST = re.compile(r"cost\s+fp:fn\s*=\s*([0-9.]+):([0-9.]+)")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """A threshold as the job asks for it.

    Attributes:
        kind: A given ``number``, a ``plain`` rule, a ``bound`` on a share, or the ``cost`` of errors.
        name: ``prevalence``, ``youden``, ``f1``, ``accuracy``; of a bound: what is bounded; else empty.
        value: The number, the bounded share, or the cost of a false alarm; 0 for plain rules.
        miss: Cost of a missed event; 0 but for costs.
        text: The rule as it was written, in lower case.
    """

    kind: Literal["number", "plain", "bound", "cost"]
    name: str = ""
    value: float = 0.0
    miss: float = 0.0
    text: str = ""


def parse_threshold(option: float | str | None) -> ThresholdRule:
    """Read the option.

    Args:
        option: A number, a rule such as those in `RULES`, or None for `DEFAULT_RULE`.

    Raises:
        ConfigurationError: It is none; proposes the nearest rule.
    """
    if isinstance(option, int | float) and not isinstance(option, bool):
        if not 0.0 <= float(option) <= 1.0:
            raise _refused(f"a number from 0 to 1 is required, however: {option}")
        return ThresholdRule("number", value=float(option), text=str(option))
    text = (DEFAULT_RULE if option is None else str(option)).strip().lower()
    if text in _PLAIN:
        return ThresholdRule("plain", name=text, text=text)
    if cost := _COST.fullmatch(text):
        return _costs(text, cost[1], cost[2])
    if bound := _BOUND.fullmatch(text):
        return _bound(text, bound[1] or bound[3], bound[2] or bound[4])
    message = f"a number or a known rule is required, however: '{_shown(text)}'"
    raise _refused(message, did_you_mean(text[:_SHOWN_CHARACTERS], RULES, what="rule"))


def _costs(text: str, alarm_text: str, miss_text: str) -> ThresholdRule:
    alarm, miss = _number(alarm_text, text), _number(miss_text, text)
    if alarm <= 0 or miss <= 0:
        raise _refused(f"costs above 0 are required, however: {alarm:g}:{miss:g}")
    return ThresholdRule("cost", value=alarm, miss=miss, text=text)


def _bound(text: str, name: str, share_text: str) -> ThresholdRule:
    share = _number(share_text, text)
    if not 0.0 < share < 1.0:
        raise _refused(
            f"a share between 0 and 1 is required in the rule '{_shown(text)}', however: {share:g}"
        )
    return ThresholdRule("bound", name=name, value=share, text=text)


def _number(text: str, rule: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"a number is required in the rule '{_shown(rule)}', however: '{_shown(text)}'"
        raise _refused(message) from None


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:_SHOWN_CHARACTERS])


def _refused(message: str, remedy: str = "") -> ConfigurationError:
    return ConfigurationError("The threshold cannot be used", [Problem(WHERE, message, remedy)])
