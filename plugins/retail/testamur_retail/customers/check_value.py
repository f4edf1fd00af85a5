"""The check ``retail.customer_value``: is the money where the model says, and how much of it?"""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import acceleration_of
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Unit
from testamur_retail.customers.bg_nbd import Floats
from testamur_retail.customers.people import list_people
from testamur_retail.customers.worth import Bands, Worth, fit_parameters, make_bands, value_customers
from testamur_retail.findings import (
    Estimate,
    from_draws,
    json_file,
    measured,
    not_estimable,
)

KEY = "retail.customer_value"
EVIDENCE = "customer_value.json"
TOP = 0.1
METHOD = "paired bootstrap over customers"
AT_ONCE = 200
NAMES = {"model": "model", "counting": "BG/NBD with Gamma-Gamma", "rfm": "RFM score"}


def measure_value(given: AuditInput) -> CheckOutcome:
    """Money found in the best tenth, expected against real money, and how far single expectations hold.

    Args:
        given: A model on ``retail.churn`` or ``retail.value``.
    """
    try:
        worth, before = value_customers(given, "test"), value_customers(given, "validation")
    except (KeyError, ValueError) as error:
        reason = f"purchases that BG/NBD can be fitted on are required, however: {_words(error)}"
        return CheckOutcome((not_estimable(KEY, "top_tenth_share", "money in the best tenth", reason),))
    if worth.spent.sum() <= 0:
        reason = "a purchase in the weeks ahead is required, however: nobody bought"
        return CheckOutcome((not_estimable(KEY, "top_tenth_share", "money in the best tenth", reason),))
    bands = make_bands(before.model, before.spent)
    figures = _figures(given, worth, bands)
    tree = {
        "n": len(worth.spent),
        "level": given.policy.level,
        "kind": given.table.problem.kind.value,
        "parameters": fit_parameters(given.table.test),
        "figures": {name: estimate.as_tree() for name, estimate in figures.items()},
        "tenths": tenths_of(worth),
        "spent": {"mean": worth.spent.mean(), "share_none": float((worth.spent <= 0).mean())},
        "bands": {
            "edges": bands.edges,
            "low": bands.low,
            "high": bands.high,
            "mean": bands.mean,
            "least": bands.least,
        },
        "lift": [
            {"name": NAMES[name], "points": lift_of(order, worth.spent)} for name, order in _orders(worth)
        ],
    }
    files: list[EvidenceFile] = [
        json_file(EVIDENCE, tree, "expected and real spend of customers"),
        json_file(
            "customers.json",
            list_people(given, worth, bands),
            "customers worth a call, one by one",
            restricted=True,
        ),
    ]
    return CheckOutcome(_findings(figures, len(worth.spent)), tuple(files))


def _words(error: Exception) -> str:
    return f"the column {error} is not carried" if isinstance(error, KeyError) else str(error)


def _orders(worth: Worth) -> tuple[tuple[str, Floats], ...]:
    return (("model", worth.model), ("counting", worth.counting), ("rfm", worth.rfm))


def _figures(given: AuditInput, worth: Worth, bands: Bands) -> dict[str, Estimate]:
    rng = np.random.default_rng(given.seed)
    n, level = len(worth.spent), given.policy.level
    low, high = bands.interval(worth.model)
    inside = ((worth.spent >= low) & (worth.spent <= high)).astype(np.float64)
    columns = np.column_stack(
        [
            *(top_share_of(order) * worth.spent for _, order in _orders(worth)),
            worth.spent, worth.model, worth.counting, inside, np.abs(worth.model - worth.spent),
            np.abs(worth.counting - worth.spent), np.ones(n),
        ]
    )  # fmt: skip
    totals = columns.sum(axis=0)
    draws = _resample(columns, given.options.bootstrap, rng)
    ratio = {
        "top_tenth_share": lambda t: t[..., 0] / t[..., 3],
        "top_tenth_share_counting": lambda t: t[..., 1] / t[..., 3],
        "top_tenth_share_rfm": lambda t: t[..., 2] / t[..., 3],
        "top_tenth_gain_over_bg_nbd": lambda t: (t[..., 0] - t[..., 1]) / t[..., 3],
        "top_tenth_gain_over_rfm": lambda t: (t[..., 0] - t[..., 2]) / t[..., 3],
        "expected_real_ratio": lambda t: t[..., 4] / t[..., 3],
        "expected_real_ratio_counting": lambda t: t[..., 5] / t[..., 3],
        "within_interval": lambda t: t[..., 6] / t[..., 9],
        "error_gain_over_bg_nbd": lambda t: (t[..., 8] - t[..., 7]) / t[..., 9],
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            name: from_draws(float(f(totals)), f(draws), level, n, acceleration_of(columns, f))
            for name, f in ratio.items()
        }


