"""Decisions at the threshold: rates, net benefit, and gains over the baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.disclosure import withhold
from testamur.audit.enough import too_few_outcomes
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.findings import done, json_file, not_estimable, slug
from testamur.audit.inputs import MODEL, baselines, clusters, generator, observed_event, predictions_of
from testamur.audit.interval import Floats, Ints, critical_value, wilson_estimate
from testamur.audit.performance import DECISIONS
from testamur.audit.rounding import step_of_mean, to_step
from testamur.audit.row_share import counted_share, row_share
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

_FILE = "decisions.json"
_KEY = DECISIONS.key
_CELLS = ("tn", "fp", "fn", "tp")
_SHARES = (  # measure, label, cells counted, cells of the denominator, in the order tn, fp, fn, tp
    ("sensitivity", "sensitivity", (3,), (2, 3), "rows with the event"),
    ("specificity", "specificity", (0,), (0, 1), "rows without the event"),
    ("positive_predictive_value", "positive predictive value", (3,), (1, 3), "selected rows"),
    ("negative_predictive_value", "negative predictive value", (0,), (0, 2), "rows not selected"),
    ("selection_rate", "selection rate", (1, 3), (0, 1, 2, 3), "rows"),
)


def run(given: AuditInput) -> CheckOutcome:
    """Rates with Wilson's interval, net benefit with the bootstrap, a decision curve as evidence."""
    event, threshold = observed_event(given), float(given.threshold or 0.0)
    scores = {MODEL: predictions_of(given).event} | {n: p.event for n, p in baselines(given).items()}
    cells = _cells(event, scores[MODEL] >= threshold)
    entity = entity_codes(given)
    behind = None if entity is None else _entities(event, scores[MODEL] >= threshold, entity)
    shown = _shown(cells, given.policy.minimum_cell, behind)
    found = _shares(given, (event << 1) | (scores[MODEL] >= threshold), cells, shown) + _gains(
        given, event, scores, threshold
    )
    if None in shown.values():
        found = [_rounded(f, len(event), threshold) for f in found]
    rows, gains = score_rows(found)
    tree = {
        "threshold": threshold,
        "threshold_rule": given.threshold_rule,
        "n": len(event),
        "cells": shown,
        "scores": rows,
        "gains": gains,
        "decision_curve": _curve(event, scores),
    }
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Confusion matrix and decision curve"),))


def _cells(event: Ints, selected: Any) -> list[int]:
    counted: list[int] = np.bincount((event << 1) | selected, minlength=4).tolist()
    return counted


def _entities(event: Ints, selected: Any, entity: Ints) -> list[int]:
    """Entities behind each cell."""
    cell = (event << 1) | selected
    return [n_entities(entity, cell == i) for i in range(len(_CELLS))]


def _shown(cells: list[int], minimum: int, behind: list[int] | None) -> dict[str, int | None]:
    counts = {(0, name): count for name, count in zip(_CELLS, cells, strict=True)}
    people = None if behind is None else dict(zip(counts, behind, strict=True))
    shown = withhold(counts, [[(0, "tn"), (0, "fp")], [(0, "fn"), (0, "tp")]], minimum, people)
    return {name: count for (_, name), count in shown.items()}


def _rounded(finding: Finding, n: int, threshold: float) -> Finding:
    """Accuracies and net benefits add up cells: with one withheld, they too are rounded."""
    if finding.step or finding.value is None:
        return finding
    odds = threshold / max(1.0 - threshold, 1e-9)
    return finding.model_copy(update={"step": max(step_of_mean(n, odds), 0.01)})


def _shares(given: AuditInput, cell: Ints, cells: list[int], shown: dict[str, int | None]) -> list[Finding]:
    entity, least = entity_codes(given), max(given.policy.minimum_group, 1)
    bounds: dict[str, Any] = {"level": given.policy.level, "minimum": given.policy.minimum_cell}
    found = []
    for measure, label, counted, of, words in _SHARES:
        n = sum(cells[i] for i in of)
        rows = np.zeros(0, np.int64) if entity is None else np.flatnonzero(np.isin(cell, of))
        common: dict[str, Any] = {"evidence": _FILE, "level": given.policy.level}
        if (n if entity is None else n_entities(entity, rows)) < least:
            what = words if entity is None else f"entities with {words}"
            reason = f"fewer than {least} {what} in the test part"
            found.append(not_estimable(_KEY, measure, label, reason, Unit.SHARE, **common))
            continue
        if entity is None:
            share = counted_share(sum(cells[i] for i in counted), n, **bounds)
        else:
            share = row_share(np.isin(cell[rows], counted), entity[rows], **bounds)
        hidden = any(shown[_CELLS[i]] is None for i in of)
        step = share.step if hidden else 0.0
        # of all rows only: those with events and without tell of how many have both
        people = None if hidden or n < len(cell) else share.n_entities
        found.append(
            done(_KEY, measure, label, share.estimate, Unit.SHARE, step=step, n_entities=people, **common)
        )
    return found


