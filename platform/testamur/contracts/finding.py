"""What a check yields: findings, their evidence, and the coverage ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from testamur.contracts.record import Key, Record, Sha256, Slug


class CheckStatus(StrEnum):
    """What became of a planned check or of one of its findings."""

    DONE = "done"
    NOT_APPLICABLE = "not applicable"
    NOT_ESTIMABLE = "not estimable"
    FAILED = "failed"
    NOT_RUN = "not run"


class Section(StrEnum):
    """The part of the report a check belongs to, in the report's order."""

    DATA = "data"
    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    FAIRNESS = "fairness"
    PRIVACY = "privacy"
    EXPLANATION = "explanation"
    ROBUSTNESS = "robustness"
    ENERGY = "energy"
    OVERSIGHT = "oversight"
    PROVENANCE = "provenance"
    SELF_PROOF = "self-proof"  # does the audit find what was planted, and nothing where nothing is?


class Unit(StrEnum):
    """How a value is printed."""

    NUMBER = ""
    SHARE = "share"  # 0..1, printed in per cent
    POINTS = "points"  # a difference of two shares, printed in percentage points
    RATIO = "ratio"
    COUNT = "count"
    TARGET = "target"  # the unit of the target


class Evidence(Record):
    """A file that a finding rests on, named by its SHA-256."""

    name: str  # path inside the dossier, such as evidence/groups.json or restricted/predictions.csv
    sha256: Sha256
    n_bytes: int
    media_type: str = "application/json"
    restricted: bool = False  # row-level: left out on export
    description: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """The content that becomes an `Evidence` in the dossier."""

    name: str  # file name without folder: groups.json
    content: bytes
    media_type: str = "application/json"
    restricted: bool = False
    description: str = ""


class Group(Record):
    """Whom a finding is about: one level per attribute; several levels are an intersection."""

    levels: dict[str, str]  # attribute name -> level

    @property
    def attribute(self) -> str:
        """The attribute's name, or several joined by ``*``."""
        return "*".join(self.levels)

    def __str__(self) -> str:
        return " × ".join(self.levels.values())


class Finding(Record):
    """One measure, for one group or overall, with interval, n, method, seed and evidence.

    A finding whose status is not ``done`` has no value and says why in `reason`.
    """

    check: Key
    measure: Slug  # such as true_positive_rate
    label: str  # as printed: "true-positive rate"
    status: CheckStatus = CheckStatus.DONE
    reason: str = ""  # for every status but done
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95  # of the interval
    simultaneous: bool = False  # the interval holds jointly with its family
    exact: bool = False  # a count or a proven bound: compared directly, no interval
    method: str = ""  # how value and interval were made
    unit: Unit = Unit.NUMBER
    attribute: str = ""  # protected attribute, or several joined by "*"; empty = overall
    group: Group | None = None  # one group of it
    reference: Group | None = None  # the group it is compared with
    subject: str = ""  # a column, a baseline or another thing it is about
    n: int = 0  # rows it rests on
    n_entities: int | None = None  # entities (people) that these rows come from, where rows share them
    step: float = 0.0  # a count behind it is withheld: published rounded to this step, judged exactly
    cells: dict[str, int] = Field(default_factory=dict)  # named counts behind it
    detectable: float | None = None  # smallest gap this sample could show (power 0.8)
    rows_to_settle: int | None = None  # rows that would take the interval off the limit
    p_value: float | None = None
    evidence: str = ""  # name of the evidence file it rests on
    seed: int | None = None
    seconds: float = 0.0
    note: str = ""


class CoverageEntry(Record):
    """One planned check and what became of it."""

    check: Key
    section: Section
    question: str
    status: CheckStatus
    reason: str = ""
    n_findings: int = 0
    n_not_estimable: int = 0
    seconds: float = 0.0
