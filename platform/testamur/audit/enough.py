"""Whether a test part is large enough to say anything, in rows of each outcome and in entities."""

from __future__ import annotations

import numpy as np

from testamur.audit.entity_rows import n_entities
from testamur.audit.inputs import clusters
from testamur.audit.interval import Ints
from testamur.contracts.check import AuditInput


def least(given: AuditInput) -> int:
    """Smallest number of rows, of rows of the rarer outcome, or of entities that an interval rests on."""
    return max(given.policy.minimum_group, 1)


def too_few_outcomes(given: AuditInput, event: Ints, entity: Ints | None = None) -> str:
    """Why nothing about events can be said, or nothing.

    Below some twenty rows of the rarer outcome, normal and bootstrap intervals of an AUC, a net benefit
    or a calibration hold the truth far less often than they state. The reason names no count: together
    with the number of rows it would give the rarer outcome's away.

    Args:
        given: What is audited.
        event: (n,) 1 where the event happened.
        entity: (n,) entities in the same order, where rows share them: it is entities that must be enough.
    """
    n_events, n = int(event.sum()), len(event)
    if n_events in (0, n):
        return "the test part holds one outcome only; both are needed"
    if min(n_events, n - n_events) < least(given):
        return (
            "too few rows of the rarer outcome in the test part; "
            f"the policy asks for at least {least(given)} with the event and as many without it"
        )
    happened = event == 1
    if entity is not None and min(n_entities(entity, happened), n_entities(entity, ~happened)) < least(given):
        return (
            "too few entities with the rarer outcome in the test part; "
            f"the policy asks for at least {least(given)} with the event and as many without it"
        )
    return ""


def too_few_rows(given: AuditInput) -> str:
    """Why nothing about the rows can be said, or nothing."""
    if given.table.test.n_rows < least(given):
        return f"too few rows in the test part; the policy asks for at least {least(given)}"
    return ""


def too_few_entities(given: AuditInput) -> str:
    """Why rows that share entities say too little, or nothing: it is entities that are drawn, not rows."""
    cluster = clusters(given)
    if cluster is None or len(np.unique(cluster)) >= least(given):
        return ""
    return (
        f"the rows of the test part come from too few entities; the policy asks for at least {least(given)}"
    )
