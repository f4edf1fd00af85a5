"""Answers over a course: is the passage found, is silence honest, what did retrieval by words do?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate, critical_value, wilson_estimate
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import RowsPart
from testamur_education.checks.bootstrap import cluster_mean, statistic
from testamur_education.checks.measured import evidence, measured, unmeasured
from testamur_education.qa.abstain import (
    ANSWER_FROM,
    Calibration,
    area_under_risk,
    fit_calibration,
    risk_coverage,
)
from testamur_education.qa.asked import Asked, gather_questions, recalled, reciprocal_rank
from testamur_education.qa.examples import pick_examples
from testamur_education.qa.pairs import HAS, OPEN, WITHHELD

KEY = "education.course_answers"
FEWEST = 20  # questions; with fewer nothing is measured
Floats = NDArray[np.float64]


def run(given: AuditInput) -> CheckOutcome:
    """Ranking per question, abstention calibrated on validation questions, beside the baselines."""
    asked = {name: _asked(given, name, "test") for name in given.predictions}
    mine, validation = asked["model"], _asked(given, "model", "validation")
    n_known = int((mine.state != OPEN).sum())
    n_fitted = int((validation.state != OPEN).sum())
    if min(n_known, n_fitted) < FEWEST:
        reason = f"{FEWEST} questions with a known passage are required, however: {n_known} in the test part"
        return CheckOutcome((unmeasured(KEY, "mrr", "mean reciprocal rank", reason, n=n_known),))
    ranking, rows = _ranking(asked, given)
    fitted = validation.state != OPEN
    calibration = fit_calibration(validation.features[fitted], _right(validation)[fitted])
    abstention, told = _abstention(mine, calibration, given)
    tree: dict[str, Any] = {
        "n": n_known,
        "n_with_passage": int((mine.state == HAS).sum()),
        "n_withheld": int((mine.state == WITHHELD).sum()),
        "n_subjects": len(np.unique(mine.cluster)),
        "n_calibration": calibration.n,
        "coefficients": list(calibration.coefficients),
        "answer_from": ANSWER_FROM,
        "ranking": rows,
        "corpus": str(given.table.test.carried["corpus"][0]),
        "examples": pick_examples(mine, calibration.chance(mine.features), given.table.test.carried),
        **told,
    }
    file = evidence("answers.json", tree, "Ranking per method, abstention, examples with their passages")
    return CheckOutcome((*ranking, *abstention), (file,))


def _asked(given: AuditInput, name: str, part_name: Any) -> Asked:
    part: RowsPart = given.table.part(part_name)
    score = given.predictions[name][part_name].event
    return gather_questions(score, part.carried, part.target, part.entity)


def _right(asked: Asked) -> Floats:
    """(n,) 1 where the best candidate is the question's own passage."""
    return (asked.place == 1).astype(np.float64)


def _ranking(asked: dict[str, Asked], given: AuditInput) -> tuple[list[Finding], list[dict[str, Any]]]:
    """Mean reciprocal rank and recall, over questions whose passage may be found."""
    level, seed = given.policy.level, given.seed
    rows, ranks = [], {}
    for name, one in asked.items():
        kept = one.state == HAS
        ranks[name] = reciprocal_rank(one)[kept]
        mrr = cluster_mean(ranks[name], one.cluster[kept], level, seed)
        recall = {k: cluster_mean(recalled(one, k)[kept], one.cluster[kept], level, seed) for k in (1, 5, 10)}
        rows.append(
            {
                "name": name,
                "n": mrr.n,
                "mrr": _tree(mrr),
                **{f"recall_{k}": _tree(value) for k, value in recall.items()},
            }
        )
        if name == "model":
            findings = [measured(KEY, "mrr", "mean reciprocal rank", mrr)]
            findings += [
                measured(KEY, f"recall_at_{k}", f"passage among the first {k}", value, Unit.SHARE)
                for k, value in recall.items()
            ]
    cluster = asked["model"].cluster[asked["model"].state == HAS]
    for name in asked.keys() - {"model", "naive"}:
        gain = cluster_mean(ranks["model"] - ranks[name], cluster, level, seed)
        findings.append(
            measured(
                KEY, f"mrr_gain_over_{name}", f"mean reciprocal rank, gain over {name}", gain, subject=name
            )
        )
    return findings, rows


def _abstention(
    mine: Asked, calibration: Calibration, given: AuditInput
) -> tuple[list[Finding], dict[str, Any]]:
    kept = mine.state != OPEN
    chance, right = calibration.chance(mine.features)[kept], _right(mine)[kept]
    withheld, z = (mine.state == WITHHELD)[kept], critical_value(given.policy.level)
    answered = chance >= ANSWER_FROM
    area = statistic(
        len(right), lambda rows: area_under_risk(chance[rows], right[rows]), given.policy.level, given.seed
    )
    brier = cluster_mean((chance - right) ** 2, mine.cluster[kept], given.policy.level, given.seed)
    excess = cluster_mean(right - chance, mine.cluster[kept], given.policy.level, given.seed)
    shares = {
        "answered_share": ("questions answered", answered, np.ones_like(answered)),
        "right_when_answered": ("right among the answered", right == 1, answered),
        "answered_without_passage": ("answered although the passage was withheld", answered, withheld),
        "answered_with_passage": ("answered, where the passage is there", answered, ~withheld),
    }
    findings, tree = [], {}
    for slug, (label, hits, among) in shares.items():
        n = int(among.sum())
        if n < FEWEST and slug != "answered_share":
            reason = f"{FEWEST} such questions are required, however: {n}"
            findings.append(unmeasured(KEY, slug, label, reason, n=n, unit=Unit.SHARE))
            tree[slug] = None
            continue
        estimate = wilson_estimate(int((hits & among).sum()), n, z)
        findings.append(measured(KEY, slug, label, estimate, Unit.SHARE))
        tree[slug] = _tree(estimate)
    findings += [
        measured(KEY, "confidence_gap", "answered right, minus stated chance", excess, Unit.POINTS),
        measured(KEY, "confidence_brier", "Brier score of the stated chance", brier),
        measured(KEY, "risk_area", "mean share of wrong answers over all coverages", area),
    ]
    tree |= {
        "confidence_gap": _tree(excess),
        "risk_area": _tree(area),
        "risk_coverage": risk_coverage(chance, right),
        "best_possible": float((~withheld).mean()),
    }
    return findings, tree


def _tree(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
