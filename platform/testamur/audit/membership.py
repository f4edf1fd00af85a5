"""Membership: can it be found out whether a row was among the training data?"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from testamur.audit.attack_rates import RATES, attack_auc, hits_at
from testamur.audit.auc import roc_points
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import generator
from testamur.audit.membership_scores import Attacked, attack_released, attack_shadows, separation
from testamur.audit.rounding import rounded_rows
from testamur.audit.shadows import Bools, Shadows, train_shadows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Group, Unit

KEY = "core.privacy.membership"
FILE, ROWS_FILE = "membership.json", "membership_rows.csv"
ATTACKS = (("lira", "LiRA"), ("rmia", "RMIA"))
RELEASED = "the audited model itself"
PLACEBO = "placebo, non-members only"
THREAT = (
    "The attacker has a row, with its true answer, and wants to know whether it was learnt from. They see "
    "the probabilities that the model states, know the recipe (model, options, training), and own rows of "
    "the same kind, on which they train the recipe again. They see neither weights nor training rows."
)
_HALVES = "non-members dealt into two halves by a coin: nothing is there to be found"


def run_membership(given: AuditInput) -> CheckOutcome:
    """LiRA and RMIA on every shadow model, by group, for the most exposed; the released model; a placebo."""
    shadows = train_shadows(given)
    here = _Attack(given, shadows)
    attacked = attack_shadows(shadows)
    found = here.overall(attacked) + here.placebo(attacked) + here.released()
    found += here.exposed(attacked) + here.by_group(attacked)
    tree = {
        "threat": THREAT,
        "trained": here.trained,
        "differences": list(given.trainer.differences) if given.trainer is not None else [],
        "n_models": shadows.n_models,
        "n_units": rounded_rows(shadows.n_units),
        "curves": here.curves(attacked),
        "measures": [_line(f) for f in found],
    }
    return CheckOutcome(
        tuple(found), (json_file(FILE, tree, "What membership attacks find"), rows_file(given, shadows))
    )


def _line(finding: Finding) -> dict[str, Any]:
    about = {"levels": finding.group.levels if finding.group else {}, "subject": finding.subject}
    return {"measure": finding.measure, "label": finding.label, **about, **tree_of(finding)}


class _Attack:
    """The audit at hand, and what all findings of the check have in common."""

    def __init__(self, given: AuditInput, shadows: Shadows) -> None:
        self.given, self.shadows = given, shadows
        self.level, self.least = given.policy.level, max(given.policy.minimum_group, 2)
        unit = "entities" if shadows.by_entity else "rows"
        n = rounded_rows(shadows.n_units)
        self.trained = (
            f"{shadows.n_models} models of the recipe, each on a random half of {n:,} {unit}; "
            "each attacked with the others as reference"
        )
        if shadows.plan.n_rows < shadows.plan.n_all:
            learnt = rounded_rows(given.table.train.n_rows)
            self.trained += f"; the audited model learnt from {learnt:,}; fewer are remembered better"

    def _auc(self, attacked: Attacked, name: str, n_joint: int = 1) -> Any:
        score = attacked.lira if name == "lira" else attacked.rmia
        cluster = self.shadows.cluster[attacked.unit]
        return attack_auc(attacked.member, score, cluster, self.level, n_joint)

    def _enough(self, attacked: Attacked) -> bool:
        """Whether as many members and others were attacked as an interval rests on."""
        counts = (int(attacked.member.sum()), int((~attacked.member).sum()))
        return min(counts) // attacked.n_models >= self.least

    def _common(self, **more: Any) -> dict[str, Any]:
        return {"evidence": FILE, "level": self.level, **more}

    def overall(self, attacked: Attacked) -> list[Finding]:
        """Area and hits of both attacks on the recipe."""
        found = []
        for name, label in ATTACKS:
            common = self._common(note=self.trained)
            found.append(done(KEY, f"{name}_auc", f"AUC of {label}", self._auc(attacked, name), **common))
            found += self._hits(attacked, name, f"{name}_tpr", label, common)
        return found

    def _hits(
        self,
        attacked: Attacked,
        name: str,
        measure: str,
        label: str,
        common: dict[str, Any],
        n_joint: int = 1,
    ) -> list[Finding]:
        score = attacked.lira if name == "lira" else attacked.rmia
        found = []
        for suffix, rate in RATES:
            words = f"members that {label} finds at {100 * rate:g} % false alarms"
            estimate = hits_at(attacked.member, score, rate, attacked.n_models, self.level, n_joint)
            if estimate is None:
                reason = f"too few non-members; a rate of {100 * rate:g} % needs {1 / rate:,.0f} of them"
                found.append(not_estimable(KEY, f"{measure}_{suffix}", words, reason, Unit.SHARE, **common))
            else:
                found.append(done(KEY, f"{measure}_{suffix}", words, estimate, Unit.SHARE, **common))
        return found

    def placebo(self, attacked: Attacked) -> list[Finding]:
        """The same attacks where there is nothing to find: members by a coin that no model has seen."""
        others = attacked.taken(~attacked.member)
        coin = generator(self.given, KEY).random(self.shadows.n_units) < 0.5
        drawn = Attacked(
            coin[others.unit], others.lira, others.rmia, others.exposed, others.unit, others.n_models
        )
        found = []
        for name, label in ATTACKS:
            common = self._common(subject=PLACEBO, note=_HALVES)
            estimate = self._auc(drawn, name)
            found.append(done(KEY, f"placebo_{name}_auc", f"AUC of {label} on a placebo", estimate, **common))
            alarm = not estimate.low <= 0.5 <= estimate.high
            if alarm:
                found[-1] = found[-1].model_copy(
                    update={
                        "note": f"{_HALVES}; the interval leaves 0.5 out, as one in twenty does by chance"
                    }
                )
        return found

    def released(self) -> list[Finding]:
        """The audited model: training rows against test rows; reference are shadow models without them."""
        common = self._common(subject=RELEASED, note="its training rows against test rows, offline attacks")
        released, reason = self.shadows.released, ""
        attacked = None if released is None else attack_released(released)
        if not self.shadows.exchangeable:
            reason = "the split is by time: training and test rows differ by more than membership"
        elif attacked is None or released is None:
            reason = "rows of an entity look back on each other; training and test rows cannot be asked alike"
        elif not self._enough(attacked):
            reason = f"too few rows; the policy asks for {self.least} members and as many others"
        found = []
        for name, label in ATTACKS:
            words = f"AUC of {label} on the audited model"
            if reason or attacked is None or released is None:
                found.append(not_estimable(KEY, f"released_{name}_auc", words, reason, **common))
                hits = f"members that {label} finds at 1 % false alarms, audited model"
                found.append(not_estimable(KEY, f"released_{name}_tpr_1", hits, reason, Unit.SHARE, **common))
                continue
            score = attacked.lira if name == "lira" else attacked.rmia
            estimate = attack_auc(attacked.member, score, released.cluster[attacked.unit], self.level)
            found.append(done(KEY, f"released_{name}_auc", words, estimate, **common))
            found += self._hits(attacked, name, f"released_{name}_tpr", label, common)
        return found

    def exposed(self, attacked: Attacked) -> list[Finding]:
        """The tenth of the rows that the reference models tell apart best."""
        few = attacked.taken(attacked.exposed)
        note = "chosen by the reference models alone, before the attacked one is looked at"
        common = self._common(subject="most exposed tenth", note=note)
        label = "AUC of LiRA on the most exposed tenth"
        if not self._enough(few):
            reason = f"too few rows; the policy asks for {self.least} members and as many others"
            return [not_estimable(KEY, "exposed_auc", label, reason, **common)]
        found = [done(KEY, "exposed_auc", label, self._auc(few, "lira"), **common)]
        return found + self._hits(few, "lira", "exposed_tpr", "LiRA", common)[:1]

    def by_group(self, attacked: Attacked) -> list[Finding]:
        """Area of both attacks within each group, jointly over the groups of all attributes."""
        members = [
            (attribute, code, self.shadows.groups[attacked.unit, position] == code)
            for position, attribute in enumerate(self.given.table.attributes)
            for code in range(len(attribute.levels))
        ]
        parts = [(a, code, attacked.taken(rows)) for a, code, rows in members]
        n_joint = max(sum(self._enough(part) for _, _, part in parts), 1)
        return [
            self._group(part, a.name, a.levels[code], name, label, n_joint)
            for name, label in ATTACKS
            for a, code, part in parts
        ]

    def _group(
        self, part: Attacked, attribute: str, level: str, name: str, label: str, n_joint: int
    ) -> Finding:
        common = self._common(attribute=attribute, group=Group(levels={attribute: level}))
        measure, words = f"{name}_auc", f"AUC of {label}"
        if not self._enough(part):
            reason = f"too few rows of the group; the policy asks for {self.least} members and as many others"
            return not_estimable(KEY, measure, words, reason, **common)
        estimate = self._auc(part, name, n_joint)
        n = rounded_rows(estimate.n)
        return done(KEY, measure, words, estimate, n=n, simultaneous=True, **common)

    def curves(self, attacked: Attacked) -> list[dict[str, Any]]:
        """ROC curves whose steps hold no small cells; false alarms on a logarithmic scale begin there."""
        minimum = max(self.given.policy.minimum_cell, 1)
        curves = []
        for name, label in ATTACKS:
            score = attacked.lira if name == "lira" else attacked.rmia
            points = _steep_points(attacked.member, score, minimum)
            curves.append({"name": name, "label": label, "points": points})
        return curves


def _steep_points(member: Bools, score: Any, minimum: int) -> list[list[float]]:
    """Points of the ROC curve, as many at few false alarms as at many."""
    every = np.array(roc_points(member.astype(np.int64), score, n_points=len(score) + 2, minimum=minimum))
    first = 1.0 / max(int((~member).sum()), 1)
    wanted = np.r_[0.0, np.geomspace(first, 1.0, 160)]
    kept = np.unique(np.r_[np.searchsorted(every[:, 0], wanted, side="right") - 1, len(every) - 1])
    return [[float(x), float(y)] for x, y in every[kept]]


def rows_file(given: AuditInput, shadows: Shadows) -> EvidenceFile:
    """membership_rows.csv: how exposed each row is; restricted."""
    apart = separation(shadows.logit, shadows.member)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "part", "exposure", "models_in", "models_out"])
    inside = shadows.member.sum(axis=0)
    for i in np.argsort(-np.nan_to_num(apart, nan=-1.0), kind="stable"):
        part = "train" if shadows.was_training[i] else "test"
        exposure = "" if np.isnan(apart[i]) else f"{apart[i]:.6g}"
        writer.writerow(
            [int(shadows.row[i]), part, exposure, int(inside[i]), int(shadows.n_models - inside[i])]
        )
    return EvidenceFile(
        name=ROWS_FILE,
        content=text.getvalue().encode(),
        media_type="text/csv",
        restricted=True,
        description="How far apart models with and without each row lie, in standard deviations",
    )