def top_share_of(order: Floats, share: float = TOP) -> Floats:
    """(n,) weight of each customer in the best tenth: 1 above the cut, a share of those who tie at it.

    Args:
        order: (n,) the higher the better.
        share: Of the customers.
    """
    wanted = share * len(order)
    cut = np.sort(order)[::-1][min(int(np.ceil(wanted)) - 1, len(order) - 1)]
    above, at = order > cut, order == cut
    return above + at * np.clip((wanted - above.sum()) / max(at.sum(), 1), 0.0, 1.0)


def lift_of(order: Floats, spent: Floats) -> list[tuple[float, float]]:
    """Share of the money in the best 0, 5, 10 ... 100 % of the customers; ties are shared."""
    points = [(0.0, 0.0)]
    for step in range(1, 21):
        share = step / 20
        points.append((share, float((top_share_of(order, share) * spent).sum() / spent.sum())))
    return points


def tenths_of(worth: Worth) -> list[dict[str, Any]]:
    """Expected and real mean spend of customers in tenths of the model's expectation, the lowest first."""
    order = np.argsort(worth.model, kind="stable")
    return [
        {
            "n": len(rows),
            "model": worth.model[rows].mean(),
            "counting": worth.counting[rows].mean(),
            "spent": worth.spent[rows].mean(),
            "half_width": 1.96 * worth.spent[rows].std() / max(len(rows), 1) ** 0.5,
        }
        for rows in np.array_split(order, 10)
    ]


def _resample(columns: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    n = len(columns)
    found = []
    for begin in range(0, n_boot, AT_ONCE):
        counts = rng.poisson(
            1.0, (min(AT_ONCE, n_boot - begin), n)
        )  # Poisson bootstrap: every customer by itself
        found.append(counts @ columns)
    return np.concatenate(found)


def _findings(figures: dict[str, Estimate], n: int) -> tuple[Finding, ...]:
    told: dict[str, tuple[str, Unit]] = {
        "top_tenth_share": ("money of the weeks ahead that the best tenth brings, by the model", Unit.SHARE),
        "top_tenth_share_counting": ("the same by BG/NBD with Gamma-Gamma", Unit.SHARE),
        "top_tenth_share_rfm": ("the same by the RFM score", Unit.SHARE),
        "top_tenth_gain_over_bg_nbd": (
            "more of the money found than by BG/NBD with Gamma-Gamma",
            Unit.POINTS,
        ),
        "top_tenth_gain_over_rfm": ("more of the money found than by the RFM score", Unit.POINTS),
        "expected_real_ratio": ("expected over real money, model", Unit.RATIO),
        "expected_real_ratio_counting": ("expected over real money, BG/NBD with Gamma-Gamma", Unit.RATIO),
        "within_interval": ("customers whose spend lay in their 80 % interval", Unit.SHARE),
        "error_gain_over_bg_nbd": ("mean absolute error saved against BG/NBD with Gamma-Gamma", Unit.NUMBER),
    }
    return tuple(
        measured(KEY, name, label, figures[name], unit=unit, n=n, method=METHOD, evidence=EVIDENCE)
        for name, (label, unit) in told.items()
    )
