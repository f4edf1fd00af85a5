"""Draws the report as one self-contained page: no script, no network, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, FunctionLoader, PackageLoader, StrictUndefined
from markupsafe import Markup

from testamur.contracts.finding import Section
from testamur.contracts.report import Report
from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.contracts.spreadsheet import disarm_formula
from testamur.report.insight.cells import FILTERS as CELL_FILTERS
from testamur.report.insight.numbers import FILTERS as NUMBER_FILTERS
from testamur.report.insight.page import PagePlace, drawing_functions, place_page
from testamur.report.numbers import format_seconds
from testamur.report.page import make_page


def render_html(
    report: Report, evidence: Mapping[str, Mapping[str, Any]], *, parts: Sequence[ReportSpec] = ()
) -> str:
    """The audit report as HTML.

    Args:
        report: The report as data.
        evidence: Parsed JSON of the shared evidence, by file name.
        parts: Section parts of plugins; each is drawn from ``report.sections[part.key]``.
    """
    env = _environment()
    drawn: dict[Section, list[tuple[str, str, Markup]]] = {}
    for part in parts:
        if part.kind is ReportKind.SECTION and part.section is not None and part.key in report.sections:
            drawn.setdefault(part.section, []).append((part.title, part.question, _draw(part, report)))
    return env.get_template("report/audit.html.j2").render(page=make_page(report, evidence), parts=drawn)


def _draw(part: ReportSpec, report: Report) -> Markup:
    """A plugin's part, or a sentence in its place where its template fails."""
    try:
        text = render_part(report, part, report.sections[part.key])
    except Exception as error:  # noqa: BLE001 - a plugin's template must not cost the reader the page
        return Markup("<p>{} could not be drawn: {}.</p>").format(part.key, type(error).__name__)
    return Markup(text)  # noqa: S704 - Jinja2 has escaped every value of it


def render_part(report: Report, spec: ReportSpec, part: Mapping[str, Any]) -> str:
    """A plugin's part of the audit report.

    Args:
        report: The audit report.
        spec: The report part.
        part: Its content, as its function made it.
    """
    env = _environment()
    template = env.get_template(spec.template)
    return template.render(part=part, report=report, spec=spec, **drawing_functions(env, spec.key))


def render_insight(
    report: Report, spec: ReportSpec, part: Mapping[str, Any], *, place: PagePlace | None = None
) -> str:
    """A plugin's insight report as a page of its own.

    Args:
        report: The audit report.
        spec: The report part.
        part: Its content, as its function made it.
        place: Where the page lies; in the dossier when None.
    """
    env = _environment()
    return env.get_template(spec.template).render(
        part=part,
        report=report,
        spec=spec,
        place=place or place_page(report, spec),
        **drawing_functions(env, spec.key),
    )


@cache
def _environment() -> Environment:
    env = Environment(
        loader=ChoiceLoader([FunctionLoader(_plugin_template), PackageLoader("testamur_templates", "")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_disarm,
    )
    env.filters.update(
        seconds=format_seconds, moment=format_moment, breakable=mark_breaks, **NUMBER_FILTERS, **CELL_FILTERS
    )
    return env


def _plugin_template(name: str) -> str | None:
    """Source of ``package:relative/path``; None for the platform's own templates."""
    package, colon, path = name.partition(":")
    if not colon or ".." in path.split("/"):
        return None
    return files(package).joinpath(path).read_text(encoding="utf-8")


def _disarm(value: Any) -> Any:
    """Disarm a text that is pasted into a spreadsheet with the table it stands in."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else disarm_formula(value)


def mark_breaks(name: str) -> Markup:
    """A file's name that may be broken after its folder and after words, and nowhere else."""
    return Markup("<wbr>").join(part for part in re.split(r"(?<=[/_])", name))


def format_moment(moment: datetime) -> str:
    """Day and minute with the zone."""
    return moment.strftime("%d %b %Y %H:%M %Z").strip()
