"""The audit, tried on itself: does it find what is planted, and nothing where nothing is?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from testamur.audit.control import Control, Trial, try_control
from testamur.audit.copies import smaller
from testamur.audit.exact_share import chance_of, clopper_pearson, most_by_chance
from testamur.audit.findings import done, exact, json_file
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate
from testamur.audit.past_shape import shape_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Section, Unit
from testamur.contracts.job import SelfCheck

MOST_ROWS = {SelfCheck.QUICK: 10_000, SelfCheck.FULL: 100_000}  # test rows of a copy
FALSE_ALARM = 0.05  # at most, by the level of the intervals that raise one

PLANTED = CheckSpec(
    key="core.self_proof.planted",
    section=Section.SELF_PROOF,
    title="Planted faults",
    question="Does this audit find faults that were planted in copies of these data?",
    formula="faults told of by the check that is there for them / faults planted, one copy each",
    citation="mutation testing: DeMillo, Lipton and Sayward 1978, Computer 11(4):34",
    needs=(Need.DATA, Need.PREDICTIONS),
    problems=tuple(ProblemKind),
    run="testamur.audit.self_proof:run_planted",
    golden="testamur.audit.golden_self_proof:planted_cases",
)
PLACEBO = CheckSpec(
    key="core.self_proof.placebo",
    section=Section.SELF_PROOF,
    title="Placebos",
    question="Does this audit stay silent on copies of these data that hold nothing to find?",
    formula="copies on which a check told of a fault / copies in which there is none",
    citation="Clopper and Pearson 1934, Biometrika 26:404; negative controls: Lipsitch et al. 2010",
    needs=(Need.DATA, Need.PREDICTIONS),
    problems=tuple(ProblemKind),
    run="testamur.audit.self_proof:run_placebo",
    golden="testamur.audit.golden_self_proof:placebo_cases",
)
CHECKS: tuple[CheckSpec, ...] = (PLANTED, PLACEBO)


def run_planted(given: AuditInput) -> CheckOutcome:
    """Every planted fault on a copy of its own: how many are found.

    Raises:
        Skip: The trial is switched off, or no control applies.
    """
    from testamur.audit.planted import FAULTS
    from testamur.audit.planted_past import PAST_FAULTS

    trials = _try_all(given, (*FAULTS, *PAST_FAULTS), PLANTED.key)
    tried = [trial for trial in trials if trial.n]
    n_found = sum(trial.alarms > 0 for trial in tried)
    lost = [trial.control.title for trial in tried if not trial.alarms]
    note = f"{n_found} of {len(tried)} found" + (f"; not found: {'; '.join(lost)}" if lost else "")
    common: dict[str, Any] = {"evidence": "planted.json", "method": "counted on altered copies"}
    whole = exact(
        PLANTED.key, "planted_found", "planted faults found", n_found / len(tried), Unit.SHARE,
        n=len(tried), note=note, **common,
    )  # fmt: skip
    each = [
        exact(
            PLANTED.key, "fault_found", "found (1) or not (0)", float(trial.alarms > 0), Unit.COUNT,
            n=1, subject=trial.control.title, note=_told(trial), **common,
        )
        for trial in tried
    ]  # fmt: skip
    return CheckOutcome(
        (whole, *each, *_left_out(PLANTED.key, "fault_found", trials)),
        (json_file("planted.json", _tree(given, trials), "Faults that were planted, and what was told"),),
    )


def run_placebo(given: AuditInput) -> CheckOutcome:
    """Every placebo on a number of copies: how many raise an alarm.

    Raises:
        Skip: The trial is switched off, or no control applies.
    """
    from testamur.audit.placebos import PLACEBOS
    from testamur.audit.placebos_past import PAST_PLACEBOS

    trials = _try_all(given, (*PLACEBOS, *PAST_PLACEBOS), PLACEBO.key)
    tried = [trial for trial in trials if trial.n]
    n, alarms = sum(trial.n for trial in tried), sum(trial.alarms for trial in tried)
    low, high = clopper_pearson(alarms, n, given.policy.level)
    most = most_by_chance(n, FALSE_ALARM)
    note = f"{alarms} of {n} placebos raised an alarm; up to {most} come by chance (99 of 100 audits)"
    estimate = Estimate(alarms / n, low, high, "Clopper-Pearson interval", n)
    common: dict[str, Any] = {"evidence": "placebo.json"}
    whole = done(
        PLACEBO.key, "placebo_alarms", "placebos that raised an alarm", estimate, Unit.SHARE,
        level=given.policy.level, note=note, p_value=chance_of(alarms, n, FALSE_ALARM), **common,
    )  # fmt: skip
    each = [
        exact(
            PLACEBO.key, "alarms", "alarms", float(trial.alarms), Unit.COUNT, n=trial.n,
            subject=trial.control.title, note=_told(trial), method="counted on altered copies", **common,
        )
        for trial in tried
    ]  # fmt: skip
    return CheckOutcome(
        (whole, *each, *_left_out(PLACEBO.key, "alarms", trials)),
        (json_file("placebo.json", _tree(given, trials), "Copies with nothing to find, and what was told"),),
    )


def _try_all(given: AuditInput, controls: Sequence[Control], key: str) -> list[Trial]:
    level = given.options.self_check
    if level is SelfCheck.OFF:
        raise Skip(CheckStatus.NOT_RUN, "the job turned it off (audit.self_check = 'off')")
    kind, shape = given.table.problem.kind, shape_of(given.table)
    if shape is None and kind in (ProblemKind.FORECAST, ProblemKind.RANKING):
        raise Skip(CheckStatus.NOT_RUN, f"the rows of this {kind} problem have no past that could be altered")
    known = [
        control for control in controls if kind in control.check.problems and control.only in (None, shape)
    ]
    rng = generator(given, key)
    copy = smaller(given, MOST_ROWS[level], rng)
    trials = []
    for control in known:
        repeats = control.repeats if level is SelfCheck.FULL else max(control.repeats // 5, 1)
        trials.append(try_control(copy, control, rng, repeats=repeats))
    if not any(trial.n for trial in trials):
        reasons = dict.fromkeys(trial.reason for trial in trials)
        raise Skip(CheckStatus.NOT_RUN, f"no control applies: {'; '.join(reasons)}")
    return trials


def _left_out(key: str, measure: str, trials: Sequence[Trial]) -> list[Finding]:
    """One finding per control that does not apply: it is named, not dropped."""
    return [
        Finding(
            check=key, measure=measure, label=f"control: {trial.control.title}", unit=Unit.COUNT,
            status=trial.status, reason=trial.reason, subject=trial.control.title,
        )
        for trial in trials
        if not trial.n
    ]  # fmt: skip


def _told(trial: Trial) -> str:
    """What was seen, or why nothing was."""
    if trial.seen is None:
        return f"rule: {trial.control.rule}" + (f"; nothing told: {trial.reason}" if trial.reason else "")
    return f"told by {trial.control.check.key}: {_seen(trial.seen)}; rule: {trial.control.rule}"


def _seen(finding: Finding) -> str:
    if finding.exact or finding.low is None or finding.high is None:
        return f"{finding.label} {finding.value:.3g}"
    return f"{finding.label} {finding.value:.3g} ({finding.low:.3g} to {finding.high:.3g})"


def _tree(given: AuditInput, trials: Sequence[Trial]) -> dict[str, Any]:
    return {
        "level": given.options.self_check.value,
        "controls": [
            {
                "name": trial.control.name,
                "planted": trial.control.title,
                "check": trial.control.check.key,
                "rule": trial.control.rule,
                "status": trial.status.value,
                "reason": trial.reason,
                "n": trial.n,
                "alarms": trial.alarms,
                "seen": None if trial.seen is None else _seen(trial.seen),
            }
            for trial in trials
        ],
    }
