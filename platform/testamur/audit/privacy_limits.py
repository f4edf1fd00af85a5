"""Limits of the default policy on what a model gives away of its training rows."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Severity

PRIVACY_LIMITS = (
    Limit(
        id="members_not_found",
        check="core.privacy.membership",
        measure="released_rmia_tpr_1",
        direction=Direction.AT_MOST,
        value=0.1,
        severity=Severity.SHOULD,
        title="Members not found out",
        question="Can somebody find out whose data the model learnt from?",
        rationale=(
            "Ten members found for one other who is suspected wrongly is a likelihood ratio of ten: from "
            "there on a single piece of evidence is called strong. A proven bound needs private training."
        ),
        reference="Jaeschke, Guyatt and Sackett 1994, JAMA 271:703; Carlini et al. 2022, IEEE S&P",
    ),
    Limit(
        id="guarantee_not_contradicted",
        check="core.privacy.contradiction",
        measure="contradictions",
        direction=Direction.AT_MOST,
        value=0.0,
        severity=Severity.MUST,
        title="Guarantee not contradicted",
        question="Does an attack show more than the training guarantees?",
        rationale=(
            "Where an attack shows a larger epsilon than was promised, the promise is broken. That it shows "
            "none shows no promise: the bound itself is judged on the accountant's epsilon."
        ),
        reference="Steinke, Nasr and Jagielski 2023, NeurIPS",
    ),
)
