"""Whether the rows are spread over the groups as those of a reference are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import distance_estimate
from testamur.audit.disclosure import small
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import all_rows, generator
from testamur.audit.interval import Estimate, Floats, critical_value, difference, wilson
from testamur.audit.rounding import rounded_rows, step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Group, Section, Unit
from testamur.contracts.table import Attribute

_FILE = "representativeness.json"

REPRESENTATIVENESS = CheckSpec(
    key="core.data.representativeness",
    section=Section.DATA,
    title="Like those it is meant for",
    question="Are the groups as common in the data as among those the model is meant for?",
    formula=(
        "share in the data - share in the reference, per group; total variation = half the sum of their "
        "sizes; chi-square test of all shares"
    ),
    citation="Pearson 1900; Agresti 2013, Categorical Data Analysis, 1.5; Newcombe 1998, Stat Med 17:873",
    needs=(Need.DATA, Need.PROTECTED),
    problems=tuple(ProblemKind),
    run="testamur.audit.representativeness:run",
    golden="testamur.audit.golden_data:representativeness_cases",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Rows per level in the data and in the reference; a declared share has no rows behind it."""

    attribute: Attribute
    rows: Floats
    wanted: Floats  # shares
    n_reference: int  # 0: declared, taken as known

    @property
    def n(self) -> int:
        return int(self.rows.sum())


def run(given: AuditInput) -> CheckOutcome:
    """Every attribute that the reference speaks of: distance, test, and difference per group."""
    pairs = [pair for i, a in enumerate(given.table.attributes) if (pair := _pair(given, i, a)) is not None]
    if not pairs:
        reason = "no reference is named (audit.reference, a file; or audit.reference_shares)"
        raise Skip(CheckStatus.NOT_RUN, reason)
    found: list[Finding] = []
    trees = []
    for pair in pairs:
        whole = _distance(given, pair)
        groups = _differences(given, pair, sum(len(p.rows) for p in pairs))
        found += [whole, *groups]
        trees.append(_tree(given, pair, whole, groups))
    reference = given.table.reference
    tree = {"reference_sha256": reference.sha256 if reference else None, "attributes": trees}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Shares of the groups and of the reference"),))


def _pair(given: AuditInput, position: int, attribute: Attribute) -> _Pair | None:
    code = np.concatenate([part.groups[:, position] for part in all_rows(given.table)]).astype(np.int64)
    rows = np.bincount(code[code >= 0], minlength=len(attribute.levels)).astype(np.float64)
    declared = given.options.reference_shares.get(attribute.name)
    if declared is not None:
        wanted = np.array([declared.get(level, 0.0) for level in attribute.levels])
        return _Pair(attribute, rows, wanted / wanted.sum(), 0)
    reference = given.table.reference
    if reference is None or attribute.name not in reference.counts:
        return None
    counts = np.array(reference.counts[attribute.name], np.float64)
    return _Pair(attribute, rows, counts / max(counts.sum(), 1.0), int(counts.sum()))


def _distance(given: AuditInput, pair: _Pair) -> Finding:
    """Total variation with a bootstrap interval, and the chi-square test."""
    measure, label = "total_variation", "total variation from the reference"
    common: dict[str, Any] = {"attribute": pair.attribute.name, "evidence": _FILE}
    least = max(given.policy.minimum_group, 1)
    if pair.n < least or 0 < pair.n_reference < least or not pair.wanted.sum():
        reason = f"too few rows with a group; the policy asks for {least} in the data and the reference"
        return not_estimable(REPRESENTATIVENESS.key, measure, label, reason, Unit.POINTS, **common)
    rng = generator(given, f"{REPRESENTATIVENESS.key} {pair.attribute.name}")
    n_boot, share = given.options.bootstrap, pair.rows / pair.n
    drawn = rng.multinomial(pair.n, share, size=n_boot) / pair.n
    wanted = pair.wanted[None]
    if pair.n_reference:
        wanted = rng.multinomial(pair.n_reference, pair.wanted, size=n_boot) / pair.n_reference
    value = float(np.abs(share - pair.wanted).sum() / 2)
    replicates = np.abs(drawn - wanted).sum(axis=1) / 2
    p_value = _chi_square(pair)
    estimate = distance_estimate(value, replicates, given.policy.level, pair.n, p_value)
    step = max(step_of_mean(pair.n), 0.01) if _hidden(given, pair) else 0.0
    return done(
        REPRESENTATIVENESS.key,
        measure,
        label,
        estimate,
        Unit.POINTS,
        level=given.policy.level,
        p_value=p_value,
        step=step,
        note=_words(pair),
        **common,
    )


