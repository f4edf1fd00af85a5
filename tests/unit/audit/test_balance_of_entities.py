"""Spread and gaps of the data, counted in people where they have several rows."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import data_balance, data_missing
from testamur.audit.golden_world import make_input
from testamur.contracts.check import AuditInput


def _given(shared: bool = True, n_few: int = 3) -> AuditInput:
    r = np.random.default_rng(0)
    entity = np.repeat(np.arange(80), 6)
    own = r.random(80)[entity]
    event = (r.random(480) < own).astype(int)
    group = np.where(entity < n_few, 2, entity % 2)
    absent = (r.random((480, 1)) < 0.2) & (entity >= 40)[:, None]
    given = make_input(
        event, {"model": own}, groups={"g": (("a", "b", "few"), group)}, absent=absent,
        entity=entity if shared else None,
    )  # fmt: skip
    # the rows of training and validation are those of a person of their own
    alone = replace(given.table.train, entity=np.array([900]) if shared else None)
    return replace(given, table=replace(given.table, train=alone, validation=alone))


def test_a_level_of_few_people_is_withheld_from_balance_and_gaps():
    outcome = data_balance.run(_given())
    few = next(f for f in outcome.findings if str(f.group) == "few")
    assert few.value is None
    assert "too few entities" in few.reason
    counts = {g["levels"]["g"]: g["n"] for g in json.loads(outcome.evidence[0].content)["groups"]}
    assert counts["few"] is None
    assert None in (counts["a"], counts["b"])  # else subtraction would give it back
    gaps = json.loads(data_missing.run(_given()).evidence[0].content)["groups"]
    assert next(g["n"] for g in gaps if g["levels"]["g"] == "few") is None


def test_shares_of_events_are_over_people():
    shared, alone = (data_balance.run(_given(s)).findings[0] for s in (True, False))
    assert shared.value == pytest.approx(alone.value)
    assert shared.high - shared.low > 1.2 * (alone.high - alone.low)
    both = [
        next(f for f in data_balance.run(_given(s, n_few=0)).findings if f.measure == "event_share_gap")
        for s in (True, False)
    ]
    assert both[0].high - both[0].value > 1.1 * (both[1].high - both[1].value)
