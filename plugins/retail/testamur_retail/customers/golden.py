"""Golden cases of the checks on customers."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind
from testamur.contracts.table import Attribute, Predictions, RowsPart
from testamur_retail.golden_world import make_given, make_part, make_table

PROBLEM = Problem(kind=ProblemKind.REGRESSION, target="spend")


def value_cases() -> list[GoldenCase]:
    """A model that knows the spend: forty of four hundred bring all the money, and it names them."""
    rng = np.random.default_rng(1)
    n = 400
    spent = np.where(np.arange(n) < 40, 10.0, 0.0)
    part = _part(_purchases(n, rng), spent)
    few = _part({name: values[:20] for name, values in _purchases(n, rng).items()}, spent[:20])
    return [
        GoldenCase(
            "all is known",
            _given(part, spent),
            (
                ("top_tenth_share", "", 1.0),
                ("expected_real_ratio", "", 1.0),
                ("within_interval", "", 1.0),
                *(
                    (name, "", _counted(part, name))
                    for name in ("top_tenth_gain_over_rfm", "top_tenth_gain_over_bg_nbd")
                ),
            ),
        ),
        GoldenCase("too few customers", _given(few, spent[:20]), (("top_tenth_share", "", None),)),
    ]


def segment_cases() -> list[GoldenCase]:
    """Three kinds of customers, each alike to the last penny: every sample finds them again."""
    kinds = np.repeat([0, 1, 2], 60)
    carried = {
        "repeats": np.array([0.0, 3.0, 20.0])[kinds],
        "recency": np.array([0.0, 10.0, 38.0])[kinds],
        "age": np.full(len(kinds), 40.0),
        "total_value": np.array([10.0, 80.0, 2100.0])[kinds],
    }
    part = _part(carried, np.zeros(len(kinds)))
    few = _part({name: values[:30] for name, values in carried.items()}, np.zeros(30))
    return [
        GoldenCase("three kinds", _given(part, np.zeros(len(kinds))), (("segment_agreement", "", 1.0),)),
        GoldenCase("too few customers", _given(few, np.zeros(30)), (("segment_agreement", "", None),)),
    ]


def offer_cases() -> list[GoldenCase]:
    """A fifth of the customers gets the offer, and it is the whole of one group."""
    rng = np.random.default_rng(2)
    n = 400
    codes = (np.arange(n) >= 80).astype(np.int16)[:, None]
    expected = np.where(codes[:, 0] == 0, 5.0, 1.0)
    part = _part(_purchases(n, rng), expected, groups=codes)
    given = _given(part, expected, (Attribute("region", "region", ("north", "south")),))
    return [
        GoldenCase(
            "one group gets it all",
            given,
            (("offer_share", "north", 1.0), ("offer_share", "south", 0.0), ("offer_gap", "south", 1.0)),
        )
    ]


def _purchases(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    repeats = rng.poisson(1.5, n).astype(np.float64)
    recency = np.where(repeats > 0, rng.uniform(1, 30, n), 0.0)
    mean = rng.gamma(6.0, 5.0, n)
    return {
        "repeats": repeats,
        "recency": recency,
        "age": np.full(n, 39.0),
        "repeat_value": np.where(repeats > 0, mean, 0.0),
        "n_valued": repeats,
        "total_value": mean * (repeats + 1.0),
    }


def _counted(part: RowsPart, measure: str) -> float:
    """The gain by plain sorting: everything the model finds, less the share in the rival's first forty."""
    from testamur_retail.customers.counting import count_customers
    from testamur_retail.customers.worth import score_rfm

    order = score_rfm(part) if measure.endswith("rfm") else count_customers(part)[1]
    spent = part.carried["spend_next"]
    found = 0.0
    left = 40.0
    for value in np.unique(order)[::-1]:
        tied = spent[order == value]
        taken = min(left, len(tied))
        found += tied.mean() * taken
        left -= taken
    return float(1.0 - found / spent.sum())


def _part(carried: dict[str, np.ndarray], spent: np.ndarray, **more: Any) -> RowsPart:
    return make_part(spent, carried={**carried, "spend_next": spent}, **more)


def _given(part: RowsPart, expected: np.ndarray, attributes: tuple[Attribute, ...] = ()) -> AuditInput:
    table = make_table(PROBLEM, {"train": part, "validation": part, "test": part}, attributes=attributes)
    said = Predictions(values=expected)
    return make_given(table, {"validation": said, "test": said})
