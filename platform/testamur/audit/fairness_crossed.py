"""The measures per group once more, for people who belong to two groups at once."""

from __future__ import annotations

from collections.abc import Callable

from testamur.audit.fairness_other import CROSSED
from testamur.audit.fairness_quality import of_classes, of_errors, of_risks
from testamur.audit.forecast_groups import of_forecasts
from testamur.audit.group_outcome import outcome_of_groups
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Ints
from testamur.audit.quantity import Quantity
from testamur.audit.ranking_groups import of_lists
from testamur.audit.row_groups import pair_groups
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus

_FILE = "intersection_quality.json"
_OTHERS: dict[ProblemKind, Callable[[AuditInput], tuple[Quantity, ...]]] = {
    ProblemKind.MULTICLASS: of_classes,
    ProblemKind.REGRESSION: of_errors,
    ProblemKind.RANKING: of_lists,
    ProblemKind.FORECAST: of_forecasts,
}


def run(given: AuditInput) -> CheckOutcome:
    """The measures of the problem's kind for every pair of attributes, with joint intervals."""
    if len(given.table.attributes) < 2:
        raise Skip(CheckStatus.NOT_APPLICABLE, "fewer than two protected attributes are declared")
    if not given.options.intersections:
        raise Skip(CheckStatus.NOT_RUN, "the job turned intersections off (audit.intersections = false)")
    quantities, order = _asked(given)
    return outcome_of_groups(given, CROSSED.key, _FILE, quantities, pair_groups(given, order))


def _asked(given: AuditInput) -> tuple[tuple[Quantity, ...], Ints | None]:
    kind = given.table.problem.kind
    if kind is not ProblemKind.BINARY:
        return _OTHERS[kind](given), None
    if predictions_of(given).decided:
        raise Skip(CheckStatus.NOT_RUN, "only decided classes were given, no probabilities")
    return of_risks(given)
