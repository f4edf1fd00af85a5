"""Classes of like rows: equal to a plain count, whichever way they are counted."""

import json
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.audit import equivalence
from testamur.audit.anonymity import K_ANONYMITY
from testamur.audit.copies import OneColumn
from testamur.audit.equivalence import closeness, diversity, find_classes
from testamur.audit.golden_privacy import anonymity_cases
from testamur.audit.run import run_check
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import AuditOptions
from testamur.contracts.raw_cells import RawColumn


def by_hand(columns, sensitive):
    rows, seen = Counter(zip(*columns, strict=True)), defaultdict(Counter)
    for key, value in zip(zip(*columns, strict=True), sensitive, strict=True):
        seen[key][value] += 1
    whole = Counter(sensitive)
    n = len(sensitive)
    far = [sum(abs(spread[v] / rows[key] - whole[v] / n) for v in whole) / 2 for key, spread in seen.items()]
    return sorted(rows.values()), min(len(s) for s in seen.values()), max(far)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(1, 4), st.integers(0, 1000), st.booleans())
def test_dense_and_sparse_counting_agree_with_a_plain_one(n, k, seed, sparse):
    r = np.random.default_rng(seed)
    columns = [r.integers(0, 5, n) for _ in range(k)]
    sensitive = r.integers(0, 3, n)
    sizes = [10**6 if sparse else 5] * k
    found = find_classes(columns, sizes)
    rows, l_hand, t_hand = by_hand([c.tolist() for c in columns], sensitive.tolist())
    assert sorted(found.rows.tolist()) == rows
    assert int(diversity(found, sensitive, 3).min()) == l_hand
    assert float(closeness(found, sensitive, 3, ordered=False).max()) == pytest.approx(t_hand, abs=1e-12)


def test_more_combinations_than_a_number_can_hold_are_counted_all_the_same():
    r = np.random.default_rng(0)
    columns = [r.integers(0, 3, 500) for _ in range(6)]
    wide = find_classes(columns, [10**6] * 6)
    narrow = find_classes(columns, [3] * 6)
    assert sorted(wide.rows.tolist()) == sorted(narrow.rows.tolist())


def test_ordered_distance_by_hand():
    """Two classes of one row each, at the two ends of three places: each moves mass by half the way."""
    classes, sensitive = equivalence.Classes(np.array([0, 1]), np.array([1, 1])), np.array([0, 2])
    assert closeness(classes, sensitive, 3, ordered=True) == pytest.approx([0.5, 0.5])
    assert closeness(classes, sensitive, 3, ordered=False) == pytest.approx([0.5, 0.5])


def test_many_values_in_many_classes_are_spread_in_pieces_and_agree(monkeypatch):
    r = np.random.default_rng(1)
    columns, sensitive = [r.integers(0, 7, 400), r.integers(0, 9, 400)], r.integers(0, 5, 400)
    classes = find_classes(columns, [7, 9])
    whole = closeness(classes, sensitive, 5, ordered=True), diversity(classes, sensitive, 5)
    monkeypatch.setattr(equivalence, "_CHUNK", 50)
    monkeypatch.setattr(equivalence, "_DENSE_CELLS", 10)
    assert np.array_equal(closeness(classes, sensitive, 5, ordered=True), whole[0])
    assert np.array_equal(diversity(classes, sensitive, 5), whole[1])


def test_numbers_too_large_to_be_sorted_with_their_rows_are_renumbered_alike():
    number = np.random.default_rng(2).integers(0, 40, 300)
    packed, plain = equivalence._renumbered(number, 40), equivalence._renumbered(number, 1 << 61)
    assert np.array_equal(packed[0], plain[0])
    assert packed[1] == plain[1] == len(np.unique(number))


def test_without_quasi_identifiers_the_ledger_says_what_to_declare():
    given_ = anonymity_cases()[0].given
    entry, _ = run_check(replace(given_, options=AuditOptions()), K_ANONYMITY)
    assert entry.status is CheckStatus.NOT_RUN
    assert "audit.quasi_identifiers" in entry.reason


def test_small_counts_stay_out_of_shared_evidence():
    _, outcome = run_check(anonymity_cases()[0].given, K_ANONYMITY)
    tree = json.loads(outcome.evidence[0].content)
    counts = [row["n"] for row in tree["sizes"]]
    assert not any(count is not None and 0 < count < 5 for count in counts)
    alone = next(f for f in outcome.findings if f.measure == "unique_share")
    assert alone.step > 0


def test_two_shares_are_not_told_so_that_their_difference_is_a_handful():
    few, cells = 2, [f"alone {i}" for i in range(60)] + ["pair"] * 2 + ["many"] * 140
    world = anonymity_cases()[0].given
    source = OneColumn(RawColumn("town", "text", *_coded(cells)))
    test = replace(world.table.test, target=np.zeros(len(cells), np.int64))
    empty = np.zeros(0, np.int64)
    nobody = {"target": empty, "entity": None}
    table = replace(
        world.table,
        cells=source,
        test=replace(test, entity=None),
        train=replace(world.table.train, **nobody),
        validation=replace(world.table.validation, **nobody),
    )
    asked = replace(world, table=table, options=AuditOptions(quasi_identifiers=("town",)))
    _, outcome = run_check(asked, K_ANONYMITY)
    shares = {f.measure: f for f in outcome.findings}
    assert shares["unique_share"].step == 0
    assert shares["few_share"].step > 0
    assert few < world.policy.minimum_cell


def _coded(cells):
    values, code = np.unique(np.array(cells, dtype=object), return_inverse=True)
    return values, code.astype(np.int32)
