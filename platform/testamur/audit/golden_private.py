"""The bound of a private training held against a closed form: one step that everyone enters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from testamur.audit.claimed_training import claim_training
from testamur.audit.golden_world import make_input
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.privacy import PrivacySpent, PrivacyUnit

DELTA = 1e-5


def gaussian_epsilon(noise: float, steps: int, delta: float) -> float:
    """Epsilon of `steps` Gaussian mechanisms without sampling (Balle and Wang, ICML 2018, theorem 8)."""
    mean = np.sqrt(steps) / noise

    def excess(epsilon: float) -> float:
        lost = ndtr(mean / 2 - epsilon / mean) - np.exp(epsilon) * ndtr(-mean / 2 - epsilon / mean)
        return float(lost - delta)

    return float(brentq(excess, 0.0, 200.0))


def trained(told: PrivacySpent | None) -> AuditInput:
    """An audit of a model whose training spent this."""
    given = make_input(np.tile([0, 1], 20), {"model": np.full(40, 0.5)})
    return replace(given, training=claim_training("core.tabular", told))


def cases() -> list[GoldenCase]:
    """Without sampling the bound has a closed form; without a private training there is none."""
    epsilon = gaussian_epsilon(20.0, 50, DELTA)
    told = PrivacySpent(
        epsilon=2.0,
        epsilon_spent=epsilon,
        delta=DELTA,
        unit=PrivacyUnit.RECORD,
        n_units=400,
        clip=1.0,
        noise_multiplier=20.0,
        sample_rate=1.0,
        steps=50,
        rows_per_unit=1,
        accountant="closed form",
    )
    bound = (("epsilon_upper", "", epsilon), ("delta_times_units", "", 400 * DELTA))
    return [
        GoldenCase("fifty steps that everyone enters", trained(told), bound),
        GoldenCase("a training that was not private", trained(None), (("epsilon_upper", "", None),)),
    ]
