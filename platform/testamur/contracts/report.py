"""The audit report as data: the source of every view of it, with a published JSON Schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from testamur.contracts.change import Change
from testamur.contracts.dataset import ProblemKind, Source
from testamur.contracts.examined import ExaminedCard
from testamur.contracts.finding import CoverageEntry, Evidence, Finding
from testamur.contracts.job import Purpose
from testamur.contracts.model import TrainingSummary
from testamur.contracts.policy import Policy, Verdict
from testamur.contracts.record import Record, Sha256
from testamur.contracts.wall import Wall

SCHEMA_VERSION = "1.1"


class ColumnCard(Record):
    """One column as the report's data section shows it; aggregates only."""

    name: str
    label: str
    role: str
    kind: str
    unit: str = ""
    description: str = ""
    n_missing: int | None = 0  # None: not counted, or suppressed as below the policy's minimum cell
    n_distinct: int | None = None


class DataCard(Record):
    """The examined data."""

    key: str  # registered key, or empty for a file of one's own
    title: str
    summary: str
    subjects: str
    source: Source
    sha256: Sha256
    problem_kind: ProblemKind
    target: str
    positive: str | None
    event: str
    classes: tuple[str, ...]
    n_train: int
    n_validation: int
    n_test: int
    split: str  # in words: "random, stratified by target, seed 0"
    n_features: int
    protected: tuple[str, ...]
    protected_as_features: bool
    columns: tuple[ColumnCard, ...]
    leaks: dict[str, str]
    caveats: tuple[str, ...]
    fit_for: str
    not_fit_for: str
    notes: tuple[str, ...]


class Provenance(Record):
    """With what, where and when it was made."""

    job_id: str
    attempt: int
    created_at: datetime
    testamur_version: str
    python_version: str
    platform: str
    packages: dict[str, str]  # name -> version
    plugins: dict[str, str]
    code_sha256: Sha256 | None = None
    device: str
    walls: tuple[Wall, ...] = ()  # around the code of plugins; empty: none stood
    seed: int
    seconds: dict[str, float]  # stage -> seconds
    reproduce: str  # one command line
    requirements: tuple[str, ...] = ()  # the distributions that the command installs, each with its version


class InsightCard(Record):
    """A page of its own beside the audit report: what the domain's user wanted from the model."""

    key: str
    title: str
    question: str
    path: str  # inside the dossier
    restricted: bool = False  # about single people


class Report(Record):
    """Everything a reader may see. Aggregates only; row-level evidence lies in ``restricted/``."""

    schema_version: Literal["1.1"] = "1.1"
    report_id: str
    title: str
    domain: str  # "health", or "core"
    purpose: Purpose
    data: DataCard
    model_title: str
    training: TrainingSummary | None  # None: trained elsewhere, see `examined`
    policy: Policy
    threshold: float | None
    threshold_rule: str
    checks: tuple[
        dict[str, Any], ...
    ]  # CheckSpec fields that a reader needs: key, question, formula, citation, section
    coverage: tuple[CoverageEntry, ...]
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    cleared: bool
    evidence: tuple[Evidence, ...]
    limitations: tuple[str, ...]
    provenance: Provenance
    expires: date
    signer: str = ""  # SHA-256 fingerprint of the platform's public key
    sections: dict[str, Any] = Field(default_factory=dict)  # what plugins' report sections add
    insights: tuple[InsightCard, ...] = ()
    examined: ExaminedCard | None = None
    change: Change | None = None  # against the previous report that the job names
    triggers: tuple[str, ...] = ()  # what calls for a new audit before the report ends


class ManifestEntry(Record):
    """One file of a dossier."""

    path: str
    sha256: Sha256
    n_bytes: int
    restricted: bool = False


class Manifest(Record):
    """The list of a dossier's files, which the seal is put on."""

    schema_version: Literal["1.0"] = "1.0"
    report_id: str
    job_id: str
    files: tuple[ManifestEntry, ...]


__all__ = [
    "SCHEMA_VERSION",
    "ColumnCard",
    "DataCard",
    "InsightCard",
    "Manifest",
    "ManifestEntry",
    "Provenance",
    "Report",
]
