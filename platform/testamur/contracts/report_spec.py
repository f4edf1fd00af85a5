"""What a plugin adds to the pages: a section of the audit report, or an insight report of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section
from testamur.contracts.record import Key, Record, Reference


class ReportKind(StrEnum):
    """Where the pages of a report specification go."""

    SECTION = "section"  # inside the audit report, at the end of one of its sections
    INSIGHT = "insight"  # a report of its own: what the domain's user wanted from the model


class ReportSpec(Record):
    """A report part as a plugin registers it (hook ``register_reports``).

    ``render`` is ``module:function``; it takes a `contracts.report.Report` and a mapping from
    evidence name to parsed JSON, and returns a JSON-ready dictionary. The dictionary is kept in
    ``Report.sections`` under the key, and is all that the template sees.

    A ``restricted`` insight report is about single people: it also sees restricted evidence, its
    content is not kept in the report, and its page lies in ``restricted/``, left out on export.

    ``batch`` is ``module:function``; it takes a `contracts.batch.Batch` (new rows and what the
    dossier's model says of them) and returns the dictionary for the same template:
    ``testamur predict DOSSIER data.csv --report``.
    """

    key: Key
    kind: ReportKind
    title: str
    question: str  # what the part answers, in words that a non-specialist understands
    render: Reference
    template: str  # ``package:relative/path`` of a Jinja2 template inside the plugin
    section: Section | None = None  # the section it is put into; sections only
    problems: tuple[ProblemKind, ...] = ()  # empty: every kind
    datasets: tuple[Key, ...] = ()  # empty: every dataset
    restricted: bool = False  # about single people; insight reports only
    batch: Reference | None = None

    @model_validator(mode="after")
    def _place_sections_only(self) -> Self:
        if (self.kind is ReportKind.SECTION) != (self.section is not None):
            raise ValueError(
                "a section part needs the section it is put into and an insight report has none, "
                f"however: kind={self.kind.value!r}, section={self.section!r}"
            )
        return self
