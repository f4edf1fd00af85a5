"""Checks of rankings held against closed forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Attribute, History, Predictions, RowsPart, RowsTable

Histories = Sequence[Sequence[int]]


def make_ranking(
    histories: Histories,
    target: Sequence[int],
    lists: Mapping[str, Sequence[Sequence[int]]],
    *,
    n_items: int = 20,
    users: tuple[Sequence[str], Sequence[int]] | None = None,
    items: tuple[Sequence[str], Sequence[int]] | None = None,
) -> AuditInput:
    """An audit of lists given in full.

    Args:
        histories: Training choices of every user, the earliest first.
        target: The choice of every user that is tested; 0 = an item that training never showed.
        lists: By name: the ranked items of every user.
        n_items: Items there are.
        users: Levels and (n,) level codes of an attribute of the users, -1 = missing.
        items: Levels and (n_items,) level codes of an attribute of the items.
    """
    n = len(target)
    spec = DatasetSpec(
        key="core.golden",
        title="A case with a known answer",
        problem=Problem(kind=ProblemKind.RANKING, target="item"),
        columns=(),
        source=Source(title="made in the test"),
        loader="testamur.audit.golden_ranking:make_ranking",
    )
    levels, codes = users or ((), np.full(n, -1))
    of_items = np.full((n_items + 1, 1 if items else 0), -1, np.int16)
    if items:
        of_items[1:, 0] = items[1]
    log, train, test = _parts(histories, target, np.asarray(codes), bool(users))
    table = RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=(),
        features=(),
        attributes=(Attribute("group", "group", tuple(levels)),) if users else (),
        columns=("group",) if users else (),
        train=train,
        validation=train,
        test=test,
        sha256="0" * 64,
        encoder={},
        items=tuple(f"item {i + 1}" for i in range(n_items)),
        item_attributes=(Attribute("kind", "kind", tuple(items[0])),) if items else (),
        item_groups=of_items,
    )
    assert len(log.codes) == sum(len(h) for h in histories) + n
    return AuditInput(
        table=table,
        policy=CORE_DEFAULT,
        options=AuditOptions(bootstrap=200),
        predictions={name: {"test": _listed(rows)} for name, rows in lists.items()},
    )


def _parts(
    histories: Histories, target: Sequence[int], codes: np.ndarray, grouped: bool
) -> tuple[History, RowsPart, RowsPart]:
    lengths = np.array([len(h) + 1 for h in histories])
    end = np.cumsum(lengths)
    user = np.repeat(np.arange(len(target)), lengths)
    chosen = np.array([c for h, t in zip(histories, target, strict=True) for c in (*h, t)], np.int64)
    steps = np.arange(len(chosen))
    start = (end - lengths)[user]
    log = History(
        values=np.zeros((len(chosen), 0), np.float32),
        codes=chosen[:, None],
        time=steps.astype(np.float64),
        series=user,
        start=start,
        stop=steps,
    )
    groups = codes.astype(np.int16)[user][:, None] if grouped else np.zeros((len(chosen), 0), np.int16)
    whole = RowsPart(
        row=steps,
        numeric=np.zeros((len(chosen), 0), np.float32),
        missing=np.zeros((len(chosen), 0), bool),
        categorical=np.zeros((len(chosen), 0), np.int64),
        target=chosen,
        groups=groups,
        absent=groups < 0,
        twin=steps,
        twin_with_target=steps,
        entity=user,
        history=log,
    )
    last = np.isin(steps, end - 1)
    return log, _taken(whole, np.flatnonzero(~last)), _taken(whole, np.flatnonzero(last))


def _taken(part: RowsPart, rows: np.ndarray) -> RowsPart:
    log = part.history
    assert log is not None
    fields = {
        name: getattr(part, name)[rows]
        for name in (
            "row",
            "numeric",
            "missing",
            "categorical",
            "target",
            "groups",
            "absent",
            "twin",
            "twin_with_target",
            "entity",
        )
    }
    return replace(part, **fields, history=replace(log, start=log.start[rows], stop=log.stop[rows]))


def _listed(rows: Sequence[Sequence[int]]) -> Predictions:
    ranked = np.asarray(rows, np.int64)
    scores = np.where(ranked > 0, -np.arange(ranked.shape[1], dtype=np.float64)[None, :], np.nan)
    return Predictions(ranked=ranked, scores=scores)


def _repeated(rows: Sequence[Sequence[int]], times: int) -> list[Sequence[int]]:
    return [row for _ in range(times) for row in rows]


_LIST = list(range(1, 13))


def accuracy_cases() -> list[GoldenCase]:
    """Choices at places 1, 2, 12 and nowhere; the baseline shows the list from its other end."""
    target = [1, 2, 12, 0] * 10
    lists = {"model": [_LIST] * 40, "popularity": [_LIST[::-1]] * 40, "ease": [_LIST] * 40}
    given = make_ranking([[13, 14]] * 40, target, lists)
    second = 1 / float(np.log2(3))
    ndcg, other = (1 + second) / 4, 1 / 4  # the baseline has item 12 first, item 2 at place 11
    expected = (
        ("ndcg_10", "", ndcg),
        ("hit_rate_10", "", 2 / 4),
        ("mrr", "", (1 + 1 / 2 + 1 / 12) / 4),
        ("hit_rate_50", "", 3 / 4),
        ("baseline_ndcg_10", "", other),
        ("ndcg_10_gain_over_popularity", "", ndcg - other),
        ("ndcg_10_gain_over_ease", "", 0.0),
        ("hit_rate_10_gain_over_popularity", "", 1 / 4),
    )
    few = make_ranking([[13]] * 5, [1] * 5, {"model": [_LIST] * 5})
    return [
        GoldenCase("places by hand", given, expected),
        GoldenCase("five users", few, (("ndcg_10", "", None), ("mrr", "", None))),
    ]


def coverage_cases() -> list[GoldenCase]:
    """Everyone is shown the same ten of twenty items; one is chosen by all, nineteen by nobody."""
    given = make_ranking([[1]] * 40, [2] * 40, {"model": [list(range(1, 11))] * 40})
    # Ten items with 40 appearances each, ten with none: G = 1/2. Popularity shown 1/10, chosen before 1.
    bits = -9 * float(np.log2(0.5 / 40)) / 10
    expected = (
        ("catalogue_coverage_10", "", 0.5),
        ("exposure_gini_10", "", 0.5),
        ("popularity_lift", "", 0.1 - 1),
        ("novelty", "", bits),
    )
    return [GoldenCase("the same ten for everyone", given, expected)]


def data_cases() -> list[GoldenCase]:
    """Forty users who chose two of four items each."""
    given = make_ranking([[1, 2], [3, 4]] * 20, [3, 1] * 20, {"model": [[1, 2, 3, 4]] * 40}, n_items=4)
    expected = (
        ("n_users", "", 40.0),
        ("n_items", "", 4.0),
        ("density", "", 0.5),
        ("median_history", "", 2.0),
        ("choice_gini", "", 0.0),
        ("unseen_item_share", "", 0.0),
    )
    return [GoldenCase("two of four", given, expected)]


def leakage_cases() -> list[GoldenCase]:
    """A quarter of the users is tested on what they had chosen before, a quarter on an unknown item."""
    histories = _repeated([[1, 2], [1, 2], [1, 2], [1, 2]], 10)
    given = make_ranking(histories, [2, 0, 3, 4] * 10, {"model": [_LIST] * 40})
    expected = (("target_in_history_share", "", 0.25),)
    return [GoldenCase("a quarter each", given, expected)]


def user_cases() -> list[GoldenCase]:
    """One group finds its choice first in the list, half of the other never; a third group is too small."""
    target = [1] * 30 + [1, 15] * 15 + [1] * 3
    codes = [0] * 30 + [1] * 30 + [2] * 3
    given = make_ranking(
        [[13]] * 63, target, {"model": [_LIST] * 63}, users=(("served", "half served", "few"), codes)
    )
    expected = (
        ("ndcg_10", "served", 1.0),
        ("ndcg_10", "half served", 0.5),
        ("ndcg_10", "few", None),
        ("hit_rate_10", "half served", 0.5),
    )
    return [GoldenCase("two groups and a small one", given, expected)]


def item_cases() -> list[GoldenCase]:
    """Half of the choices fall on each kind of item, three quarters of the places on one of them."""
    kinds = ([0] * 10 + [1] * 10, ("old", "new"))
    shown = [[1, 2, 3, 4, 5, 6, 8, 9], [1, 2, 3, 4, 11, 12, 14, 15]] * 20
    given = make_ranking(_repeated([[7, 13]], 40), [8] * 40, {"model": shown}, items=(kinds[1], kinds[0]))
    expected = (("exposure_ratio", "old", 1.5), ("exposure_ratio", "new", 0.5))
    none = make_ranking([[1]] * 40, [2] * 40, {"model": [_LIST] * 40}, items=(kinds[1], kinds[0]))
    return [
        GoldenCase("three quarters", given, expected),
        GoldenCase("a kind that nobody chose", none, (("exposure_ratio", "new", None),)),
    ]
