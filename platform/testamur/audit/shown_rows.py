"""The rows of each group as every file, finding and sentence may show them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from testamur.audit.cells import count_strata, single_divisions, sum_groups
from testamur.audit.disclosure import PEOPLE, protect_cells, withhold, withhold_shared
from testamur.audit.entity_rows import entity_codes, people_of
from testamur.audit.inputs import MODEL, observed_event, predictions_of
from testamur.audit.rounding import hidden_rows
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind


class Shown(NamedTuple):
    """Numbers of a group as they may be shown; None = withheld."""

    rows: int | None
    people: int | None  # entities that they come from; the rows, where each is its own


def shown_rows(given: AuditInput) -> dict[str, dict[str, int | None]]:
    """Test rows of every level, by attribute and level; under "" the rows without one.

    Of a binary problem they are those of groups.json: a number that is withheld there is
    withheld everywhere.
    """
    found = shown_counts(given)
    return {name: {level: n.rows for level, n in levels.items()} for name, levels in found.items()}


def shown_counts(given: AuditInput) -> dict[str, dict[str, Shown]]:
    """The same with entities; those without a level are not told."""
    if given.table.problem.kind is not ProblemKind.BINARY or "test" not in given.predictions.get(MODEL, {}):
        return _plain(given)
    attributes = given.table.attributes
    threshold = given.threshold if given.threshold is not None else 0.5
    selected = (predictions_of(given).event >= threshold).astype(np.int64)
    sizes = [len(a.levels) for a in attributes]
    strata = count_strata(
        observed_event(given), selected, given.table.test.groups, sizes, entity_codes(given)
    )
    found: dict[str, dict[str, Shown]] = {}
    for attribute, division in zip(attributes, single_divisions(strata, attributes), strict=True):
        n_missing = int(strata.counts[division.member < 0].sum())
        shown, left_out = protect_cells(
            sum_groups(strata.counts, division),
            division,
            given.policy.minimum_cell,
            n_missing,
            strata.entities,
        )
        named = dict.fromkeys(attribute.levels, Shown(0, 0)) | {"": Shown(left_out, None)}
        for levels, counts in zip(division.groups, shown, strict=True):
            named[levels[attribute.name]] = Shown(counts["n"], counts["n_entities"])
        found[attribute.name] = named
    return found


def _plain(given: AuditInput) -> dict[str, dict[str, Shown]]:
    found, entity, least = {}, entity_codes(given), given.policy.minimum_cell
    for position, attribute in enumerate(given.table.attributes):
        code = given.table.test.groups[:, position].astype(np.int64)
        names = ["", *attribute.levels]
        counts = np.bincount(code + 1, minlength=len(names))
        items = {(g, "n"): int(c) for g, c in enumerate(counts)}
        if entity is None:
            shown = withhold(items, [list(items)], least)
        else:
            behind = people_of(code + 1, entity, len(names))
            people = {(g, "n"): int(c) for g, c in enumerate(behind)}
            shown = withhold_shared(items, [list(items)], least, people)
        told = PEOPLE if entity is not None else "n"
        found[attribute.name] = {name: Shown(shown[g, "n"], shown[g, told]) for g, name in enumerate(names)}
    return found


def rows_of(shown: int | None, exact: int, *, shared: bool = False) -> int:
    """Rows of a group as a finding prints them, also where they are withheld."""
    return hidden_rows(exact, shared=shared) if shown is None else shown
