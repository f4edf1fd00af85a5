"""No small count leaves the audit: not in shared evidence, not in findings, verdicts or reasons."""

from __future__ import annotations

import functools
import json
import re

import numpy as np
import pytest

from testamur.audit.auc import roc_points
from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.interval import wilson_rare
from testamur.audit.rounding import step_of_share
from testamur.audit.run import run_audit
from testamur.contracts.dataset import ProblemKind

MINIMUM = 5  # of core.default
NO_COUNT = {"n_boot", "n_train", "n_validation"}  # replicates, and the single rows that this world trains on
COUNTS = {"n", "tn", "fp", "fn", "tp"}


@functools.cache
def _audited(seed=0):
    r = np.random.default_rng(seed)
    cells = {"f": (60, 20, 3, 23), "m": (17 + seed, 3, 8, 30), "x": (9, 2, 1, 5), "y": (40, 22, 11, 30)}
    event, risk, groups = from_cells(cells)
    n = len(event)
    risk = np.clip(risk + r.normal(0, 0.03, n), 0.01, 0.99)
    code = groups["group"][1].copy()
    code[r.choice(n, 2 + seed % 3, replace=False)] = -1
    age = r.choice(3, n, p=[0.6, 0.36, 0.04])
    absent = np.zeros((n, 2), bool)
    absent[:3, 0] = absent[:40, 1] = True
    twin = np.arange(n) + 100
    twin[:3] = 10**9  # the training row's
    given = make_input(
        event,
        {"model": risk, "naive": np.full(n, event.mean())},
        groups={"group": (groups["group"][0], code), "age": (("a", "b", "c"), age)},
        numeric=r.normal(size=(n, 2)),
        absent=absent,
        twin=twin,
        twin_with_target=twin,
    )
    return conclude(given, run_audit(given, ALL_CHECKS))


def _counts(tree, path=""):
    """Every whole number of a file that counts rows, with its place."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            here = f"{path}.{key}"
            named = (key in COUNTS or key.startswith("n_")) and key not in NO_COUNT
            if named and isinstance(value, int):
                yield here, value
            else:
                yield from _counts(value, here)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from _counts(value, f"{path}[{place}]")


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_is_published_anywhere(seed):
    result = _audited(seed)
    for file in result.evidence:
        if file.name.endswith(".json") and not file.restricted:
            small = [c for c in _counts(json.loads(file.content), file.name) if 0 < c[1] < MINIMUM]
            assert not small
    for finding in result.findings:
        assert not 0 < finding.n < MINIMUM, finding
        if {"counted", "of"} <= finding.cells.keys():
            rest = finding.cells["of"] - finding.cells["counted"]
            assert not 0 < finding.cells["counted"] < MINIMUM, finding
            assert not 0 < rest < MINIMUM, finding
        words = f"{finding.reason} {finding.note}"
        assert not re.search(r"\b[1-4] rows\b", words), words


@pytest.mark.parametrize("seed", range(3))
def test_a_withheld_number_of_rows_is_withheld_everywhere(seed):
    result = _audited(seed)
    files = {f.name: json.loads(f.content) for f in result.evidence if f.name.endswith(".json")}
    (division,) = (d for d in files["groups.json"]["divisions"] if d["attribute"] == "group")
    shown = {g["name"]: g["n"] for g in division["groups"]}
    hidden = {name for name, n in shown.items() if n is None}
    unknown = [*[n for n in shown.values() if n is None], *([None] if division["n_missing"] is None else [])]
    assert len(unknown) != 1, "one unknown is solved by subtraction"
    assert hidden, "the world of this test hides someone"
    (quality,) = (a for a in files["group_quality.json"]["attributes"] if a["attribute"] == "group")
    assert {g["name"] for g in quality["groups"] if g["n"] is None} >= hidden
    of_rows = ("selection_rate", "accuracy", "brier", "calibration_slope")
    rates = [f for f in result.findings if f.attribute == "group" and f.measure in of_rows and f.n]
    assert rates
    assert all(f.n % 10 == 0 for f in rates if str(f.group) in hidden)


@pytest.mark.parametrize("seed", range(3))
def test_no_rate_of_a_withheld_cell_gives_it_back(seed):
    result = _audited(seed)
    tree = next(json.loads(f.content) for f in result.evidence if f.name == "groups.json")
    for division in tree["divisions"]:
        for group in division["groups"]:
            if group["cells"]["fn"] is not None or group["n_events"] is None:
                continue
            n = group["n_events"]
            (rate,) = (
                f
                for f in result.findings
                if f.check == "core.fairness.rates"
                and f.measure == "true_positive_rate"
                and f.group is not None
                and f.group.levels == group["levels"]
            )
            if rate.value is None:
                continue
            assert rate.step >= 0.01
            fits = [k for k in range(n + 1) if abs(k / n - rate.value) <= rate.step / 2 + 1e-9]
            assert len(fits) >= 3, (group["name"], fits)


@pytest.mark.parametrize("n", [20, 26, 57, 130, 900])
@pytest.mark.parametrize("counted", [0, 1, 3, 10, 18])
def test_at_least_three_counts_share_the_published_figures(n, counted):
    step = step_of_share(counted, n, 2.4)
    every = np.arange(n + 1)
    low, high = wilson_rare(every, np.full(n + 1, n), 2.4)
    shown = np.stack(
        [np.floor(every / n / step + 0.5), np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)]
    )
    assert (shown == shown[:, [counted]]).all(axis=0).sum() >= 3 or step == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_no_step_of_a_curve_holds_a_handful_of_rows(seed):
    r = np.random.default_rng(seed)
    event, score = r.integers(0, 2, 150), np.round(r.random(150), 3)
    points = np.array(roc_points(event, score, minimum=MINIMUM))
    assert points[0].tolist() == [0.0, 0.0]
    assert points[-1].tolist() == [1.0, 1.0]
    for column, total in ((0, int((event == 0).sum())), (1, int(event.sum()))):
        rows = np.rint(np.diff(points[:, column]) * total)
        assert ((rows == 0) | (rows >= MINIMUM)).all(), rows
    assert 5 < len(points) < 60


def test_small_classes_are_withheld():
    target = np.r_[np.zeros(60), np.ones(60), np.full(4, 2)].astype(int)
    given = make_input(
        target, {"model": np.eye(3)[target]}, kind=ProblemKind.MULTICLASS, classes=("a", "b", "c")
    )
    result = conclude(given, run_audit(given, ALL_CHECKS))
    tree = next(json.loads(f.content) for f in result.evidence if f.name == "balance.json")
    assert sum(c["n"] is None for c in tree["classes"]) >= 2
    (share,) = (f for f in result.findings if f.measure == "class_share" and f.subject == "c")
    assert share.step > 0
    assert share.low <= 4 / 126 <= share.high


def test_the_verdict_is_reached_on_exact_figures_and_told_with_rounded_ones():
    result = _audited()
    for verdict in result.verdicts:
        if verdict.finding is None:
            continue
        finding = result.findings[verdict.finding]
        assert (verdict.value, verdict.low, verdict.high, verdict.n) == (
            finding.value,
            finding.low,
            finding.high,
            finding.n,
        )
    told = [v for v in result.verdicts if v.finding is not None and result.findings[v.finding].step]
    assert told
    assert all("rounded" in v.reason for v in told if v.value is not None)