def _gains(given: AuditInput, event: Ints, scores: dict[str, Floats], threshold: float) -> list[Finding]:
    """Accuracy and net benefit of model, baselines and "act on everyone", on the same resampled rows."""
    names, rng, level = list(scores), generator(given, _KEY), given.policy.level
    options: dict[str, Any] = {
        "level": level,
        "n_boot": given.options.bootstrap,
        "rng": rng,
        "cluster": clusters(given),
    }
    chosen = np.stack([score >= threshold for score in scores.values()], axis=1)
    right = (chosen == (event == 1)[:, None]).astype(np.float64)
    k = len(names)
    accuracy = mean_gains(right, _minus_first, **options)
    if clusters(given) is None:
        z = critical_value(level)
        accuracy[:k] = [wilson_estimate(int(right[:, i].sum()), len(event), z) for i in range(k)]
    found = compare(
        _KEY,
        _FILE,
        level,
        Score("accuracy", "accuracy", Unit.SHARE),
        dict(zip(names, accuracy[:k], strict=True)),
        dict(zip(names[1:], accuracy[k:], strict=True)),
    )
    if threshold >= 1.0:
        reason = "at a threshold of 1 the odds of the threshold are infinite"
        return [*found, not_estimable(_KEY, "net_benefit", "net benefit", reason, evidence=_FILE)]
    reason = too_few_outcomes(given, event, entity_codes(given)) or _nobody(chosen[:, 0])
    if reason:
        return [*found, *_no_benefit(names[1:], reason)]
    everyone = np.ones((len(event), 1), bool)
    worth = _worth(event, np.concatenate([chosen, everyone], axis=1), threshold)
    benefit = mean_gains(worth, _minus_first, **options)
    named = [*names, "all"]
    own = {n: e for n, e in zip(named, benefit, strict=False) if n != "all"}
    gains = dict(zip(named[1:], benefit[k + 1 :], strict=True))
    return found + compare(_KEY, _FILE, level, Score("net_benefit", "net benefit"), own, gains)


def _nobody(chosen: Any) -> str:
    return "" if chosen.any() else "no row reaches the threshold; who acts on nobody has nothing to show"


def _no_benefit(others: list[str], reason: str) -> list[Finding]:
    """Net benefit and its gains, not estimable."""
    gains = [
        (f"net_benefit_gain_over_{slug(n)}"[:40], f"gain in net benefit over {n}") for n in [*others, "all"]
    ]
    return [
        not_estimable(_KEY, measure, label, reason, evidence=_FILE)
        for measure, label in [("net_benefit", "net benefit"), *gains]
    ]


def _minus_first(means: Floats) -> Floats:
    """Means, then the first minus each other."""
    return np.concatenate([means, means[..., :1] - means[..., 1:]], axis=-1)


def _worth(event: Ints, chosen: Any, threshold: float) -> Floats:
    """What acting on each row is worth, in true positives (Vickers and Elkin 2006)."""
    odds = threshold / (1.0 - threshold)
    value: Floats = np.where(chosen, np.where((event == 1)[:, None], 1.0, -odds), 0.0)
    return value


def _step(event: Ints, threshold: float) -> float:
    """A point of the curve shows no single row: it is rounded to what three rows are worth."""
    return step_of_mean(len(event), threshold / (1.0 - threshold))


def _reaching(ordered: Floats, threshold: float) -> int:
    """Of sorted scores, how many reach the threshold."""
    return len(ordered) - int(np.searchsorted(ordered, threshold, side="left"))


def _curve(event: Ints, scores: dict[str, Floats]) -> list[dict[str, float | None]]:
    """Net benefit at 50 thresholds from 0.01 to the largest stated probability."""
    top = min(0.99, float(max(score.max() for score in scores.values())))
    rows: list[dict[str, float | None]] = []
    sides = [[np.sort(score[event == outcome]) for outcome in (1, 0)] for score in scores.values()]
    n_events, n = int(event.sum()), len(event)
    for threshold in np.linspace(0.01, max(top, 0.02), 50):
        hits = [_reaching(events, threshold) for events, _ in sides]
        alarms = [_reaching(others, threshold) for _, others in sides]
        counted = zip([*hits, n_events], [*alarms, n - n_events], strict=True)
        odds = threshold / (1.0 - threshold)
        worth = [(hit - odds * alarm) / n for hit, alarm in counted]
        shown = [to_step(w, _step(event, threshold)) for w in worth]
        rows.append(
            {
                "threshold": round(float(threshold), 4),
                **dict(zip([*scores, "all"], shown, strict=True)),
            }
        )
    return rows
