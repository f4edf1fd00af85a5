"""What training, the audit and a prediction take in energy, and the greenhouse gases of that."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.grid_factors import GridFactor, grid_factor
from testamur.audit.interval import Estimate
from testamur.audit.tried_rows import EVERY_PROBLEM, take_rows
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.energy import EnergyUse, EnergyWork
from testamur.contracts.finding import Finding, Section

ENERGY = CheckSpec(
    key="core.energy.training",
    section=Section.ENERGY,
    title="Energy of training, audit and use",
    question="How much energy did training take, how much the audit, and how much takes a prediction?",
    formula="counted by the hardware, else core seconds * watts / 3600 + memory, in Wh; gCO2e = kWh * factor",
    citation="Lannelongue, Grealey and Inouye 2021, Advanced Science 8:2100707; ISO/IEC TR 20226:2025",
    needs=(Need.DATA, Need.ENERGY),
    problems=EVERY_PROBLEM,
    run="testamur.audit.energy:run",
    golden="testamur.audit.golden_oversight:energy_cases",
)
CHECKS: tuple[CheckSpec, ...] = (ENERGY,)

_FILE = "energy.json"
_ASKED_ROWS, _ROUNDS = 1000, 5
_ESTIMATED = "estimated"
_GRAMS_PER_KG, _WH_PER_KWH, _THOUSAND = 1000.0, 1000.0, 1000.0
_UP_TO = "baselines, predictions and all other checks; judging, rendering and sealing come after, uncounted"
_LABELS = {EnergyWork.TRAINING: "training", EnergyWork.AUDIT: "the audit"}


def run(given: AuditInput) -> CheckOutcome:
    """Energy of training and of the audit so far, and of 1,000 predictions, asked for once more."""
    assert given.energy is not None
    asked = _asked(given)
    uses = {use.work: use for use in given.energy.read()}
    factor = grid_factor(given.options)
    found: list[Finding] = []
    for work, label in _LABELS.items():
        if work in uses:
            found += _of_work(work, label, uses[work], factor)
        else:
            reason = f"the energy of {label} was not metered"
            name, words = f"{work}_wh", f"energy of {label}, Wh"
            found.append(not_estimable(ENERGY.key, name, words, reason, evidence=_FILE))
    found += _of_predictions(asked, factor)
    tree = {
        "uses": [_tree(use) for use in uses.values()],
        "grid_factor": None if isinstance(factor, str) else _factor_tree(factor),
        "predictions": None if asked is None else {"n": asked[0], "wh": asked[1], "known": asked[2]},
    }
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Energy by kind of work"),))


def _asked(given: AuditInput) -> tuple[int, float, str] | None:
    """Rows that were predicted once more, the watt-hours of that, and how these are known."""
    if given.predictor is None or given.energy is None or not given.table.test.n_rows:
        return None
    part = given.table.test
    if part.history is None:  # windows share a log: these are asked as they are
        part = take_rows(part, _cycle(part.n_rows))
    before = _total(given.energy.read())
    for _ in range(_ROUNDS):
        given.predictor.predict(part)
    uses = given.energy.read()
    spent = (_total(uses) - before) * _WH_PER_KWH
    known = next((_kind(use) for use in uses if use.work is EnergyWork.AUDIT), _ESTIMATED)
    return part.n_rows * _ROUNDS, spent, known


def _cycle(n: int) -> Any:
    import numpy as np

    return np.arange(max(min(n, _ASKED_ROWS), 1)) % n


def _total(uses: Sequence[EnergyUse]) -> float:
    return sum(use.kwh for use in uses if use.work is EnergyWork.AUDIT)


def _of_work(work: EnergyWork, label: str, use: EnergyUse, factor: GridFactor | str) -> list[Finding]:
    note = "; ".join(part for part in (_UP_TO if work is EnergyWork.AUDIT else "", use.remark) if part)
    method = "; ".join(f"{r.device}: {r.method}" for r in use.readings)
    words = f"energy of {label}, Wh, {_kind(use)}"
    more = {"evidence": _FILE, "note": note}
    found = [done(ENERGY.key, f"{work}_wh", words, _plain(use.kwh * _WH_PER_KWH, method), **more)]
    return [*found, _gases(f"{work}_co2e_g", f"greenhouse gases of {label}, gCO2e", use.kwh, factor)]


def _kind(use: EnergyUse) -> str:
    if use.measured:
        return "counted"
    return "partly counted, partly estimated" if any(r.measured for r in use.readings) else _ESTIMATED


def _of_predictions(asked: tuple[int, float, str] | None, factor: GridFactor | str) -> list[Finding]:
    name, label = "prediction_mwh_per_1000", "energy of 1,000 predictions, mWh"
    if asked is None or asked[1] <= 0:
        reason = "the model itself was not given" if asked is None else "too little for the counters to tell"
        return [not_estimable(ENERGY.key, name, label, reason, evidence=_FILE)]
    n, spent, known = asked
    per_thousand = spent / n * _THOUSAND  # Wh
    label, method = f"{label}, {known}", f"{n:,} predictions of test rows once more, {known}"
    found = [done(ENERGY.key, name, label, _plain(per_thousand * _THOUSAND, method), n=n, evidence=_FILE)]
    words = "greenhouse gases of 1,000 predictions, mgCO2e"
    return [*found, _gases("prediction_co2e_mg_per_1000", words, per_thousand, factor)]


def _gases(measure: str, label: str, kwh: float, factor: GridFactor | str) -> Finding:
    if isinstance(factor, str):
        return not_estimable(ENERGY.key, measure, label, factor, evidence=_FILE)
    method = f"energy times {factor.kg_per_kwh:g} kgCO2e per kWh ({factor.source})"
    value = kwh * factor.kg_per_kwh * _GRAMS_PER_KG
    return done(ENERGY.key, measure, f"{label}, {_ESTIMATED}", _plain(value, method), evidence=_FILE)


def _plain(value: float, method: str) -> Estimate:
    """A value of one reading, without an interval: nothing was repeated from which one could be made."""
    return Estimate(value, -inf, inf, method)


def _tree(use: EnergyUse) -> dict[str, Any]:
    return {**use.model_dump(mode="json"), "kwh": use.kwh, "measured": use.measured}


def _factor_tree(factor: GridFactor) -> dict[str, Any]:
    return {"kg_per_kwh": factor.kg_per_kwh, "source": factor.source}
