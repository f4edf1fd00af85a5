"""Attribute inference: can a hidden attribute be guessed with the model, beyond what rows tell anyway?

An attacker who knows everything of a row but one cell asks the model about each value that the cell may have,
and guesses the one under which the true answer is most likely. Where the guess is right just as often for
people whom the model never saw, it rests on what holds for everyone and not on what the model kept of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import CLASSIFICATIONS, generator
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, ratio, wilson, wilson_estimate
from testamur.audit.row_scores import score_rows
from testamur.audit.shadows import take_joined
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Unit
from testamur.contracts.table import RowsPart

KEY = "core.privacy.attribute_inference"
FILE = "attribute_inference.json"
MOST_ROWS = 2_000
MOST_SECRETS, MOST_LEVELS = 10, 12
_METHOD = "1 - (1 - s_att) / (1 - s_ctrl); MOVER-R of Wilson intervals, joint by Sidak"


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A cell that the attacker wants.

    Attributes:
        name: The column; of the answer its target.
        place: Position among the numbers, or among the codes; -1 for the answer.
        numeric: Whether it is a number (with two values).
        values: (l,) what the cell may hold.
    """

    name: str
    place: int
    numeric: bool
    values: Floats

    def cells(self, part: RowsPart) -> Floats:
        """(n,) what the cell holds; NaN where it is missing."""
        if self.place < 0:
            return np.asarray(part.target, np.float64)
        if self.numeric:
            known = ~part.missing[:, self.place]
            return np.where(known, part.numeric[:, self.place].astype(np.float64), np.nan)
        codes = part.categorical[:, self.place].astype(np.float64)
        return np.where(codes > 0, codes, np.nan)

    def filled(self, part: RowsPart, value: float) -> RowsPart:
        """The part with this value in every row."""
        if self.numeric:
            numeric = part.numeric.copy()
            numeric[:, self.place] = value
            return replace(part, numeric=numeric)
        categorical = part.categorical.copy()
        categorical[:, self.place] = int(value)
        return replace(part, categorical=categorical)


def run_attribute_inference(given: AuditInput) -> CheckOutcome:
    """The residual risk of every cell with few values, and of the answer: training rows against test rows."""
    if given.table.train.history is not None:
        reason = "a cell of rows that look back on each other is known from the neighbouring rows"
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    if given.table.problem.kind in (ProblemKind.RANKING, ProblemKind.FORECAST):
        raise Skip(CheckStatus.NOT_APPLICABLE, "there is no cell beside the answer that could be hidden")
    if given.predictor is None:
        raise Skip(CheckStatus.NOT_RUN, "the model itself was not given")
    found_secrets = list(secrets(given))
    if not found_secrets:
        raise Skip(
            CheckStatus.NOT_APPLICABLE, "no column of the model has few values, and the answer is a number"
        )
    attack, control = (_draw(given, name) for name in ("train", "test"))
    found: list[Finding] = []
    for secret in found_secrets:
        prior = _prior(given, secret)
        hits = [_guessed(given, secret, prior, part) for part in (attack, control)]
        found += _findings(given, secret, hits[0], hits[1], len(found_secrets))
    tree = {
        "columns": [
            {"name": s.name, "levels": len(s.values)} | _measures(found, s.name) for s in found_secrets
        ]
    }
    return CheckOutcome(
        tuple(found), (json_file(FILE, tree, "Guesses of hidden cells, and of control rows"),)
    )


def _measures(found: list[Finding], name: str) -> dict[str, object]:
    return {f.measure: tree_of(f) for f in found if f.subject == name}


def secrets(given: AuditInput) -> Iterator[Secret]:
    """The answer of a classification, then cells with two to twelve values, protected attributes first."""
    table = given.table
    if table.problem.kind in CLASSIFICATIONS:
        yield Secret(
            table.problem.target or "target", -1, False, np.arange(len(table.classes), dtype=np.float64)
        )
    protected = {attribute.name for attribute in table.attributes}
    order = sorted(range(len(table.features)), key=lambda i: table.features[i].name not in protected)
    n_found = 0
    for i in order:
        numeric = table.features[i].kind == "numeric"
        place = i if numeric else i - table.n_numeric
        cells = Secret(table.features[i].name, place, numeric, np.empty(0)).cells(table.train)
        values = np.unique(cells[~np.isnan(cells)])
        most = 2 if numeric else MOST_LEVELS
        if 2 <= len(values) <= most and n_found < MOST_SECRETS:
            n_found += 1
            yield Secret(table.features[i].name, place, numeric, values)


