"""An early warning as a teacher uses it: how many are at risk, and how many of them a few talks reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.disclosure import small
from testamur.audit.interval import Estimate, critical_value, wilson_estimate
from testamur.audit.rounding import step_of_share
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur_education.checks.measured import evidence, measured, unmeasured

KEY = "education.early_warning"
CAPACITY = 0.2  # share of a cohort that a tutor can talk to
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)

Floats = NDArray[np.float64]


def run(given: AuditInput) -> CheckOutcome:
    """Expected and observed number at risk, overall and per group; who is reached at a capacity."""
    event = given.table.test.target.astype(np.int64)
    scores = {name: parts["test"].event for name, parts in given.predictions.items()}
    n, n_events = len(event), int(event.sum())
    least = max(given.policy.minimum_group, 2)
    if min(n_events, n - n_events) < least:
        reason = (
            f"{least} at risk and {least} not at risk are required, however: {n_events} and {n - n_events}"
        )
        return CheckOutcome((unmeasured(KEY, "reached_share", "at risk and reached", reason, n=n),))
    z = critical_value(given.policy.level)
    curves = {name: reach_curve(event, score, given.seed) for name, score in scores.items()}
    findings = [
        *_reached(event, scores["model"], given, z),
        *(
            finding
            for position, attribute in enumerate(given.table.attributes)
            for code, level in enumerate(attribute.levels)
            for finding in _group(given, event, scores["model"], position, code, {attribute.name: level}, z)
        ),
    ]
    expected, low, high = expected_count(scores["model"], given.policy.level)
    estimate = Estimate(expected, low, high, "sum of the probabilities; normal approximation of the count", n)
    findings.insert(0, measured(KEY, "expected_at_risk", "students expected at risk", estimate, Unit.NUMBER))
    tree = {
        "n": n,
        "n_at_risk": n_events,
        "expected": expected,
        "expected_low": low,
        "expected_high": high,
        "capacity": CAPACITY,
        "curves": curves,
        "groups": _group_rows(given, event, scores["model"]),
        "features": [feature.label for feature in given.table.features],
    }
    return CheckOutcome(
        tuple(findings), (evidence("class.json", tree, "Counts at risk, by group, and reach by capacity"),)
    )


def expected_count(risk: Floats, level: float) -> tuple[float, float, float]:
    """Expected number of events and where the number itself will lie, if the risks are right.

    The number is a sum of independent events: mean sum p, variance sum p (1 - p).
    """
    mean, spread = float(risk.sum()), float(np.sqrt((risk * (1 - risk)).sum()))
    half = critical_value(level) * spread
    return mean, max(mean - half, 0.0), min(mean + half, float(len(risk)))


def reach_curve(event: NDArray[np.int64], score: Floats, seed: int) -> list[dict[str, float]]:
    """Of those at risk, the share among the highest scores, for each share of people one can talk to."""
    order = highest_first(score, seed)
    total = max(int(event.sum()), 1)
    rows = []
    for share in SHARES:
        taken = order[: round(share * len(event))]
        hits = int(event[taken].sum())
        rows.append({"share": share, "reached": hits / total, "right": hits / max(len(taken), 1)})
    return rows


def highest_first(score: Floats, seed: int) -> NDArray[np.int64]:
    """Positions, the highest score first; equal scores in random order."""
    shuffled = np.random.default_rng(seed).permutation(len(score))
    order: NDArray[np.int64] = shuffled[np.argsort(-score[shuffled], kind="stable")]
    return order


def _reached(event: NDArray[np.int64], score: Floats, given: AuditInput, z: float) -> list[Finding]:
    taken = highest_first(score, given.seed)[: round(CAPACITY * len(event))]
    hits, total = int(event[taken].sum()), int(event.sum())
    percent = f"{CAPACITY:.0%}".replace("%", " %")
    return [
        measured(
            KEY, "reached_share", f"of those at risk, among the {percent} talked to",
            wilson_estimate(hits, total, z), Unit.SHARE,
        ),
        measured(
            KEY, "rightly_talked_share", f"of the {percent} talked to, at risk",
            wilson_estimate(hits, len(taken), z), Unit.SHARE,
        ),
    ]  # fmt: skip


def _group(
    given: AuditInput, event: NDArray[np.int64], score: Floats, position: int, code: int,
    levels: dict[str, str], z: float,
) -> list[Finding]:  # fmt: skip
    """Reach within a group when the whole cohort is ranked together."""
    taken = highest_first(score, given.seed)[: round(CAPACITY * len(event))]
    chosen = np.zeros(len(event), dtype=np.bool_)
    chosen[taken] = True
    mine = given.table.test.groups[:, position] == code
    at_risk = int(event[mine].sum())
    about: dict[str, Any] = {"attribute": next(iter(levels)), "group": Group(levels=levels)}
    label = "of those at risk, reached"
    if at_risk < given.policy.minimum_group:
        reason = f"{given.policy.minimum_group} at risk are required in the group, however: fewer"
        return [unmeasured(KEY, "group_reached_share", label, reason, **about)]
    hits = int(event[mine & chosen].sum())
    few = _tells_a_few(given, event, chosen, position)
    about["step"] = step_of_share(hits, at_risk, z) if few else 0.0
    return [
        measured(KEY, "group_reached_share", label, wilson_estimate(hits, at_risk, z), Unit.SHARE, **about)
    ]


def _tells_a_few(
    given: AuditInput, event: NDArray[np.int64], chosen: NDArray[np.bool_], position: int
) -> bool:
    """True where of some level a handful at risk is reached, or missed: it follows from the other levels."""
    codes = given.table.test.groups[:, position]
    sides = [event[(codes == code) & (chosen == side)].sum() for code in np.unique(codes) for side in (0, 1)]
    return any(small(int(count), given.policy.minimum_cell) for count in sides)


def _group_rows(given: AuditInput, event: NDArray[np.int64], score: Floats) -> list[dict[str, Any]]:
    """Per group: size, observed share, expected number; nothing of groups that are too small to be told."""
    rows: list[dict[str, Any]] = []
    z = critical_value(given.policy.level)
    for position, attribute in enumerate(given.table.attributes):
        told = _told(given, event, position)
        for code, level in enumerate(attribute.levels):
            mine = given.table.test.groups[:, position] == code
            n, hits = int(mine.sum()), int(event[mine].sum())
            row: dict[str, Any] = {"attribute": attribute.label, "level": level, "n": None}
            if code in told:
                share = wilson_estimate(hits, n, z)
                mean, low, high = expected_count(score[mine], given.policy.level)
                row |= {
                    "n": n, "observed": hits, "share": share.value, "share_low": share.low,
                    "share_high": share.high, "expected": mean, "low": low, "high": high,
                }  # fmt: skip
            rows.append(row)
    return rows


def _told(given: AuditInput, event: NDArray[np.int64], position: int) -> set[int]:
    """Codes of the levels whose figures are shown.

    Where one alone were left out it would follow from the whole class: the smallest of the others goes, too.
    """
    codes, policy = given.table.test.groups[:, position], given.policy
    sizes = {int(code): int((codes == code).sum()) for code in np.unique(codes)}  # -1: of no known level
    hits = {code: int(event[codes == code].sum()) for code in sizes}
    told = {
        code
        for code, n in sizes.items()
        if n >= policy.minimum_group and min(hits[code], n - hits[code]) >= policy.minimum_cell
    }
    if len(sizes) - len(told) == 1 and told:
        told.remove(min(told, key=lambda code: sizes[code]))
    return told - {-1}
