"""Attacks on the privacy of the training data: the recipe, trained again, tells what the model gives away."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

_GOLDEN = "testamur.audit.golden_attacks"
_ALL = tuple(ProblemKind)

MEMBERSHIP = CheckSpec(
    key="core.privacy.membership",
    section=Section.PRIVACY,
    title="Membership: was a row among the training data?",
    question="Can it be found out whether a person was among the training data?",
    formula=(
        "LiRA: log N(phi; mu_in, s_in) - log N(phi; mu_out, s_out), phi = log p/(1-p); RMIA: share of z with "
        "(P(x|theta)/P(x)) / (P(z|theta)/P(z)) >= 1, P(x) = (P_in + P_out)/2; hits at 1 and 0.1 % alarms"
    ),
    citation=(
        "Carlini et al. 2022, IEEE S&P; Zarifzadeh, Liu and Shokri 2024, ICML; DeLong 1988; Clopper and "
        "Pearson 1934"
    ),
    needs=(Need.DATA, Need.TRAINER),
    problems=_ALL,
    run="testamur.audit.membership:run_membership",
    golden=f"{_GOLDEN}:membership_cases",
)
EPSILON = CheckSpec(
    key="core.privacy.epsilon",
    section=Section.PRIVACY,
    title="Epsilon: what an attack shows, and what training guarantees",
    question="How much does the model give away of a single person, at the very least?",
    formula=(
        "eps_lb: largest eps at which v of r right guesses have P(W >= v) + 2 m delta max_i P(v-i <= W < v)/i"
        " <= 0.05/7, W ~ Bin(r, e^eps/(1+e^eps)); eps_ub: the accountant's"
    ),
    citation="Steinke, Nasr and Jagielski 2023, NeurIPS; Dwork and Roth 2014",
    needs=(Need.DATA, Need.TRAINER),
    problems=_ALL,
    run="testamur.audit.epsilon:run_epsilon",
    golden=f"{_GOLDEN}:epsilon_cases",
)
CONTRADICTION = CheckSpec(
    key="core.privacy.contradiction",
    section=Section.PRIVACY,
    title="Contradiction: an attack held against the guarantee",
    question="Does an attack contradict what training guarantees?",
    formula="1 where eps_lb > eps_ub, else 0",
    citation="Steinke, Nasr and Jagielski 2023, NeurIPS; Nasr et al. 2023, USENIX Security",
    needs=(Need.DATA,),
    problems=_ALL,
    run="testamur.audit.epsilon:run_contradiction",
    golden=f"{_GOLDEN}:contradiction_cases",
)
ATTRIBUTE_INFERENCE = CheckSpec(
    key="core.privacy.attribute_inference",
    section=Section.PRIVACY,
    title="Attribute inference: a hidden cell, guessed with the model",
    question="Can a person's hidden attribute be guessed?",
    formula="(s_att - s_ctrl) / (1 - s_ctrl); guess argmax_v log p(y | x, v) + log share(v)",
    citation=(
        "Giomi et al. 2023, PoPETs (Anonymeter); Yeom et al. 2018, CSF; Donner and Zou 2012, Stat Methods "
        "Med Res 21:347"
    ),
    needs=(Need.DATA, Need.PREDICTOR),
    problems=_ALL,
    run="testamur.audit.attribute_inference:run_attribute_inference",
    golden=f"{_GOLDEN}:attribute_cases",
)
MEMORISATION = CheckSpec(
    key="core.privacy.memorisation",
    section=Section.PRIVACY,
    title="Memorisation: exact copies, and what was learnt by heart",
    question="Does the model answer rightly only because it has seen the very row?",
    formula="training rows with an exact copy; P(right | seen) - P(right | not seen) over shadow models",
    citation="Feldman and Zhang 2020, NeurIPS; Lee et al. 2022, ACL (copies)",
    needs=(Need.DATA,),
    problems=_ALL,
    run="testamur.audit.memorisation:run_memorisation",
    golden=f"{_GOLDEN}:memorisation_cases",
)

CHECKS: tuple[CheckSpec, ...] = (MEMBERSHIP, EPSILON, CONTRADICTION, ATTRIBUTE_INFERENCE, MEMORISATION)