def _hidden(given: AuditInput, pair: _Pair) -> bool:
    return any(small(count, given.policy.minimum_cell) for count in pair.rows)


def _words(pair: _Pair) -> str:
    if pair.n_reference:
        return f"p by the chi-square test of two samples; the reference has {pair.n_reference} rows"
    return "p by the chi-square test of fit; the reference's shares are taken as known"


def _chi_square(pair: _Pair) -> float:
    """P of "the data are drawn from the reference"; levels that neither has are left out."""
    from scipy.special import chdtrc

    if pair.n_reference:
        table = np.stack([pair.rows, pair.wanted * pair.n_reference])
        table = table[:, table.sum(axis=0) > 0]
        expected = table.sum(axis=0) * table.sum(axis=1, keepdims=True) / table.sum()
    else:
        used = (pair.rows > 0) | (pair.wanted > 0)
        table, expected = pair.rows[used], pair.wanted[used] * pair.n
        if (expected == 0).any():
            return 0.0  # a group that the reference rules out
    n_levels = table.shape[-1]
    statistic = float(((table - expected) ** 2 / expected).sum())
    return 1.0 if n_levels < 2 else float(chdtrc(n_levels - 1, statistic))


def _differences(given: AuditInput, pair: _Pair, n_joint: int) -> list[Finding]:
    """Each group's share less that of the reference, all intervals jointly."""
    z = critical_value(given.policy.level, n_joint)
    least = max(given.policy.minimum_group, 1)
    found = []
    for position, level in enumerate(pair.attribute.levels):
        common: dict[str, Any] = {
            "attribute": pair.attribute.name,
            "group": Group(levels={pair.attribute.name: level}),
            "evidence": _FILE,
        }
        label = "share in the data less that in the reference"
        if pair.n < least or 0 < pair.n_reference < least:
            reason = f"too few rows with a group; the policy asks for {least}"
            found.append(
                not_estimable(
                    REPRESENTATIVENESS.key, "share_difference", label, reason, Unit.POINTS, **common
                )
            )
            continue
        estimate = _difference(pair, position, z)
        hidden = _hidden(given, pair)
        found.append(
            done(
                REPRESENTATIVENESS.key,
                "share_difference",
                label,
                estimate,
                Unit.POINTS,
                level=given.policy.level,
                simultaneous=True,
                n=rounded_rows(pair.n) if hidden else pair.n,
                step=max(step_of_mean(pair.n), 0.01) if hidden else 0.0,
                **common,
            )
        )
    return found


def _difference(pair: _Pair, position: int, z: float) -> Estimate:
    share, wanted = float(pair.rows[position] / pair.n), float(pair.wanted[position])
    low, high = wilson(pair.rows[position], pair.n, z)
    below = above = wanted
    method = f"Wilson score interval at the joint critical value {z:.2f}"
    if pair.n_reference:
        ends = wilson(wanted * pair.n_reference, pair.n_reference, z)
        below, above = float(ends[0]), float(ends[1])
        method = f"Newcombe's score interval at the joint critical value {z:.2f}"
    low, high = difference(share, float(low), float(high), wanted, below, above)
    return Estimate(share - wanted, float(low), float(high), method, pair.n)


def _tree(given: AuditInput, pair: _Pair, whole: Finding, groups: list[Finding]) -> dict[str, Any]:
    hidden = _hidden(given, pair)
    return {
        "attribute": pair.attribute.name,
        "label": pair.attribute.label,
        "declared": not pair.n_reference,
        "n": rounded_rows(pair.n) if hidden else pair.n,
        "n_reference": pair.n_reference or None,
        "total_variation": tree_of(whole),
        "groups": [
            {
                "name": level,
                "share": None if hidden else float(rows / max(pair.n, 1)),
                "reference": float(wanted),
                "difference": tree_of(finding),
            }
            for level, rows, wanted, finding in zip(
                pair.attribute.levels, pair.rows, pair.wanted, groups, strict=True
            )
        ],
    }


CHECKS: tuple[CheckSpec, ...] = (REPRESENTATIVENESS,)
