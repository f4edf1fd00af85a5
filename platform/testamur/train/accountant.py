"""What a private training spends, by the accountants of a library; nothing of it is reckoned here.

Both are Opacus': one composes the privacy-loss distribution numerically (Gopi, Lee, Wutschitz, NeurIPS
2021) and states an upper end with its error; the other composes Renyi divergences (Mironov, Talwar, Zhang,
2019). Both take the Poisson-sampled Gaussian mechanism, for units that are added or taken away.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.privacy import AccountantKind

# Whole orders have a closed form: the bound over them is valid and costs some 50 ms.
ORDERS = (*range(2, 33), 36, 40, 48, 56, 64, 80, 96, 128, 192, 256, 512)
MOST_NOISE = 1e5
NEAR = 0.005  # an epsilon that lies at most this share below the one that is allowed is near enough
PRV_ERROR = 0.01  # of epsilon, in its own unit, at epsilon 1 and above; in proportion below
_STEP = 1.3  # between noise multipliers, until one is too small


def accountant_name(kind: AccountantKind) -> str:
    """The accountant with its version, as the report prints it."""
    _import("opacus")
    return f"{kind.value.upper()} accountant of Opacus {version('opacus')}"


@lru_cache(maxsize=256)
def spent(
    noise_multiplier: float, sample_rate: float, steps: int, delta: float, kind: AccountantKind
) -> float:
    """Epsilon after `steps` noisy steps, each unit sampled by itself at `sample_rate`.

    Args:
        noise_multiplier: Standard deviation of the noise over the clip norm; 0 gives infinity.
        sample_rate: Above 0, at most 1.
        steps: How many.
        delta: Probability with which the bound may fail.
        kind: Which accountant.

    Raises:
        ConfigurationError: The library is not installed, or cannot reckon with these numbers.
    """
    if noise_multiplier <= 0:
        return math.inf
    renyi = _renyi(noise_multiplier, sample_rate, steps, delta)
    if kind is AccountantKind.RDP:
        return renyi
    return _numerical(noise_multiplier, sample_rate, steps, delta, PRV_ERROR * min(1.0, renyi))


def _renyi(noise: float, rate: float, steps: int, delta: float) -> float:
    analysis = _import("opacus.accountants.analysis.rdp")
    rdp = analysis.compute_rdp(q=rate, noise_multiplier=noise, steps=steps, orders=ORDERS)
    with warnings.catch_warnings():
        # At either end of the orders it warns that the bound could be tighter; it is a bound all the same.
        warnings.filterwarnings("ignore", message="Optimal order is", category=UserWarning)
        epsilon, _ = analysis.get_privacy_spent(orders=ORDERS, rdp=rdp, delta=delta)
    return float(epsilon)


def _numerical(noise: float, rate: float, steps: int, delta: float, error: float) -> float:
    accountant = _import("opacus.accountants").PRVAccountant()
    accountant.history = [(noise, rate, steps)]
    try:
        # A sampling rate of 1 has a logarithm of 0 in it, and the right answer.
        with warnings.catch_warnings(), np.errstate(divide="ignore"):
            warnings.filterwarnings("ignore", message="Optimal order is", category=UserWarning)
            return float(accountant.get_epsilon(delta=delta, eps_error=error, delta_error=delta / 1000))
    except (RuntimeError, MemoryError, ValueError) as refused:
        message = f"the PRV accountant cannot reckon with a noise multiplier of {noise:.3g}"
        problem = Problem("training.privacy.accountant", message, "state accountant = 'rdp'")
        raise ConfigurationError("The training cannot be private", [problem]) from refused


def least_noise(epsilon: float, sample_rate: float, steps: int, delta: float, kind: AccountantKind) -> float:
    """A noise multiplier that spends at most `epsilon`, and hardly less.

    Raises:
        ConfigurationError: No noise is enough, or the library is not installed.
    """
    begin = 1.0
    kinds = (AccountantKind.RDP,) if kind is AccountantKind.RDP else (AccountantKind.RDP, kind)
    for by in kinds:  # the quick one tells the other where to look
        begin = _search(lambda noise, by=by: spent(noise, sample_rate, steps, delta, by), epsilon, begin)
        if begin > MOST_NOISE:
            message = f"an epsilon that noise can reach is required, however: {epsilon:g} at delta {delta:g}"
            remedy = "raise epsilon or delta, or train fewer epochs"
            problem = Problem("training.privacy.epsilon", message, remedy)
            raise ConfigurationError("The training cannot be private", [problem])
    return begin


def _search(measure: Callable[[float], float], epsilon: float, begin: float) -> float:
    """Noise at which `measure` lies within `NEAR` below `epsilon`; infinity where none is enough.

    By false position (Illinois) between the logs of noise and epsilon, which lie near a line.
    """
    high = begin
    while measure(high) > epsilon:
        high *= _STEP
        if high > MOST_NOISE:
            return math.inf
    low = high / _STEP
    while measure(low) <= epsilon:
        low, high = low / _STEP, low
    over, under = math.log(measure(low) / epsilon), math.log(measure(high) / epsilon)
    weight_over, weight_under = over, under - NEAR / 2
    while under < -NEAR:
        share = weight_over / (weight_over - weight_under)
        middle = low * (high / low) ** min(max(share, 0.02), 0.98)
        found = math.log(measure(middle) / epsilon)
        if found > 0:
            low, weight_over, weight_under = middle, found, weight_under / 2
        else:
            high, under, weight_under, weight_over = middle, found, found - NEAR / 2, weight_over / 2
    return high


def _import(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        message = "the extra privacy is required, however: Opacus is not installed"
        remedy = 'pip install "testamur[privacy]"'
        raise ConfigurationError(
            "The training cannot be private", [Problem("training.privacy", message, remedy)]
        ) from error
