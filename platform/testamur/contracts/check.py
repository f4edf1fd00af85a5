"""What a check is, what it is given, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CoverageEntry, EvidenceFile, Finding, Section
from testamur.contracts.record import Key, Record, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testamur.contracts.job import AuditOptions, Purpose
    from testamur.contracts.model import TrainingSummary
    from testamur.contracts.policy import Policy, Verdict
    from testamur.contracts.protocols import EnergyMeter, Gradients, Predictor, Trainer
    from testamur.contracts.raw_cells import RawPredictor
    from testamur.contracts.table import PartName, Predictions, RowsTable


class Need(StrEnum):
    """What must be at hand for a check to run; a missing need makes it *not run*, with the reason."""

    DATA = "data"  # the table with its parts
    TRAINING = "training data"  # rows that the model was trained on; a model trained elsewhere may lack them
    PREDICTIONS = "predictions"  # the model's predictions on the test part
    PROBABILITIES = "predicted probabilities"  # not classes that were decided elsewhere
    BASELINES = "baselines"  # predictions of the naive and the strong baseline
    PROTECTED = "protected attributes"
    THRESHOLD = "decision threshold"
    PREDICTOR = "predictor"  # the model itself
    ASKABLE = "a model that can be asked"  # the model itself, or one from elsewhere that takes raw rows
    TRAINER = "trainer"  # the recipe, to train shadow models
    GRADIENTS = "gradients"
    ENERGY = "energy meter"
    ENTITY = "entity column"
    TIME = "time column"


class CheckSpec(Record):
    """A check as the core or a plugin registers it (hook ``register_checks``).

    ``run`` is ``module:function``; it takes an `AuditInput` and returns a `CheckOutcome`.
    ``golden`` is ``module:function`` without arguments and returns a list of `GoldenCase`,
    each proving the check against a closed form or an independent oracle.
    """

    key: Key
    section: Section
    title: str
    question: str  # one sentence, in words that a non-specialist understands
    formula: str
    citation: str
    needs: tuple[Need, ...] = (Need.PREDICTIONS,)
    problems: tuple[ProblemKind, ...]
    datasets: tuple[Key, ...] = ()  # empty: every dataset; else it is planned for these alone
    run: Reference
    golden: Reference | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AuditInput:
    """Everything a check may look at; checks only read.

    Attributes:
        table: Rows, groups and parts.
        policy: Limits, minimum group size, level of the intervals.
        options: The job's ``[audit]`` part.
        predictions: Predictions by name ("model", "naive", "boosting"), then by part.
        threshold: Decision threshold on the event probability (binary), else None.
        threshold_rule: How the threshold was fixed, in words.
        training: What training did, or None for a model trained elsewhere.
        predictor: The trained model, or None.
        raw: A model from elsewhere that can be asked about rows as they are in the source, or None.
        trainer: Trains the same recipe on other rows, or None.
        gradients: Gradients of the loss, or None.
        energy: Tells what training took, and the audit up to now; or None.
        purpose: The officer's part of the job; blanks are "not stated".
        seed: Seed of every random draw of the audit.
        reasons: Why a need is not at hand, where that is known better than the ledger's own words.
    """

    table: RowsTable
    policy: Policy
    options: AuditOptions
    predictions: Mapping[str, Mapping[PartName, Predictions]]
    threshold: float | None = None
    threshold_rule: str = ""
    training: TrainingSummary | None = None
    predictor: Predictor | None = None
    raw: RawPredictor | None = None
    trainer: Trainer | None = None
    gradients: Gradients | None = None
    energy: EnergyMeter | None = None
    purpose: Purpose | None = None
    seed: int = 0
    reasons: Mapping[Need, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check found, with the files that prove it."""

    findings: tuple[Finding, ...]
    evidence: tuple[EvidenceFile, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GoldenCase:
    """A case with a known answer.

    Attributes:
        name: What the case shows.
        given: The input.
        expected: (measure, group as text or empty, value) triples; a value of None means
            the finding must be *not estimable*.
        tolerance: Largest allowed absolute difference.
    """

    name: str
    given: AuditInput
    expected: tuple[tuple[str, str, float | None], ...]
    tolerance: float = 1e-9


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the audit room returns: everything the report is made from."""

    findings: tuple[Finding, ...]
    coverage: tuple[CoverageEntry, ...]
    verdicts: tuple[Verdict, ...]
    evidence: tuple[EvidenceFile, ...]
    limitations: tuple[str, ...]
    cleared: bool
    seconds: float
    notes: tuple[str, ...] = field(default=())
