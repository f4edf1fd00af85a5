"""From a client's declared answers to a risk level, with the notes that an adviser must see.

After MiFID II (Directive 2014/65/EU) Art. 25(2), Delegated Regulation (EU) 2017/565 Art. 54, and ESMA's
guidelines on suitability (ESMA35-43-3172): the ability to bear losses and the tolerance of risk are
asked apart, the lower one decides, and answers that contradict each other are told, not averaged away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reaction = Literal["sell", "hold", "buy"]
Experience = Literal["none", "some", "much"]

LEVELS = ("cash only", "cautious", "balanced", "growth", "equities")
# Upper volatility of market risk classes 1 to 5: Delegated Regulation (EU) 2017/653, Annex II, part 1.
VOLATILITY_LIMITS = (0.005, 0.05, 0.12, 0.20, 0.30)
SHORT_YEARS, MEDIUM_YEARS = 3, 7
FEW_MONTHS = 3
HIGH_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Answers:
    """What the client declared.

    Attributes:
        years: Until the money is needed.
        bearable_loss: Share of the invested money that could be lost in a year without changing plans.
        reaction: To a fall of a fifth within a month.
        experience: With shares and funds.
        reserve_months: Spending that is held in cash besides.
        share_of_wealth: That is to be invested.
    """

    years: int
    bearable_loss: float
    reaction: Reaction
    experience: Experience
    reserve_months: int
    share_of_wealth: float


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """A declared risk level, 1 to 5.

    Attributes:
        level: The lower of capacity and tolerance.
        capacity: What the client's situation can bear.
        tolerance: What the client says he can bear.
        notes: What an adviser has to talk about.
    """

    level: int
    capacity: int
    tolerance: int
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The level in words."""
        return LEVELS[self.level - 1]

    @property
    def volatility_limit(self) -> float:
        """Largest yearly volatility that the level allows."""
        return VOLATILITY_LIMITS[self.level - 1]


def judge_profile(answers: Answers) -> RiskProfile:
    """The risk level that the answers declare.

    Args:
        answers: As declared; nothing is known of the client besides.
    """
    capacity, tolerance = _capacity(answers), _tolerance(answers)
    level = min(capacity, tolerance)
    return RiskProfile(level, capacity, tolerance, tuple(_notes(answers, capacity, tolerance)))


def _capacity(answers: Answers) -> int:
    by_time = 2 if answers.years < SHORT_YEARS else 4 if answers.years < MEDIUM_YEARS else 5
    by_reserve = 2 if answers.reserve_months < FEW_MONTHS else 5
    by_share = 3 if answers.share_of_wealth > HIGH_SHARE else 5
    if answers.years < 1:
        return 1
    return min(by_time, by_reserve, by_share)


def _tolerance(answers: Answers) -> int:
    edges = (0.01, 0.10, 0.25, 0.40)  # a loss of two standard deviations of levels 1 to 4, about
    by_loss = 1 + sum(answers.bearable_loss >= edge for edge in edges)
    by_reaction = {"sell": 2, "hold": 4, "buy": 5}[answers.reaction]
    by_experience = {"none": 3, "some": 4, "much": 5}[answers.experience]
    return min(by_loss, by_reaction, by_experience)


def _notes(answers: Answers, capacity: int, tolerance: int) -> list[str]:
    notes = []
    if answers.years < SHORT_YEARS:
        notes.append(f"The money is needed within {SHORT_YEARS} years: a fall could not be waited out.")
    if answers.reserve_months < FEW_MONTHS:
        notes.append(
            f"Less than {FEW_MONTHS} months of spending in cash: selling at a bad moment would be forced."
        )
    if answers.share_of_wealth > HIGH_SHARE:
        notes.append("Most of the wealth would be invested: a loss would touch everyday life.")
    if answers.experience == "none":
        notes.append("No experience with shares or funds: what a fall of a third feels like is not known.")
    if tolerance > capacity + 1:
        notes.append("The client wants more risk than the situation bears: the situation decides.")
    if capacity > tolerance + 1:
        notes.append("The situation bears more risk than the client wants: the client decides.")
    if answers.reaction == "sell" and answers.bearable_loss >= 0.25:
        notes.append(
            "The answers contradict each other: a loss of a quarter is bearable, yet a fall is sold."
        )
    return notes
