"""What an attack refutes beside what training guarantees: lower and upper bound of epsilon in one table."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.audit.findings import exact, json_file, not_estimable
from testamur.audit.membership_scores import attack_first
from testamur.audit.one_run import BUDGETS, Guesses, guess_coins
from testamur.audit.rounding import rounded_rows
from testamur.audit.shadows import train_shadows
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur.contracts.privacy import PrivacySpent

EPSILON, CONTRADICTION = "core.privacy.epsilon", "core.privacy.contradiction"
FILE = "epsilon.json"
DELTA = 1e-5  # where training states none
NO_GUARANTEE = "the training was not private: there is no guarantee that an attack could contradict"
ONE_SIDED = (
    "an attack can contradict a guarantee, never show it; a lower bound of 0 says that this one found nothing"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both bounds of epsilon.

    Attributes:
        guesses: What the attack guessed at each budget.
        n_units: Units that were dealt by coins.
        delta: Of the guarantee, or 1e-5.
        level: Confidence of the lower bound.
        spent: The guarantee, or None.
    """

    guesses: tuple[Guesses, ...]
    n_units: int
    delta: float
    level: float
    spent: PrivacySpent | None

    @property
    def lower(self) -> float:
        """What the attack shows at least."""
        return max(g.epsilon for g in self.guesses)

    @property
    def promised(self) -> float | None:
        """What every training of this recipe may spend: noise is set anew for the rows of each."""
        return None if self.spent is None else max(self.spent.epsilon, self.spent.epsilon_spent)

    @property
    def contradicted(self) -> bool:
        """True where the attack shows more than was promised."""
        return self.promised is not None and self.lower > self.promised


def bound_epsilon(given: AuditInput) -> Bounds:
    """One training whose rows were dealt by coins, and its coins guessed by LiRA with the other models.

    Raises:
        Skip: The shadow models cannot be trained.
    """
    shadows = train_shadows(given)
    spent = None if given.training is None else given.training.privacy
    delta = DELTA if spent is None else spent.delta
    first = attack_first(shadows)
    guesses = guess_coins(first.member, first.lira, delta, given.policy.level)
    return Bounds(tuple(guesses), len(first.member), delta, given.policy.level, spent)


def run_epsilon(given: AuditInput) -> CheckOutcome:
    """The lower bound, with the accountant's beside it."""
    bounds = bound_epsilon(given)
    return CheckOutcome((_lower(bounds), _upper(bounds)), (_file(bounds),))


def run_contradiction(given: AuditInput) -> CheckOutcome:
    """Whether the lower bound lies above the guarantee; without one there is nothing to contradict."""
    if given.training is None or given.training.privacy is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, NO_GUARANTEE)
    bounds = bound_epsilon(given)
    count = exact(
        CONTRADICTION,
        "contradictions",
        "guarantees that the attack contradicts",
        float(bounds.contradicted),
        Unit.COUNT,
        n=bounds.n_units,
        method=f"lower bound of the attack, {bounds.lower:.3g}, held against {bounds.promised:.3g}",
        evidence=FILE,
        note=ONE_SIDED,
    )
    return CheckOutcome((count,), (_file(bounds),))


def _lower(bounds: Bounds) -> Finding:
    return Finding(
        check=EPSILON,
        measure="epsilon_lower",
        label="epsilon that the attack shows at least",
        value=bounds.lower,
        low=bounds.lower,
        level=bounds.level,
        n=bounds.n_units,
        method=(
            f"one training, {len(BUDGETS)} budgets of guesses fixed in advance, Bonferroni; delta "
            f"{bounds.delta:g}; one-sided: the truth may lie anywhere above"
        ),
        evidence=FILE,
        note=ONE_SIDED,
    )


def _upper(bounds: Bounds) -> Finding:
    label = "epsilon that training guarantees at most"
    spent = bounds.spent
    if spent is None:
        return not_estimable(EPSILON, "epsilon_upper", label, NO_GUARANTEE, evidence=FILE)
    if bounds.contradicted:
        reason = "the attack shows more than training guarantees: the guarantee does not hold as stated"
        return not_estimable(EPSILON, "epsilon_upper", label, reason, evidence=FILE)
    method = f"{spent.accountant}, per {spent.unit.value}"
    return exact(
        EPSILON, "epsilon_upper", label, spent.epsilon_spent, Unit.NUMBER,
        n=spent.n_units, method=method, evidence=FILE,
    )  # fmt: skip


def _file(bounds: Bounds) -> EvidenceFile:
    spent = bounds.spent
    tree = {
        "delta": bounds.delta,
        "level": bounds.level,
        "n_units": rounded_rows(bounds.n_units),
        "budgets": [
            {"share": share, "n": g.n, "right": g.right, "epsilon": g.epsilon}
            for share, g in zip(BUDGETS, bounds.guesses, strict=True)
        ],
        "lower": bounds.lower,
        "upper": None if spent is None else spent.epsilon_spent,
        "allowed": None if spent is None else spent.epsilon,
        "unit": None if spent is None else spent.unit.value,
        "accountant": None if spent is None else spent.accountant,
        "contradicted": None if spent is None else bounds.contradicted,
    }
    return json_file(FILE, tree, "Lower and upper bound of epsilon")
