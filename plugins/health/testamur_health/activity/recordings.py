"""The check that asks how many whole recordings are named rightly, and of whom the fewest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur.audit.interval import critical_value, share_interval
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit

KEY = "health.activity.recordings"
FILE = "recordings.json"
FEWEST_OF_A_PERSON = 5


def run(given: AuditInput) -> CheckOutcome:
    """Share of recordings whose windows together point to the right exercise; the same for each person."""
    part = given.table.test
    said = given.predictions["model"]["test"].probabilities
    if said is None or part.entity is None or "recording" not in part.carried:
        raise ValueError("windows with their person and recording are required")
    names, place = np.unique(part.carried["recording"], return_inverse=True)
    chosen = vote(said, place, names.size)
    first = np.unique(place, return_index=True)[1]
    truth, person = np.asarray(part.target)[first], part.entity[first]
    right = chosen == truth
    findings = [_share(given, right), _worst(given, right, person)]
    tree = {
        "n": int(right.size),
        "n_people": int(np.unique(person).size),
        "classes": [given.table.spec.column("exercise").values.get(c, c) for c in given.table.classes],
        "confusion": confusion(truth, chosen, len(given.table.classes)),
        "people": sorted(round(float(right[person == p].mean()), 4) for p in np.unique(person)),
    }
    content = json.dumps(tree, sort_keys=True, allow_nan=False).encode()
    return CheckOutcome(
        tuple(findings), (EvidenceFile(FILE, content, description="Recordings named rightly, and as what"),)
    )


def vote(probabilities: Float64, place: Int64, n: int) -> Int64:
    """(n,) the class with the largest mean probability over the windows of each recording."""
    sums = np.stack([np.bincount(place, weights=column, minlength=n) for column in probabilities.T], axis=1)
    return np.asarray(sums.argmax(axis=1), dtype=np.int64)


def confusion(truth: Int64, chosen: Int64, n_classes: int) -> list[list[int]]:
    """Recordings by true class (rows) and named class."""
    counts = np.bincount(truth * n_classes + chosen, minlength=n_classes**2)
    return [[int(c) for c in row] for row in counts.reshape(n_classes, n_classes)]


def _about(given: AuditInput, measure: str, label: str, n: int) -> dict[str, Any]:
    return {
        "check": KEY,
        "measure": measure,
        "label": label,
        "unit": Unit.SHARE,
        "n": n,
        "level": given.policy.level,
        "evidence": FILE,
    }


def _share(given: AuditInput, right: NDArray[np.bool_]) -> Finding:
    about = _about(given, "recordings_right", "recordings named rightly", int(right.size))
    if right.size < given.policy.minimum_group:
        reason = f"fewer than {given.policy.minimum_group} recordings in the test part"
        return Finding(**{**about, "n": 0}, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    low, high = share_interval(int(right.sum()), right.size, critical_value(given.policy.level))
    return Finding(
        **about,
        value=float(right.mean()),
        low=float(low),
        high=float(high),
        method="Wilson interval; recordings of a person are taken as independent",
        note="three people: their spread says more than the interval",
    )


def _worst(given: AuditInput, right: NDArray[np.bool_], person: Int64) -> Finding:
    about = _about(given, "worst_person_right", "recordings named rightly, of the person with the fewest", 0)
    shares = [
        (float(right[person == p].mean()), int((person == p).sum()), int(right[person == p].sum()))
        for p in np.unique(person)
        if (person == p).sum() >= FEWEST_OF_A_PERSON
    ]
    if not shares:
        reason = f"nobody has {FEWEST_OF_A_PERSON} recordings in the test part"
        return Finding(**about, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    value, n, n_right = min(shares)
    low, high = share_interval(n_right, n, critical_value(given.policy.level, len(shares)))
    method = f"Wilson interval, joint over {len(shares)} people"
    return Finding(**{**about, "n": n}, value=value, low=float(low), high=float(high), method=method)
