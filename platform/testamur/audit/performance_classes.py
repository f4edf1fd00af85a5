"""Accuracy and macro AUC of several classes, and their gains over the baselines."""

from __future__ import annotations

import numpy as np

from testamur.audit.auc import auc_parts
from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.enough import least, too_few_rows
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, generator, predictions_of
from testamur.audit.interval import Floats, Ints, critical_value, wilson_estimate
from testamur.audit.macro_auc import macro_estimate, macro_gain
from testamur.audit.performance import CLASSES
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

ACCURACY = Score("accuracy", "accuracy", Unit.SHARE)
MACRO_AUC = Score("macro_auc", "mean AUC of one class against the rest")
_FILE = "performance_classes.json"


def run(given: AuditInput) -> CheckOutcome:
    """Share of right classes with Wilson's interval; macro AUC with DeLong's components."""
    target: Ints = given.table.test.target.astype(np.int64)
    predicted = {MODEL: predictions_of(given)} | baselines(given)
    tables = {name: p.probabilities for name, p in predicted.items() if p.probabilities is not None}
    found = _accuracy(given, target, tables) + _macro(given, target, tables)
    scores, gains = score_rows(found)
    tree = {"n": len(target), "scores": scores, "gains": gains}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Accuracy and AUC of model and baselines"),))


def _accuracy(given: AuditInput, target: Ints, tables: dict[str, Floats]) -> list[Finding]:
    if too_few_rows(given):
        reason = too_few_rows(given)
        return [not_estimable(CLASSES.key, ACCURACY.name, ACCURACY.label, reason, Unit.SHARE, evidence=_FILE)]
    z, cluster = critical_value(given.policy.level), clusters(given)
    right = np.stack([t.argmax(axis=1) == target for t in tables.values()], axis=1).astype(np.float64)
    boot = mean_gains(
        right,
        lambda m: np.concatenate([m, m[..., :1] - m[..., 1:]], axis=-1),
        level=given.policy.level,
        n_boot=given.options.bootstrap,
        rng=generator(given, CLASSES.key),
        cluster=cluster,
        n_own=right.shape[1],
    )
    names = list(tables)
    own = dict(zip(names, boot[: len(names)], strict=True))
    if cluster is None:
        own = {n: wilson_estimate(int(right[:, i].sum()), len(target), z) for i, n in enumerate(names)}
    gains = dict(zip(names[1:], boot[len(names) :], strict=True))
    return compare(CLASSES.key, _FILE, given.policy.level, ACCURACY, own, gains)


def _macro(given: AuditInput, target: Ints, tables: dict[str, Floats]) -> list[Finding]:
    z, cluster = critical_value(given.policy.level), clusters(given)
    reason = _too_few(given, target)
    if reason:
        return [
            not_estimable(CLASSES.key, MACRO_AUC.name, MACRO_AUC.label, reason, n=len(target), evidence=_FILE)
        ]
    each = {
        name: [
            auc_parts((target == k).astype(np.int64), table[:, k]) for k in range(len(given.table.classes))
        ]
        for name, table in tables.items()
    }
    own = {name: macro_estimate(parts, z, cluster) for name, parts in each.items()}
    gains = {n: macro_gain(each[MODEL], each[n], z, cluster) for n in tables if n != MODEL}
    return compare(CLASSES.key, _FILE, given.policy.level, MACRO_AUC, own, gains)


def _too_few(given: AuditInput, target: Ints) -> str:
    """Why no class can be ranked against the rest, or nothing."""
    n_classes = len(given.table.classes)
    counts = np.bincount(target, minlength=n_classes)
    n_short = int((np.minimum(counts, len(target) - counts) < least(given)).sum())
    if not n_short:
        return ""
    return f"{n_short} of {n_classes} classes have fewer than {least(given)} rows in the test part"
