"""Checks of people's traces in the data, held against counts by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.given_cells import GivenCells
from testamur.audit.golden_world import make_input
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.job import AuditOptions


def with_cells(given: AuditInput, columns: dict[str, Any]) -> AuditInput:
    """The same audit with cells: of the row of training, that of validation, then those of the test."""
    positions = {"train": [0], "validation": [1], "test": np.arange(given.table.test.n_rows) + 2}
    return replace(given, table=replace(given.table, cells=GivenCells(columns, positions)))


def _world(columns: dict[str, Any], event: Any, quasi: tuple[str, ...], **more: Any) -> AuditInput:
    options = AuditOptions(bootstrap=100, quasi_identifiers=quasi)
    given = make_input(np.asarray(event), {"model": np.full(len(event), 0.5)}, options=options, **more)
    return with_cells(given, columns)


def anonymity_cases() -> list[GoldenCase]:
    """Classes counted by hand; the rows of training and validation (outcome 0) come first in each column.

    sex x town of all eight rows: (f, a) x 4 with outcomes 0 0 0 1, (m, a) x 3 with 0 1 1, (m, b) x 1 with 1.
    Overall 4 of 8 have the event, so the class of one lies |1 - 1/2| away.
    """
    sex = ["f", "f", "f", "f", "m", "m", "m", "m"]
    town = ["a", "a", "a", "a", "a", "a", "a", "b"]
    event = [0, 1, 0, 1, 1, 1]
    known = _world({"sex": sex, "town": town}, event, ("sex", "town"))
    expected = (
        ("k", "", 1.0),
        ("n_classes", "", 3.0),
        ("unique_share", "", 1 / 8),
        ("few_share", "", 1.0),
        ("l", "", 1.0),
        ("t", "", 0.5),
    )
    people = [0, 1, 0, 1, 2, 2]  # with the entity 0 of the two single rows: three people, two of them female
    shared = _world({"sex": sex, "town": town}, event, ("sex",), entity=np.array(people))
    lone = replace(
        shared,
        table=replace(
            shared.table,
            train=replace(shared.table.train, entity=np.array([0])),
            validation=replace(shared.table.validation, entity=np.array([0])),
        ),
    )
    return [
        GoldenCase("eight rows", known, expected),
        GoldenCase("rows of three people", lone, (("k", "", 2.0), ("few_share", "", 1.0), ("l", "", 2.0))),
    ]


def personal_cases() -> list[GoldenCase]:
    """Ten cells with an address, a column of card numbers, one of order numbers, a heading that says name.

    The card is the test number of a network's handbook; the order numbers fail its checksum.
    """
    n = 42
    mails = [f"write to a.b{i}@example.org" if i < 10 else "nothing" for i in range(n)]
    cards = [float(4111111111111111)] * n
    orders = [f"order {411111111111111:d}{i % 10}" for i in (0, 2, 3, 4, 5, 6, 7, 8, 9)]
    columns = {
        "note": mails,
        "paid_with": cards,
        "order": [orders[i % len(orders)] for i in range(n)],
        "surname": ["x"] * n,
        "visits": [float(i % 7) for i in range(n)],
    }
    given = _world(columns, [0, 1] * 20, ())
    expected = (
        ("columns_with_personal_data", "", 3.0),
        ("features_with_personal_data", "", 0.0),
        ("email_share", "", 10 / n),
        ("card_share", "", 1.0),
    )
    return [GoldenCase("planted among harmless cells", given, expected)]
