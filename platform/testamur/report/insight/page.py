"""An insight page: a plugin's template on the shared layout, drawn from plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from testamur.contracts.report import InsightCard, Report
from testamur.contracts.report_spec import ReportSpec
from testamur.report.headline import release_words
from testamur.report.insight.figures import KINDS, figure_of


@dataclass(frozen=True, slots=True)
class BatchLine:
    """New rows that a page is about: the file's name, their number, and whether they are single people's."""

    source: str
    n_rows: int
    personal: bool = True


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A page beside this one."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where a page lies, and what it says of the audit.

    Attributes:
        report: Link to the audit report.
        standing: Whether the policy clears the model, in one sentence.
        expired: True when the audit report is over on the day the page is made.
        others: Insight pages beside this one.
        batch: The new rows, where the page is about some.
        notes: What was noticed while they were read.
    """

    report: str
    standing: str
    expired: bool = False
    others: tuple[OtherPage, ...] = ()
    batch: BatchLine | None = None
    notes: tuple[str, ...] = ()


def place_page(
    report: Report,
    spec: ReportSpec,
    *,
    to_root: str = "",
    today: date | None = None,
    batch: BatchLine | None = None,
    notes: Sequence[str] = (),
) -> PagePlace:
    """Where a page of a dossier lies, seen from itself.

    Args:
        report: The audit report.
        spec: Whose page it is.
        to_root: Relative path from the page's folder to the dossier's; found from the page's place
            when empty.
        today: The day it is made; that of the report when None.
        batch: New rows.
        notes: Notes on them.
    """
    to_root = to_root or "/".join([".."] * page_path(spec).count("/"))
    others = [card for card in report.insights if card.key != spec.key and not (card.restricted and batch)]
    day = today or report.provenance.created_at.date()
    return PagePlace(
        report=f"{to_root}/report.html",
        standing=release_words(report),
        expired=day > report.expires,
        others=() if batch else tuple(OtherPage(f"{to_root}/{card.path}", card.title) for card in others),
        batch=batch,
        notes=tuple(notes),
    )


def page_path(spec: ReportSpec) -> str:
    """Where a page lies in the dossier."""
    return f"{'restricted/' if spec.restricted else ''}pages/{spec.key}.html"


def card_of(spec: ReportSpec) -> InsightCard:
    """How the audit report names a page."""
    return InsightCard(
        key=spec.key,
        title=spec.title,
        question=spec.question,
        path=page_path(spec),
        restricted=spec.restricted,
    )


def drawing_functions(env: Environment, key: str) -> dict[str, Callable[[Mapping[str, Any]], Markup]]:
    """``chart``, ``lines``, ``intervals``, ``bars``, ``reliability``, ``heat``: JSON in, a figure out.

    Args:
        env: The environment of the page.
        key: Key of the report part; makes the figures' identifiers unique in the page.
    """
    drawn = [0]

    def chart(tree: Mapping[str, Any]) -> Markup:
        drawn[0] += 1
        figure = figure_of(tree, f"{key.replace('.', '-').replace('_', '-')}-{drawn[0]}")
        made: Any = env.get_template("macros/insight.html.j2").module
        return Markup(made.draw(figure))  # noqa: S704 - Jinja2 has escaped every value of it

    def of_kind(kind: str) -> Callable[[Mapping[str, Any]], Markup]:
        return lambda tree: chart({**tree, "kind": kind})

    return {"chart": chart, **{kind: of_kind(kind) for kind in KINDS}}
