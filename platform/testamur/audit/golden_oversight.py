"""Checks of oversight and energy held against arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.energy import EnergyReading, EnergyUse, EnergyWork
from testamur.contracts.job import AuditOptions, Purpose


def stated_cases() -> list[GoldenCase]:
    """One field is stated, the others are blank."""
    given = replace(make_input(np.tile([0, 1], 50), {"model": np.tile([0.1, 0.9], 50)}), purpose=None)
    told = replace(given, purpose=Purpose(override="The doctor decides.", tasks="  "))
    blank = tuple((f"{name}_stated", "", 0.0) for name in ("override", "tasks", "consultation", "reviewers"))
    return [
        GoldenCase("nothing is stated", given, blank),
        GoldenCase("the doctor decides", told, (("override_stated", "", 1.0), ("tasks_stated", "", 0.0))),
    ]


def load_cases() -> list[GoldenCase]:
    """30 of 100 are flagged; six minutes each make 30 hours per 1,000 cases."""
    risk = np.r_[np.full(70, 0.2), np.full(30, 0.7)]
    given = make_input(np.tile([0, 1], 50), {"model": risk})
    told = replace(given, purpose=Purpose(minutes_per_case=6.0, cases_per_month=500))
    expected = (
        ("flagged_share", "", 0.3),
        ("flagged_per_1000", "", 300.0),
        ("review_hours_per_1000", "", 30.0),
        ("review_hours_per_month", "", 15.0),
    )
    unknown = (("flagged_share", "", 0.3), ("review_hours_per_1000", "", None))
    return [
        GoldenCase("six minutes each", told, expected, tolerance=1e-6),
        GoldenCase("minutes are not stated", given, unknown),
    ]


def deferral_cases() -> list[GoldenCase]:
    """20 wrong decisions of 100: a fifth of all."""
    risk = np.r_[np.full(40, 0.9), np.full(40, 0.1), np.full(20, 0.55)]
    event = np.r_[np.ones(40), np.zeros(40), np.zeros(20)]
    given = make_input(event, {"model": risk})
    return [GoldenCase("a fifth is wrong", given, (("risk", "", 0.2),))]


@dataclass(frozen=True, slots=True)
class _Meter:
    """Half a kilowatt-hour in training, a quarter in the audit."""

    def read(self) -> tuple[EnergyUse, ...]:
        reading = EnergyReading(device="made", kwh=0.25, measured=True, method="given by the case")
        training = EnergyUse(
            work=EnergyWork.TRAINING, readings=(reading, reading), seconds=1.0, cpu_seconds=1.0
        )
        audit = EnergyUse(work=EnergyWork.AUDIT, readings=(reading,), seconds=1.0, cpu_seconds=1.0)
        return training, audit


def energy_cases() -> list[GoldenCase]:
    """0.5 kWh at 0.056 kg per kWh, the French grid of 2023, make 28 g."""
    given = with_model(LinearModel((1.0,)), np.zeros((40, 1)), np.zeros(40))
    metered = replace(given, energy=_Meter())
    in_france = replace(metered, options=AuditOptions(country="FRA"))
    expected = (
        ("training_wh", "", 500.0),
        ("audit_wh", "", 250.0),
        ("training_co2e_g", "", 28.0),
        ("prediction_mwh_per_1000", "", None),
    )
    nowhere = (("training_wh", "", 500.0), ("training_co2e_g", "", None))
    return [
        GoldenCase("on the French grid", in_france, expected),
        GoldenCase("no grid is stated", metered, nowhere),
    ]
