"""What a constraint bought and what it cost: the same recipe without it, on the same test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.auc import auc_gain, auc_parts
from testamur.audit.bootstrap_interval import basic_estimate, mean_gains, percentile_estimate
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.group_shares import Shares, compare_shares, compare_shares_of_entities
from testamur.audit.inputs import clusters, generator, observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, without_interval
from testamur.audit.resample import bootstrap_means, count_units
from testamur.audit.rounding import step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.constraint import Constraint, FairnessKept
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Section, Unit

PRICE = CheckSpec(
    key="core.fairness.price",
    section=Section.FAIRNESS,
    title="Price of the constraint",
    question="What did holding the rates of groups together change, and what did it cost?",
    formula=(
        "gap: max - min over groups of the selection rate (demographic parity), or the larger of the gaps of "
        "TPR and FPR (equalised odds), at each model's own threshold; closed = before - after; price = the "
        "same recipe without the constraint less the model, same rows"
    ),
    citation=("Hardt, Price and Srebro 2016; Cotter et al. 2019, JMLR 20:172; Newcombe 1998; DeLong 1988"),
    needs=(Need.PREDICTIONS, Need.PROTECTED, Need.THRESHOLD),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.fairness_price:run",
    golden="testamur.audit.golden_price:cases",
)
CHECKS = (PRICE,)

UNCONSTRAINED = "unconstrained"
_FILE = "fairness_price.json"
_GAPS = {
    Constraint.DEMOGRAPHIC_PARITY: "gap of selection rates",
    Constraint.EQUALIZED_ODDS: "larger gap of true- and false-positive rates",
}
_BY_GROUP = (
    "Decided by a threshold that depends on the group, on purpose: whether people may be treated so is for "
    "the law of the place to say, and the group must be known of everyone."
)
_IN_TRAINING = "The groups were used in training and are not needed to predict."


@dataclass(frozen=True, slots=True)
class _Columns:
    """Per-row columns of one attribute: members, then selected before and after, by stratum and group."""

    name: str
    label: str
    columns: Floats  # (n, 3 * n_cells)
    n_strata: int
    n: int
    step: float


def run(given: AuditInput) -> CheckOutcome:
    """Gaps before and after, and what changed in accuracy, Brier score and ranking."""
    kept = given.training.fairness if given.training else None
    if kept is None or UNCONSTRAINED not in given.predictions:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no constraint was asked for in training")
    event = observed_event(given)
    before, after = (predictions_of(given, name).event for name in (UNCONSTRAINED, "model"))
    chosen = (before >= kept.threshold_before, after >= kept.threshold)
    gaps = _gap_findings(given, kept, event, chosen)
    prices = _price_findings(given, event, (before, after), chosen)
    tree = {
        **kept.model_dump(mode="json"),
        "gaps": [{"measure": f.measure, "attribute": f.attribute, **tree_of(f)} for f in gaps],
        "prices": [{"measure": f.measure, "label": f.label, **tree_of(f)} for f in prices],
        "words": _BY_GROUP if kept.needs_group else _IN_TRAINING,
    }
    return CheckOutcome(
        (*gaps, *prices), (json_file(_FILE, tree, "The model beside itself without the constraint"),)
    )


def _gap_findings(
    given: AuditInput, kept: FairnessKept, event: Ints, chosen: tuple[Any, Any]
) -> list[Finding]:
    found: list[Finding] = []
    words, note = _GAPS[kept.constraint], _BY_GROUP if kept.needs_group else _IN_TRAINING
    places = {attribute.name: i for i, attribute in enumerate(given.table.attributes)}
    for name in kept.attributes:
        made = _columns(given, kept, places[name], event, chosen)
        common: dict[str, Any] = {"attribute": name, "level": given.policy.level, "evidence": _FILE}
        labels = {
            "gap_before": f"{words} without the constraint",
            "gap_after": f"{words} with the constraint",
            "gap_closed": f"{words}: by how much it closed",
        }
        if isinstance(made, str):
            found += [
                not_estimable(PRICE.key, m, label, made, Unit.POINTS, attribute=name)
                for m, label in labels.items()
            ]
            continue
        estimates = (*_largest(given, made), _closed(given, made, name))
        for (measure, label), estimate in zip(labels.items(), estimates, strict=True):
            more = {"note": note} if measure == "gap_after" else {}
            found.append(
                done(PRICE.key, measure, label, estimate, Unit.POINTS, step=made.step, **common, **more)
            )
    return found


def _largest(given: AuditInput, made: _Columns) -> tuple[Estimate, Estimate]:
    """The gap before and after, with ends that the joint Wilson intervals of all pairs of groups allow.

    A bootstrap of a largest difference leaves 0 out whatever the data (Andrews 2000, Econometrica 68:399).
    """
    rows, before, after = np.split(made.columns, 3, axis=1)
    found = []
    for counted in (before, after):
        cells = zip(
            np.split(counted, made.n_strata, axis=1), np.split(rows, made.n_strata, axis=1), strict=True
        )
        shares = [_compare(given, x, n, made.n_strata) for x, n in cells]
        gaps = [share.gap for share in shares if share.gap is not None]
        value, low, high = (max(getattr(gap, end) for gap in gaps) for end in ("value", "low", "high"))
        found.append(Estimate(value, low, high, gaps[0].method, made.n))
    return found[0], found[1]


def _compare(given: AuditInput, held: Floats, member: Floats, n_families: int) -> Shares:
    """Shares of (n, groups) rows that hold among (n, groups) members."""
    asked: dict[str, Any] = {"level": given.policy.level, "minimum": 1, "n_families": n_families}
    entity = entity_codes(given)
    if entity is None:
        return compare_shares(held.sum(axis=0), member.sum(axis=0), **asked)
    group = np.where(member.any(axis=1), member.argmax(axis=1), -1)
    return compare_shares_of_entities(entity, group, held.any(axis=1), **asked)


def _closed(given: AuditInput, made: _Columns, name: str) -> Estimate:
    """By how much the gap closed, over the same draws of rows; the wider of basic and percentile ends."""
    value = float(_closing(made.columns.mean(axis=0), made.n_strata))
    rng = generator(given, f"{PRICE.key} {name}")
    means = bootstrap_means(made.columns, given.options.bootstrap, rng, clusters(given))
    drawn = _closing(means, made.n_strata)
    if float(np.ptp(drawn)) == 0.0 and value != 0.0:
        return without_interval(value, made.n)
    level = given.policy.level
    units = count_units(made.n, clusters(given))
    one = percentile_estimate(value, drawn, level, made.n, units)
    two = basic_estimate(value, drawn, level, units)
    words = "bootstrap, paired; the wider of the basic and the percentile interval"
    return Estimate(value, min(one.low, two.low), max(one.high, two.high), words, made.n)


def _columns(
    given: AuditInput, kept: FairnessKept, position: int, event: Ints, chosen: tuple[Any, Any]
) -> _Columns | str:
    """The columns of an attribute, or why there are none."""
    attribute, group = given.table.attributes[position], given.table.test.groups[:, position].astype(np.int64)
    strata = (0, 1) if kept.constraint is Constraint.EQUALIZED_ODDS else (None,)
    member = [
        [(group == g) & (True if s is None else event == s) for g in range(len(attribute.levels))]
        for s in strata
    ]
    entity = entity_codes(given)
    rows = np.array([[n_entities(entity, cell) for cell in row] for row in member])
    enough = np.flatnonzero((rows >= max(given.policy.minimum_group, 1)).all(axis=0))
    if len(enough) < 2:
        what = "test rows" if entity is None else "entities in the test part"
        return f"two groups with {given.policy.minimum_group} {what} are required"
    cells = np.array([cell for row in member for i, cell in enumerate(row) if i in enough])  # (c, n)
    picked = [cells & side[None, :] for side in chosen]
    counts = np.array([[n_entities(entity, row) for row in side] for side in picked])
    lacking = np.array([[n_entities(entity, row) for row in cells & ~side] for side in picked])
    shown = np.where((counts > 0) & (lacking > 0), np.minimum(counts, lacking), 0)
    hidden = bool(((shown > 0) & (shown < given.policy.minimum_cell)).any())
    step = step_of_mean(int(rows[:, enough].min())) if hidden else 0.0
    columns = np.concatenate([cells, *picked]).T.astype(np.float64)
    n = int(cells.sum())
    return _Columns(attribute.name, attribute.label, columns, len(strata), n, step)


def _closing(means: Floats, n_strata: int) -> Floats:
    """(...,) gap before less gap after, from (..., 3 * n_cells) column means."""
    rows, before, after = np.split(means, 3, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = [side / rows for side in (before, after)]
    gaps = []
    for side in rates:
        by = np.nan_to_num(side).reshape(*side.shape[:-1], n_strata, -1)
        gaps.append((by.max(axis=-1) - by.min(axis=-1)).max(axis=-1))
    return np.asarray(gaps[0] - gaps[1])


def _price_findings(
    given: AuditInput, event: Ints, said: Sequence[Floats], chosen: tuple[Any, Any]
) -> list[Finding]:
    """Positive: the constraint cost it."""
    right = [(side == (event == 1)).astype(np.float64) for side in chosen]
    brier = [(side - event) ** 2 for side in said]
    columns = np.stack([*right, *brier], axis=1)
    accuracy, score = mean_gains(
        columns,
        lambda m: np.stack([m[..., 0] - m[..., 1], m[..., 3] - m[..., 2]], axis=-1),
        level=given.policy.level,
        n_boot=given.options.bootstrap,
        rng=generator(given, PRICE.key),
        cluster=clusters(given),
    )
    rows: list[tuple[str, str, Estimate, Unit]] = [
        ("accuracy_price", "accuracy lost to the constraint", accuracy, Unit.POINTS),
        ("brier_price", "Brier score added by the constraint", score, Unit.NUMBER),
    ]
    common: dict[str, Any] = {"level": given.policy.level, "evidence": _FILE}
    found = [
        done(PRICE.key, measure, label, estimate, unit, **common) for measure, label, estimate, unit in rows
    ]
    label = "area under the ROC curve lost to the constraint"
    if event.sum() in (0, len(event)):
        reason = "the test part holds one outcome only"
        return [*found, not_estimable(PRICE.key, "auc_price", label, reason)]
    parts = [auc_parts(event, side) for side in said]
    lost = auc_gain(parts[0], parts[1], critical_value(given.policy.level), clusters(given))
    return [*found, done(PRICE.key, "auc_price", label, lost, **common)]
