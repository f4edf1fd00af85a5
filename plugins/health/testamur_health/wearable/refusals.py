"""Counts what was left out, by kind and reason; names rows, never values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Refusals:
    """What was left out while reading, and why.

    Attributes:
        counts: Number of records by (kind's label, reason).
        first: Number in the file, from 1, of the first record of each pair; 0 where it was not kept.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, label: str, reason: str, where: int, n: int = 1) -> None:
        """Count `n` records of a kind that were left out for a reason, first met at `where`."""
        self.counts[label, reason] += n
        self.first.setdefault((label, reason), where)

    def sentences(self) -> list[str]:
        """One sentence per kind and reason, the most frequent first."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [self._sentence(label, reason, n) for (label, reason), n in ranked]

    def _sentence(self, label: str, reason: str, n: int) -> str:
        first = self.first[label, reason]
        where = f" (the first is record {first:,})" if first else ""
        return f"{label}: {n:,} {'records' if n != 1 else 'record'} left out, {reason}{where}"
