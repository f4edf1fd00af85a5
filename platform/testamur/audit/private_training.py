"""The bound that a private training states, and what it says nothing of."""

from __future__ import annotations

from testamur.audit.findings import exact, json_file, not_estimable
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section, Unit
from testamur.contracts.privacy import PrivacySpent, PrivacyUnit

PRIVATE_TRAINING = CheckSpec(
    key="core.privacy.private_training",
    section=Section.PRIVACY,
    title="Bound on what training can leak",
    question="Is there a proven bound on what training can leak?",
    formula=(
        "any set S of weights, any unit u: P(M(D) in S) <= exp(eps) P(M(D without u) in S) + delta, and "
        "the same the other way round; eps from the accountant over all noisy steps"
    ),
    citation="Dwork et al. 2006; Abadi et al. 2016, CCS; Gopi, Lee and Wutschitz 2021, NeurIPS",
    needs=(Need.DATA,),
    problems=tuple(ProblemKind),
    run="testamur.audit.private_training:run",
    golden="testamur.audit.golden_private:cases",
)
CHECKS = (PRIVATE_TRAINING,)

_FILE = "private_training.json"
_WHOM = {
    PrivacyUnit.RECORD: "one training example",
    PrivacyUnit.ENTITY: "all training examples of one entity",
}
_NO_BOUND = "the training was not private: nothing bounds what the weights tell of a single person"


def run(given: AuditInput) -> CheckOutcome:
    """The accountant's epsilon after all steps; without a private training there is none."""
    told = given.training.privacy if given.training else None
    if told is None:
        reason = _NO_BOUND if given.training else "the model was trained elsewhere: no bound came with it"
        return CheckOutcome((not_estimable(PRIVATE_TRAINING.key, "epsilon_upper", _label(None), reason),))
    shared = {"n": told.n_units, "evidence": _FILE, "method": told.accountant}
    note = " ".join(("Not covered:", *told.not_covered))
    upper = exact(
        PRIVATE_TRAINING.key,
        "epsilon_upper",
        _label(told),
        told.epsilon_spent,
        Unit.NUMBER,
        note=note,
        **shared,
    )
    factor = exact(
        PRIVATE_TRAINING.key,
        "delta_times_units",
        "delta times the number of units (below 1)",
        told.delta * told.n_units,
        Unit.NUMBER,
        **shared,
    )
    tree = {**told.model_dump(mode="json"), "hidden": _WHOM[told.unit]}
    return CheckOutcome((upper, factor), (json_file(_FILE, tree, "What the private training spent"),))


def _label(told: PrivacySpent | None) -> str:
    if told is None:
        return "upper bound of epsilon"
    return f"upper bound of epsilon at delta {told.delta:g}, hiding {_WHOM[told.unit]}"
