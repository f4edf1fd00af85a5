"""The rows of each group as every file, finding and sentence may show them."""

from __future__ import annotations

import numpy as np

from testamur.audit.cells import count_strata, single_divisions, sum_groups
from testamur.audit.disclosure import protect_cells, withhold
from testamur.audit.entity_rows import entity_codes, people_of
from testamur.audit.inputs import MODEL, observed_event, predictions_of
from testamur.audit.rounding import rounded_rows
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind


def shown_rows(given: AuditInput) -> dict[str, dict[str, int | None]]:
    """Test rows of every level, by attribute and level; under "" the rows without one.

    Of a binary problem they are those of groups.json: a number that is withheld there is
    withheld everywhere.
    """
    if given.table.problem.kind is not ProblemKind.BINARY or "test" not in given.predictions.get(MODEL, {}):
        return _plain(given)
    attributes = given.table.attributes
    threshold = given.threshold if given.threshold is not None else 0.5
    selected = (predictions_of(given).event >= threshold).astype(np.int64)
    sizes = [len(a.levels) for a in attributes]
    strata = count_strata(
        observed_event(given), selected, given.table.test.groups, sizes, entity_codes(given)
    )
    found: dict[str, dict[str, int | None]] = {}
    for attribute, division in zip(attributes, single_divisions(strata, attributes), strict=True):
        n_missing = int(strata.counts[division.member < 0].sum())
        shown, left_out = protect_cells(
            sum_groups(strata.counts, division),
            division,
            given.policy.minimum_cell,
            n_missing,
            strata.entities,
        )
        named: dict[str, int | None] = dict.fromkeys(attribute.levels, 0) | {"": left_out}
        for levels, counts in zip(division.groups, shown, strict=True):
            named[levels[attribute.name]] = counts["n"]
        found[attribute.name] = named
    return found


def _plain(given: AuditInput) -> dict[str, dict[str, int | None]]:
    found, entity = {}, entity_codes(given)
    for position, attribute in enumerate(given.table.attributes):
        code = given.table.test.groups[:, position].astype(np.int64)
        names = ["", *attribute.levels]
        counts = np.bincount(code + 1, minlength=len(names))
        items = {(g, "n"): int(c) for g, c in enumerate(counts)}
        people = None
        if entity is not None:
            people = {(g, "n"): int(c) for g, c in enumerate(people_of(code + 1, entity, len(names)))}
        shown = withhold(items, [list(items)], given.policy.minimum_cell, people)
        found[attribute.name] = {name: shown[g, "n"] for g, name in enumerate(names)}
    return found


def rows_of(shown: int | None, exact: int) -> int:
    """Rows of a group as a finding prints them: rounded down to tens where they are withheld."""
    return rounded_rows(exact) if shown is None else shown
