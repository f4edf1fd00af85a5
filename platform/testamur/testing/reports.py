"""A whole audit report made from little: for drawing a plugin's report parts without training anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from testamur.contracts.dataset import DatasetSpec, ProblemKind, Source
from testamur.contracts.finding import Finding
from testamur.contracts.job import Purpose
from testamur.contracts.model import TrainingSummary
from testamur.contracts.policy import Policy
from testamur.contracts.report import DataCard, Provenance, Report

_MADE = datetime(2026, 1, 1, tzinfo=UTC)


def make_report(
    dataset: DatasetSpec | None = None,
    *,
    domain: str = "trial",
    findings: Sequence[Finding] = (),
    kind: ProblemKind = ProblemKind.BINARY,
) -> Report:
    """Make an audit report that says nothing but what is given; everything else is named as made up.

    Args:
        dataset: Whose title, source and problem the report tells.
        domain: The plugin's name.
        findings: Findings that it holds.
        kind: What is predicted, where no dataset says so.
    """
    return Report(
        report_id="made.1",
        title="A report made for the conformance kit",
        domain=domain,
        purpose=Purpose(),
        data=_data(dataset, kind),
        model_title="A model that was not trained",
        training=TrainingSummary(
            model="core.tabular",
            options={},
            n_parameters=0,
            epochs_run=0,
            best_epoch=0,
            stopped_early=False,
            device="cpu",
            precision="fp32",
            batch_size=0,
            seconds=0.0,
            history=(),
        ),
        policy=Policy(key=f"{domain}.made", version="1", title="made", owner="nobody", rationale="made"),
        threshold=0.5 if kind is ProblemKind.BINARY else None,
        threshold_rule="fixed",
        checks=(),
        coverage=(),
        findings=tuple(findings),
        verdicts=(),
        cleared=False,
        evidence=(),
        limitations=(),
        provenance=_provenance(),
        expires=date(2030, 1, 1),
    )


def _data(dataset: DatasetSpec | None, kind: ProblemKind) -> DataCard:
    problem = dataset.problem if dataset else None
    classes = ("no", "yes") if (problem.kind if problem else kind) is ProblemKind.BINARY else ()
    return DataCard(
        key=dataset.key if dataset else "",
        title=dataset.title if dataset else "made up",
        summary=dataset.summary if dataset else "",
        subjects=dataset.subjects if dataset else "people",
        source=dataset.source if dataset else Source(title="made up"),
        sha256="0" * 64,
        problem_kind=problem.kind if problem else kind,
        target=problem.target if problem else "target",
        positive=problem.positive if problem else None,
        event=problem.event if problem else "",
        classes=classes,
        n_train=100,
        n_validation=50,
        n_test=50,
        split="random, seed 0",
        n_features=1,
        protected=(),
        protected_as_features=False,
        columns=(),
        leaks={},
        caveats=dataset.caveats if dataset else (),
        fit_for=dataset.fit_for if dataset else "",
        not_fit_for=dataset.not_fit_for if dataset else "",
        notes=(),
    )


def _provenance() -> Provenance:
    return Provenance(
        job_id="made",
        attempt=1,
        created_at=_MADE,
        testamur_version="0",
        python_version="3",
        platform="made",
        packages={},
        plugins={},
        device="cpu",
        seed=0,
        seconds={},
        reproduce="",
    )
