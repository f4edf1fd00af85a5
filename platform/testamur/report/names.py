"""How columns, groups and findings are named on the page, and where their anchors are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from testamur.contracts.finding import Finding, Group
from testamur.contracts.report import Report
from testamur.report.numbers import digits_for, format_interval, format_value

_UNSAFE = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """A text as part of an anchor: lower case, digits, hyphens."""
    return _UNSAFE.sub("-", text.lower()).strip("-") or "x"


def check_anchor(key: str) -> str:
    """Anchor of a check."""
    return f"check-{slug(key)}"


def finding_anchor(position: int) -> str:
    """Anchor of a finding by its position in the report."""
    return f"finding-{position}"


def evidence_name(name: str) -> str:
    """File name of a piece of evidence, without its folder."""
    return PurePosixPath(name).name


def evidence_anchor(name: str) -> str:
    """Anchor of an evidence file in the list of evidence."""
    return f"evidence-{slug(evidence_name(name))}"


class Names:
    """Labels of the columns of one report.

    Args:
        report: Its data card holds the labels and the target's unit.
    """

    def __init__(self, report: Report) -> None:
        self._labels = {column.name: column.label or column.name for column in report.data.columns}
        units = {column.name: column.unit for column in report.data.columns}
        self.target_unit = units.get(report.data.target, "")

    def column(self, name: str) -> str:
        """Label of a column."""
        return self._labels.get(name, name)

    def attribute(self, name: str) -> str:
        """Label of a protected attribute, or of several joined by ``*``."""
        return " × ".join(self.column(part) for part in name.split("*"))

    def group(self, group: Group | None) -> str:
        """A group with its attribute: ``Sex: women``."""
        return "" if group is None else f"{self.attribute(group.attribute)}: {group}"

    def about(self, finding: Finding) -> str:
        """Whom or what a finding is about; empty for all rows."""
        subject = self.column(finding.subject) if finding.subject else ""
        if finding.group is not None:
            against = f", against {finding.reference}" if finding.reference is not None else ""
            return ", ".join(part for part in (subject, f"{self.group(finding.group)}{against}") if part)
        parts = [subject, self.attribute(finding.attribute) if finding.attribute else ""]
        return ", by ".join(part for part in parts if part)

    def value(self, finding: Finding) -> str:
        """The value of a finding with its unit, without interval."""
        digits = digits_for(finding.value, None, None, finding.unit, finding.step)
        return format_value(finding.value, finding.unit, digits=digits, unit_words=self.target_unit)

    def interval(self, finding: Finding) -> str:
        """The value of a finding with its interval."""
        return format_interval(
            finding.value,
            finding.low,
            finding.high,
            finding.unit,
            unit_words=self.target_unit,
            step=finding.step,
        )
