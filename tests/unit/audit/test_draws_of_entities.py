"""Entities found once per part, and joint draws of very many estimates that entities tie together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import entity_draws, entity_normal, entity_numbers
from testamur.audit.entity_cells import by_entity, correlation_of, covariance_of
from testamur.audit.entity_rows import copies, entity_codes, people_of
from testamur.audit.golden_world import make_input
from testamur.audit.inputs import clusters
from testamur.contracts.dataset import ProblemKind


def _given(entity):
    n = len(entity)
    return make_input(
        np.arange(n) % 2, {"model": np.full(n, 0.5)}, groups={"g": (("a", "b"), np.arange(n) % 2)},
        kind=ProblemKind.REGRESSION, classes=(), entity=entity,
    )  # fmt: skip


def test_entities_of_a_part_are_numbered_once(monkeypatch):
    calls = []
    known = entity_numbers.renumbered
    monkeypatch.setattr(entity_numbers, "renumbered", lambda x: calls.append(1) or known(x))
    given = _given(np.array([7, -2, 7, 40, 40, 9]))
    for _ in range(3):
        assert entity_codes(given).tolist() == [1, 0, 1, 3, 3, 2]
        assert clusters(given) is given.table.test.entity
    assert len(calls) == 1
    other = replace(given, table=replace(given.table, test=replace(given.table.test, entity=np.arange(6))))
    assert clusters(other) is None
    assert entity_codes(other) is None


def test_people_and_copies_are_counted_as_sorting_would():
    r = np.random.default_rng(0)
    code, entity = r.integers(-1, 3, 200), r.integers(0, 30, 200)
    assert people_of(code, entity, 3).tolist() == [len(set(entity[code == k])) for k in range(3)]
    who, value = np.repeat(np.arange(5), 4), np.tile([1, 1, 2, 2], 5)
    assert (copies(who, value), copies(who, np.tile([1, 1, 1, 2], 5)), copies(who[1:], value[1:])) == (
        2,
        1,
        1,
    )


def test_patterns_are_those_of_sorting(monkeypatch):
    counts = np.random.default_rng(0).integers(0, 4, (300, 4))
    quick = entity_draws._patterns(counts)
    monkeypatch.setattr(entity_draws, "_MOST_KEYS", 0)
    for mine, other in zip(quick, entity_draws._patterns(counts), strict=True):
        assert mine.tolist() == other.tolist()


@pytest.mark.parametrize("way", ["_by_symmetric_root", "_by_triangular_root", "_by_entities"])
def test_every_way_to_draw_has_the_correlations_of_the_errors(way):
    r = np.random.default_rng(0)
    errors = r.normal(size=(40, 6)) * (r.random((40, 6)) < 0.5)
    errors[:, 3] = errors[:, 2]  # the root of what is singular
    errors[:, 5] = 0.0
    entity, place = np.nonzero(errors)
    table = by_entity(entity, place, errors[entity, place], 6)
    wanted = correlation_of(covariance_of(table))
    given = table if way == "_by_entities" else wanted
    drawn = getattr(entity_normal, way)(given, np.array([2, 0, 1, 5, 4, 3]), 40_000, r)
    assert np.cov(drawn.T) == pytest.approx(wanted, abs=0.03)
    assert np.abs(drawn[:, 2] - drawn[:, 3]).max() < 1e-3


def test_many_places_are_drawn_by_whichever_is_cheaper(monkeypatch):
    monkeypatch.setattr(entity_normal, "_MOST_ROOT", 3)
    table = by_entity(np.arange(60), np.arange(60) % 20, np.ones(60), 20)
    used = []
    for way in ("_by_symmetric_root", "_by_triangular_root", "_by_entities"):
        monkeypatch.setattr(entity_normal, way, lambda *_, way=way: used.append(way))
    entity_normal.draw_errors(table[:, :3], np.arange(3), 9, np.random.default_rng(0))
    entity_normal.draw_errors(table, np.arange(20), 9, np.random.default_rng(0))
    monkeypatch.setattr(entity_normal, "_DEARER", 0.1)
    entity_normal.draw_errors(table, np.arange(20), 9, np.random.default_rng(0))
    assert used == ["_by_symmetric_root", "_by_triangular_root", "_by_entities"]