def _draw(given: AuditInput, name: str) -> RowsPart:
    part = given.table.train if name == "train" else given.table.test
    n = min(given.table.train.n_rows, given.table.test.n_rows, MOST_ROWS)
    rng = generator(given, f"{KEY}.{name}")
    return take_joined(part, part, np.sort(rng.permutation(part.n_rows)[:n]))


def _prior(given: AuditInput, secret: Secret) -> Floats:
    """(l,) log shares of the values among the training rows, which the attacker may know."""
    cells = secret.cells(given.table.train)
    counts = np.array([(cells == value).sum() for value in secret.values], dtype=np.float64)
    return np.log((counts + 1.0) / (counts.sum() + len(counts)))


def _guessed(given: AuditInput, secret: Secret, prior: Floats, part: RowsPart) -> Ints:
    """(m,) 1 where the guess is right, over the rows whose cell is known."""
    predictor, kind = given.predictor, given.table.problem.kind
    assert predictor is not None
    if secret.place < 0:
        best = np.asarray(predictor.predict(part).probabilities).argmax(axis=1)
        return (best == part.target).astype(np.int64)
    cells = secret.cells(part)
    spread = _spread(given)
    likely = np.stack(
        [
            np.log(np.maximum(score_rows(p, predictor.predict(p), kind, spread).likelihood, 1e-300))
            for p in (secret.filled(part, float(value)) for value in secret.values)
        ]
    )  # (l, n)
    best = secret.values[(likely + prior[:, None]).argmax(axis=0)]
    known = np.isin(cells, secret.values)
    return (best == cells)[known].astype(np.int64)


def _spread(given: AuditInput) -> float:
    if given.table.problem.kind is not ProblemKind.REGRESSION or given.predictor is None:
        return 1.0
    rows = given.table.validation
    error = np.asarray(given.predictor.predict(rows).values) - rows.target
    return max(float(np.sqrt(np.mean(error**2))), 1e-12)


def _findings(given: AuditInput, secret: Secret, attack: Ints, control: Ints, n_joint: int) -> list[Finding]:
    common = {"subject": secret.name, "evidence": FILE, "level": given.policy.level}
    label = "guessed beyond what holds for everyone"
    least = max(given.policy.minimum_group, 2)
    if min(len(attack), len(control)) < least:
        reason = f"too few rows whose cell is known; the policy asks for {least} on each side"
        return [not_estimable(KEY, "residual_risk", label, reason, Unit.SHARE, **common)]
    z = critical_value(given.policy.level, n_joint)
    found = [
        done(
            KEY, measure, words, wilson_estimate(int(hits.sum()), len(hits), z), Unit.SHARE,
            simultaneous=n_joint > 1, **common,
        )
        for measure, words, hits in (
            ("attack_success", "training rows guessed rightly", attack),
            ("control_success", "test rows guessed rightly", control),
        )
    ]  # fmt: skip
    if control.all():
        reason = "every control row is guessed rightly: nothing is left that the model could add"
        return [*found, not_estimable(KEY, "residual_risk", label, reason, Unit.SHARE, **common)]
    estimate = residual(int(attack.sum()), len(attack), int(control.sum()), len(control), z)
    return [
        done(KEY, "residual_risk", label, estimate, Unit.SHARE, simultaneous=n_joint > 1, **common),
        *found,
    ]


def residual(right: int, n: int, right_control: int, n_control: int, z: float) -> Estimate:
    """(s_att - s_ctrl) / (1 - s_ctrl) with its interval (Giomi et al. 2023, Anonymeter, section 5).

    Args:
        right: Training rows guessed rightly.
        n: Training rows.
        right_control: Test rows guessed rightly, fewer than all.
        n_control: Test rows.
        z: Critical value.
    """
    missed, missed_control = 1.0 - right / n, 1.0 - right_control / n_control
    low, high = wilson(n - right, n, z)
    low_control, high_control = wilson(n_control - right_control, n_control, z)
    if missed == 0.0:  # no ratio's interval begins at 0: its two ends are taken apart
        return Estimate(1.0, 1.0 - float(high) / float(low_control), 1.0, _METHOD, n + n_control)
    down, up = ratio(missed, low, high, missed_control, low_control, high_control)
    value = 1.0 - missed / missed_control
    return Estimate(value, 1.0 - float(up), 1.0 - float(down), _METHOD, n + n_control)
