"""Reasons of a refusal: which features cost the applicant most, and whether they would again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur_finance.credit.reason_texts import MOST_REASONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def nearest_approved(event: Floats, threshold: float, n_wanted: int) -> Ints:
    """Positions of the approved rows nearest to the line, which refused applicants are compared with.

    12 CFR 1002.9, official interpretation 9(b)(2)-5 names the average of applicants "at or slightly
    above the minimum passing score" as a way to find reasons.

    Args:
        event: (n,) predicted probability of the event.
        threshold: Refused at or above it.
        n_wanted: At most so many.
    """
    approved = np.flatnonzero(event < threshold)
    order = np.argsort(-event[approved], kind="stable")
    return np.sort(approved[order[:n_wanted]])


def top_reasons(values: Floats, most: int = MOST_REASONS) -> Ints:
    """(n, most) features that count most against each applicant, the worst first; -1 where none does.

    Args:
        values: (n, n_features) contributions to the log-odds of the event.
        most: Reasons at most.
    """
    order = np.argsort(-values, axis=1, kind="stable")[:, :most]
    against = np.take_along_axis(values, order, axis=1) > 1e-9
    return np.where(against, order, -1)


def overlap(first: Ints, second: Ints) -> Floats:
    """(n,) Jaccard index of two sets of reasons per applicant: shared over all; 1 where both are empty."""
    shared = np.zeros(len(first))
    union = np.zeros(len(first))
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        left, right = set(a[a >= 0].tolist()), set(b[b >= 0].tolist())
        shared[i], union[i] = len(left & right), len(left | right)
    return np.where(union > 0, shared / np.maximum(union, 1), 1.0)


def kept_share(reasons: Ints, again: list[Ints]) -> Floats:
    """(n, most) share of refits in which a reason is among the reasons again; NaN where there is none."""
    counts = np.zeros(reasons.shape)
    for other in again:
        counts += (reasons[:, :, None] == other[:, None, :]).any(axis=2)
    return np.where(reasons >= 0, counts / max(len(again), 1), np.nan)
