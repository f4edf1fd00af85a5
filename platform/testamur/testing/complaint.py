"""What the conformance kit says: a rule, what it required and found, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    """One breach of one rule.

    Attributes:
        rule: Short name of the rule.
        message: What was required and what was found.
        remedy: What to do next.
    """

    rule: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}\n  -> {self.remedy}"
