"""What a report comes down to, in the words and numbers of its pages: for terminals and notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testamur.contracts.finding import CheckStatus

if TYPE_CHECKING:
    from testamur.contracts.report import Report
    from testamur.report.decision import DecisionRow
    from testamur.report.unmeasured import Gap


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a report comes down to.

    Attributes:
        cleared: No ``must`` limit stands in the way of release.
        release: Whether the policy stands in the way of release, in one sentence.
        facts: Sentences on the limits and on the primary measure beside its baselines.
        examined: What was examined, by which policy.
        rows: Every limit with its finding, the worst first.
        gaps: What could not be measured, each with its reason; failed checks first.
        n_checks: Planned checks that apply.
        n_done: Those of them that gave a number.
        pages: Title and path in the dossier of each insight report.
    """

    cleared: bool
    release: str
    facts: tuple[str, ...]
    examined: str
    rows: tuple[DecisionRow, ...]
    gaps: tuple[Gap, ...]
    n_checks: int
    n_done: int
    pages: tuple[tuple[str, str], ...] = ()


def view_report(report: Report) -> DecisionView:
    """Bring a report to its decision view."""
    from testamur.report.decision import make_decision_rows
    from testamur.report.headline import ranking_words, release_words, standing_words
    from testamur.report.names import Names
    from testamur.report.unmeasured import list_gaps

    names = Names(report)
    applicable = [entry for entry in report.coverage if entry.status is not CheckStatus.NOT_APPLICABLE]
    facts = (standing_words(report.verdicts), ranking_words(report, names))
    return DecisionView(
        cleared=report.cleared,
        release=release_words(report),
        facts=tuple(sentence for sentence in facts if sentence),
        examined=_examined(report),
        rows=make_decision_rows(report, names),
        gaps=list_gaps(report, names),
        n_checks=len(applicable),
        n_done=sum(entry.status is CheckStatus.DONE for entry in applicable),
        pages=tuple((card.title, card.path) for card in report.insights),
    )


def _examined(report: Report) -> str:
    data, policy = report.data, report.policy
    told = report.examined is not None and not data.n_train
    trained = "on which rows it was trained is not known" if told else f"trained on {data.n_train:,}"
    return (
        f"{report.model_title} on {data.title}: tested on {data.n_test:,} {data.subjects}, {trained}. "
        f"Policy {policy.key} {policy.version}, set by {policy.owner}."
    )
