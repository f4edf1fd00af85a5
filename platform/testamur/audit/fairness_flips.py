"""Whether answers change when the protected attribute alone is exchanged for another level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.disclosure import small
from testamur.audit.entity_estimates import counted_entities, mean_of_entities, share_of_entities
from testamur.audit.entity_rows import entity_codes
from testamur.audit.fairness_further import FLIPS
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Estimate, critical_value, mean_estimate, wilson_rare
from testamur.audit.made_rows import output_of
from testamur.audit.rounding import step_of_mean, step_of_share
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Unit
from testamur.contracts.table import RowsPart

_FILE = "flips.json"
MOST_LEVELS = 30
_UNSEEN = (
    "the model does not see the protected attributes (dataset.protected_as_features = false): exchanging "
    "one alone changes no answer; what stands for it in other columns is another question"
)


def run(given: AuditInput) -> CheckOutcome:
    """Per protected attribute that the model sees: flipped decisions, and the change of the output."""
    names = [feature.name for feature in given.table.features]
    seen = [i for i, attribute in enumerate(given.table.attributes) if attribute.name in names]
    if not seen:
        raise Skip(CheckStatus.NOT_APPLICABLE, _UNSEEN)
    if given.table.test.history is not None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "rows look back on a history that holds the attribute too")
    found: list[Finding] = []
    for position in seen:
        found += _of_attribute(given, position, names.index(given.table.attributes[position].name), len(seen))
    tree = {"attributes": [{"attribute": f.attribute, "measure": f.measure, **tree_of(f)} for f in found]}
    return CheckOutcome(
        tuple(found), (json_file(_FILE, tree, "Answers with another level of the attribute"),)
    )


def _of_attribute(given: AuditInput, position: int, feature: int, n_joint: int) -> list[Finding]:
    attribute, test = given.table.attributes[position], given.table.test
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "level": given.policy.level}
    if len(attribute.levels) > MOST_LEVELS:
        reason = f"{len(attribute.levels)} levels; at most {MOST_LEVELS} are exchanged (declare bands)"
        return [not_estimable(FLIPS.key, "flip_rate", "decisions that flip", reason, Unit.SHARE, **common)]
    assert given.predictor is not None  # the check needs it
    before = output_of(predictions_of(given))
    change, flipped = np.zeros(test.n_rows), np.zeros(test.n_rows, bool)
    for part in _exchanged(given, position, feature):
        after = output_of(given.predictor.predict(part))
        change = np.maximum(change, np.abs(after - before))
        if given.threshold is not None:
            flipped |= (after >= given.threshold) != (before >= given.threshold)
    unit = Unit.POINTS if given.table.problem.kind is ProblemKind.BINARY else Unit.TARGET
    label = "mean of the largest change of the answer"
    entity = entity_codes(given)
    if entity is None:
        estimate = mean_estimate(change, given.policy.level, n_joint)
    else:
        estimate = mean_of_entities(change, entity, given.policy.level).joint(n_joint)
    estimate = replace(estimate, low=max(estimate.low, 0.0))
    found = [done(FLIPS.key, "output_change", label, estimate, unit, simultaneous=True, **common)]
    if given.threshold is not None and given.table.problem.kind is ProblemKind.BINARY:
        found.insert(0, _rate(given, flipped, n_joint, common))
    return found


def _rate(given: AuditInput, flipped: NDArray[np.bool_], n_joint: int, common: dict[str, Any]) -> Finding:
    count, n, entity = int(flipped.sum()), len(flipped), entity_codes(given)
    z, least, most = critical_value(given.policy.level, n_joint), given.policy.minimum_cell, 1
    hidden = small(count, least) or small(n - count, least)
    if entity is None:
        low, high = wilson_rare(count, n, z)
        estimate = Estimate(count / n, float(low), float(high), "Wilson score interval", n)
    else:
        estimate = share_of_entities(flipped, entity, given.policy.level).joint(n_joint)
        behind = counted_entities(flipped, entity)
        most = int(behind.widest[0])
        hidden = hidden or small(int(behind.holders[0]), least) or small(int(behind.lackers[0]), least)
    step = max(step_of_share(count, n, z, unit=most), step_of_mean(n, most)) if hidden else 0.0
    return done(
        FLIPS.key,
        "flip_rate",
        "decisions that flip",
        estimate,
        Unit.SHARE,
        simultaneous=True,
        step=step,
        **common,
    )


def _exchanged(given: AuditInput, position: int, feature: int) -> list[RowsPart]:
    """The test rows of other groups moved to each level in turn, everything else as it is.

    A level stands for the value that is most common for it among training rows (of a band: its median).
    """
    table, test = given.table, given.table.test
    code, own = table.train.groups[:, position], test.groups[:, position]
    parts = []
    for level in range(len(table.attributes[position].levels)):
        rows, others = code == level, own != level
        if not rows.any() or not others.any():
            continue
        if feature < table.n_numeric:
            numeric, missing = test.numeric.copy(), test.missing.copy()
            numeric[others, feature] = np.median(table.train.numeric[rows, feature])
            missing[others, feature] = False
            parts.append(replace(test, numeric=numeric, missing=missing))
        else:
            categorical, column = test.categorical.copy(), feature - table.n_numeric
            categorical[others, column] = np.bincount(table.train.categorical[rows, column]).argmax()
            parts.append(replace(test, categorical=categorical))
    return parts
