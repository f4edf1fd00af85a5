"""The figures of every section, in the order in which a section shows them.

A new figure is a function in a module of its own (``privacy_figures``) and an entry in its ``FIGURES``.
"""

from __future__ import annotations

from collections.abc import Mapping

from testamur.contracts.finding import Section
from testamur.report import (
    calibration_figures,
    constraint_figures,
    data_figures,
    explanation_figures,
    fairness_figures,
    forecast_figures,
    oversight_figures,
    performance_figures,
    personal_figures,
    privacy_figures,
    ranking_figures,
    robustness_figures,
)
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.names import Names

FIGURES: tuple[Entry, ...] = (
    *data_figures.FIGURES,
    *performance_figures.FIGURES,
    *forecast_figures.FIGURES,
    *ranking_figures.FIGURES,
    *calibration_figures.FIGURES,
    *privacy_figures.FIGURES,
    *personal_figures.FIGURES,
    *explanation_figures.FIGURES,
    *robustness_figures.FIGURES,
    *oversight_figures.FIGURES,
    *constraint_figures.FIGURES,
)
AFTER_GROUPS: tuple[Entry, ...] = fairness_figures.FIGURES
"""Figures that come after those of measures per group."""


def evidence_figures(
    section: Section, evidence: Mapping[str, Tree], names: Names, entries: tuple[Entry, ...] = FIGURES
) -> list[Figure]:
    """The figures of a section whose evidence is there."""
    drawn = [draw(evidence[name], names) for of, name, draw in entries if of is section and name in evidence]
    return [figure for figure in drawn if figure is not None]
