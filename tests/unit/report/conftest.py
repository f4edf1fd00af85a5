"""A realistic job, from its table to its dossier, made of records."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from testamur.contracts.check import AuditResult, CheckSpec
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, ProblemKind, Role, Source
from testamur.contracts.finding import (
    CheckStatus,
    CoverageEntry,
    EvidenceFile,
    Finding,
    Group,
    Section,
    Unit,
)
from testamur.contracts.job import DatasetRequest, JobSection, JobSpec, Purpose
from testamur.contracts.model import EpochMetrics, ModelOptions, ModelSpec, TrainingSummary
from testamur.contracts.policy import Direction, Limit, Policy, Severity, Verdict, VerdictStatus
from testamur.contracts.table import Attribute, Feature, RowsPart, RowsTable
from testamur.report.compose import compose_report
from testamur.report.dossier import evidence_records, parse_evidence, write_dossier
from testamur.report.keys import load_or_create
from testamur.report.render import render_html

SEX = ("women", "men")
RACE = ("white", "black or other")
AGE = ("under 40", "40 to 50", "50 to 60", "over 60")


def make_part(n: int, seed: int) -> RowsPart:
    rng = np.random.default_rng(seed)
    absent = np.zeros((n, 6), dtype=bool)
    absent[: n // 10, 0] = True
    absent[:1, 1] = True
    return RowsPart(
        row=np.arange(n), numeric=rng.normal(size=(n, 2)).astype(np.float32),
        missing=absent[:, :2], categorical=rng.integers(0, 4, (n, 1)), target=rng.integers(0, 2, n),
        groups=rng.integers(0, 2, (n, 3)).astype(np.int16), absent=absent,
        twin=np.arange(n), twin_with_target=np.arange(n),
    )  # fmt: skip


def make_table(names: dict[str, str] | None = None) -> RowsTable:
    """A table; `names` replaces labels, levels and titles by hostile ones."""
    say = (names or {}).get
    columns = (
        ColumnSpec(name="cholesterol", label=say("cholesterol", "Cholesterol"), unit="mg/dl"),
        ColumnSpec(name="wt71", label="Weight", unit="kg", description="At the first examination"),
        ColumnSpec(name="exercise", role=Role.FEATURE),
        ColumnSpec(name="sex", role=Role.PROTECTED, label="Sex"),
        ColumnSpec(name="race", role=Role.PROTECTED, label=say("race", "Race as recorded")),
        ColumnSpec(name="age", role=Role.PROTECTED, label="Age", unit="years"),
        ColumnSpec(name="death", role=Role.TARGET, label="Died"),
    )
    problem = Problem(kind=ProblemKind.BINARY, target="death", positive="1", event="died 1983 to 1992")
    spec = DatasetSpec(
        key="health.nhefs", title=say("title", "Mortality of smokers, NHEFS"), summary="1,629 smokers.",
        problem=problem, columns=columns, source=Source(title="NHANES I", licence="public domain"),
        resource="testamur_health:data/nhefs.csv", leaks={"yrdth": "year of death"},
        caveats=("Smokers only; examined in 1971 to 1975.",), fit_for="Trying the platform",
        not_fit_for="Any decision about a person",
    )  # fmt: skip
    return RowsTable(
        spec=spec, problem=problem, classes=("0", "1"),
        features=(
            Feature("cholesterol", "Cholesterol", "numeric"), Feature("wt71", "Weight", "numeric"),
            Feature("exercise", "Exercise", "categorical", 4),
        ),
        attributes=(
            Attribute("sex", "Sex", SEX), Attribute("race", "Race", RACE), Attribute("age", "Age", AGE),
        ),
        columns=("cholesterol", "wt71", "exercise", "sex", "race", "age"),
        train=make_part(60, 0), validation=make_part(20, 1), test=make_part(30, 2),
        sha256="ab" * 32, encoder={"columns": []}, notes=("2 rows dropped for a missing target",),
    )  # fmt: skip


CHECKS = (
    ("core.data.missingness", Section.DATA, "Missing values", "Which values are missing, and for whom?"),
    ("core.leakage.twins", Section.DATA, "Twins", "Do rows of the test also occur in training?"),
    ("core.leakage.time", Section.DATA, "Time", "Does the test lie after training?"),
    ("core.performance.discrimination", Section.PERFORMANCE, "Ranking", "Does it rank high above low risk?"),
    ("core.performance.decisions", Section.PERFORMANCE, "Decisions", "What follows at the threshold?"),
    ("core.calibration.overall", Section.CALIBRATION, "Calibration", "Do risks mean what they say?"),
    ("core.calibration.groups", Section.CALIBRATION, "Calibration in groups", "And in each group?"),
    ("core.fairness.rates", Section.FAIRNESS, "Rates per group", "How do the errors fall on groups?"),
    ("core.fairness.gaps", Section.FAIRNESS, "Gaps", "How far apart are the groups?"),
    ("core.privacy.membership", Section.PRIVACY, "Membership", "Could one tell who was in training?"),
)


def make_checks() -> tuple[CheckSpec, ...]:
    return tuple(
        CheckSpec(
            key=key, section=section, title=title, question=question, formula="TP / (TP + FN)",
            citation="Vickers 2006", problems=(ProblemKind.BINARY,), run="testamur.audit.run:run",
        )
        for key, section, title, question in CHECKS
    )  # fmt: skip


def make_coverage() -> tuple[CoverageEntry, ...]:
    special = {
        "core.leakage.time": (CheckStatus.NOT_APPLICABLE, "no time column is declared"),
        "core.privacy.membership": (CheckStatus.NOT_RUN, "no recipe to train shadow models was given"),
    }
    return tuple(
        CoverageEntry(check=key, section=section, question=question, seconds=0.1,
                      status=special.get(key, (CheckStatus.DONE, ""))[0],
                      reason=special.get(key, (CheckStatus.DONE, ""))[1])
        for key, section, _, question in CHECKS
    )  # fmt: skip


def rate(attribute: str, level: str, measure: str, label: str, value: float | None, n: int) -> Finding:
    half = 2.6 * (0.21 / max(n, 1)) ** 0.5
    done = value is not None
    return Finding(
        check="core.fairness.rates", measure=measure, label=label, unit=Unit.SHARE, value=value,
        low=max(0.0, value - half) if done else None, high=min(1.0, value + half) if done else None,
        status=CheckStatus.DONE if done else CheckStatus.NOT_ESTIMABLE,
        reason="" if done else f"{n} with the event, at least 20 needed", simultaneous=True,
        attribute=attribute, group=Group(levels={attribute: level}), n=n, seed=7, method="max-|t| bootstrap",
        cells={"tp": n // 3, "fn": n - n // 3} if n >= 30 else {"tp": 3, "fn": n - 3}, evidence="groups.json",
    )  # fmt: skip


def make_findings(levels: dict[str, tuple[str, ...]]) -> tuple[Finding, ...]:
    found = [
        Finding(check="core.data.missingness", measure="missing_share", label="missing cells",
                unit=Unit.SHARE,
                value=0.0213, low=0.019, high=0.024, n=407, evidence="missingness.json"),
        Finding(check="core.leakage.twins", measure="twin_with_target_share", label="rows seen in training",
                unit=Unit.SHARE, value=0.0, exact=True, n=407, evidence="leakage.json", method="counted"),
        Finding(check="core.performance.discrimination", measure="auc", label="AUC", value=0.7812, low=0.728,
                high=0.834, n=407, evidence="roc.json", method="DeLong 1988"),
        Finding(check="core.performance.discrimination", measure="baseline_auc", label="AUC", value=0.5,
                low=0.5, high=0.5, n=407, subject="naive", evidence="roc.json"),
        Finding(check="core.performance.discrimination", measure="baseline_auc", label="AUC", value=0.7695,
                low=0.715, high=0.824, n=407, subject="boosting", evidence="roc.json"),
        Finding(check="core.performance.discrimination", measure="auc_gain_over_boosting",
                label="gain in AUC over boosting", value=0.0117, low=-0.014, high=0.037, n=407,
                subject="boosting", evidence="roc.json"),
        Finding(check="core.performance.decisions", measure="sensitivity", label="sensitivity", value=0.66,
                low=0.55, high=0.75, unit=Unit.SHARE, n=80, evidence="decisions.json"),
        Finding(check="core.calibration.overall", measure="observed_expected_ratio", unit=Unit.RATIO,
                label="observed/expected events", value=1.02, low=0.81, high=1.27, n=407,
                evidence="reliability.json"),
        Finding(check="core.calibration.overall", measure="calibration_slope", label="calibration slope",
                value=0.97, low=0.74, high=1.21, n=407, evidence="reliability.json"),
    ]  # fmt: skip
    measures = (("true_positive_rate", "true-positive rate", 80), ("selection_rate", "selection rate", 407),
                ("false_positive_rate", "false-positive rate", 327))  # fmt: skip
    for measure, label, total in measures:
        for attribute, names in levels.items():
            for i, level in enumerate(names):
                n = total // len(names) if len(names) > 2 or i == 0 else total // 5
                known = measure != "true_positive_rate" or n >= 20
                found.append(rate(attribute, level, measure, label, 0.62 - 0.07 * i if known else None, n))
    first = {a: Group(levels={a: names[0]}) for a, names in levels.items()}
    other = {a: Group(levels={a: names[1]}) for a, names in levels.items()}
    for attribute, value, low, high in (("sex", 0.062, 0.0, 0.21), ("race", 0.22, 0.16, 0.31)):
        found.append(
            Finding(check="core.fairness.gaps", measure="equal_opportunity_gap", unit=Unit.POINTS,
                    label="gap in true-positive rate", value=value, low=low, high=high, attribute=attribute,
                    group=first[attribute], reference=other[attribute], n=80, detectable=0.19, seed=7,
                    p_value=0.0004, simultaneous=True, evidence="groups.json", method="max-|t| bootstrap")
        )  # fmt: skip
    return tuple(found)


def position(findings: tuple[Finding, ...], measure: str, attribute: str = "") -> int:
    return next(i for i, f in enumerate(findings) if f.measure == measure and f.attribute == attribute)


def make_limit(
    slug: str, check: str, measure: str, direction: Direction, value: float, **more: object
) -> Limit:
    return Limit(id=slug, check=check, measure=measure, direction=direction, value=value,
                 rationale="What cannot be shown must not be assumed.", **more)  # fmt: skip


def make_verdicts(findings: tuple[Finding, ...]) -> tuple[Verdict, ...]:
    gap = "core.fairness.gaps"
    lines = (
        (make_limit("leaks", "core.leakage.twins", "twin_with_target_share", Direction.AT_MOST, 0.01,
                    title="No test person seen in training", question="Were test people kept out?"),
         VerdictStatus.MET, "twin_with_target_share", "", None),
        (make_limit("gain", "core.performance.discrimination", "auc_gain_over_boosting",
                    Direction.AT_LEAST, 0.0,
                    title="Better than boosting", question="Does it rank better than boosting?",
                    severity=Severity.SHOULD),
         VerdictStatus.NOT_SHOWN, "auc_gain_over_boosting", "", 4100),
        (make_limit("sex", gap, "equal_opportunity_gap", Direction.AT_MOST, 0.1, attribute="sex",
                    title="Equal opportunity by sex", question="Are sick people found equally often?"),
         VerdictStatus.NOT_SHOWN, "equal_opportunity_gap", "sex", 2600),
        (make_limit("race", gap, "equal_opportunity_gap", Direction.AT_MOST, 0.1, attribute="race",
                    title="Equal opportunity by race", question="Are sick people found equally often?"),
         VerdictStatus.BREACHED, "equal_opportunity_gap", "race", None),
        (make_limit("slope", "core.calibration.overall", "calibration_slope", Direction.AT_LEAST, 0.7,
                    title="Risks are not too extreme", question="Are high risks not too high?"),
         VerdictStatus.MET, "calibration_slope", "", None),
    )  # fmt: skip
    held = []
    for limit, status, measure, attribute, rows in lines:
        at = position(findings, measure, attribute)
        f = findings[at]
        held.append(
            Verdict(limit=limit, status=status, reason="The interval decides.", finding=at, value=f.value,
                    low=f.low, high=f.high, group=f.group, reference=f.reference, attribute=attribute, n=f.n,
                    detectable=f.detectable, rows_to_settle=rows)
        )  # fmt: skip
    unmeasured = make_limit(
        "membership", "core.privacy.membership", "auc", Direction.AT_MOST, 0.6, title="Membership privacy",
        question="Could one tell who was in training?",
    )  # fmt: skip
    return (*held, Verdict(limit=unmeasured, status=VerdictStatus.NOT_SHOWN, reason="The check was not run."))


def make_evidence() -> tuple[EvidenceFile, ...]:
    x = np.linspace(0, 1, 60)
    bins = [
        {"mean_predicted": p, "observed": p * 1.05, "low": max(0.0, p - 0.06), "high": p + 0.08, "n": 58}
        for p in (0.03, 0.07, 0.12, 0.2, 0.31, 0.45, 0.62)
    ]
    curves = [
        {"name": name, "auc": auc, "low": auc - 0.05, "high": auc + 0.05,
         "points": [[float(a), float(a ** (1 / k))] for a in x]}
        for name, auc, k in (("model", 0.78, 4.0), ("boosting", 0.77, 3.4), ("naive", 0.5, 1.0))
    ]  # fmt: skip
    trees = {
        "missingness.json": {"n": 110, "columns": [{"name": "cholesterol", "n_missing": 11, "share": 0.1},
                                                   {"name": "wt71", "n_missing": None, "share": 0.03}],
                             "groups": [{"attribute": "sex", "levels": {"sex": level}, "n": 55, "columns": [
                                 {"name": "cholesterol", "share": s, "low": s / 2, "high": s * 2}]}
                                 for level, s in zip(SEX, (0.05, 0.15), strict=True)]},
        "datasheet.json": {"groups": [{"group": "motivation", "fields": [
            {"key": "purpose", "question": "For what purpose?", "answer": "A trial", "stated": True},
            {"key": "funding", "question": "Who paid?", "answer": "not stated", "stated": False}]}]},
        "personal_data.json": {"n": 110, "n_columns": 6, "kinds": ["e-mail address"], "columns": [
            {"name": "wt71", "seen_by_model": True, "heading": False, "kinds": [
                {"kind": "email", "label": "e-mail address", "share": 0.2, "low": 0.2, "high": 0.2}]}]},
        "thresholds.json": {"threshold": 0.21, "attributes": [{"attribute": "sex", "label": "Sex", "points": [
            {"threshold": t / 20, "selection_gap": 0.1, "ratio": 0.7, "opportunity_gap": None}
            for t in range(1, 19)]}]},
        "unknown_groups.json": {"attributes": [{"attribute": "race", "label": "Race as recorded", "bounds": [
            {"name": "", "measure": "demographic_parity_bounds", "value": 0.1, "low": 0.0, "high": 0.3},
            *({"name": level, "measure": "selection_rate_bounds", "value": 0.4, "low": 0.3, "high": 0.5}
              for level in RACE)]}]},
        "leakage.json": {"n_test": 407, "n_twins": 0, "n_twins_with_target": 0},
        "roc.json": {"n": 407, "n_events": 80, "curves": curves, "groups": [],
                     "operating_point": {"fpr": 0.24, "tpr": 0.66}},
        "decisions.json": {"threshold": 0.21, "decision_curve": [
            {"threshold": float(t), "all": float(0.2 - 0.8 * t / (1 - t)), "model": float(0.2 * (1 - t) ** 3),
             "boosting": float(0.18 * (1 - t) ** 3), "naive": 0.0} for t in x[1:40]]},
        "reliability.json": {"n": 407, "bins": bins, "slope": {"value": 0.97, "low": 0.74, "high": 1.21},
                             "smooth": [[float(a), float(a * 1.03)] for a in x],
                             "histogram": {"edges": [i / 10 for i in range(11)],
                                           "counts": [140, 90, 60, 40, 30, 20, 12, 8, 5, None]}},
        "groups.json": {"part": "test", "n": 407},
    }  # fmt: skip
    files = [
        EvidenceFile(name, json.dumps(tree, sort_keys=True).encode(), description="aggregates")
        for name, tree in trees.items()
    ]
    rows = EvidenceFile("predictions.csv", b"row,target,probability\n0,1,0.3\n", "text/csv", restricted=True)
    return (*files, rows)


def make_training() -> TrainingSummary:
    history = tuple(
        EpochMetrics(epoch=e, train_loss=0.42 + 0.3 / e, validation_loss=0.45 + 0.27 / e + 0.0015 * e,
                     learning_rate=1e-3, seconds=0.1, best=e <= 14)
        for e in range(1, 31)
    )  # fmt: skip
    return TrainingSummary(
        model="health.risk", options={"hidden": 128, "dropout": 0.1}, n_parameters=48_211, epochs_run=30,
        best_epoch=14, stopped_early=True, device="cpu", precision="fp32", batch_size=64, seconds=3.4,
        history=history, weights_sha256="cd" * 32,
    )  # fmt: skip


POLICY = Policy(
    key="health.default", version="1.0", title="Clinical risk", owner="Clinical Safety",
    rationale="A risk figure has to mean what it says, for everyone.", reference="TRIPOD+AI",
)  # fmt: skip
MODEL = ModelSpec(
    key="health.risk", title="Clinical risk model", problems=(ProblemKind.BINARY,),
    build="testamur_health.nets.risk:build", options=ModelOptions,
)  # fmt: skip


def make_report(signer, *, names=None, levels=None, title="Mortality risk, NHEFS"):
    """A whole report; `names` and `levels` can be hostile."""
    findings = make_findings(levels or {"sex": SEX, "race": RACE, "age": AGE})
    result = AuditResult(
        findings=findings, coverage=make_coverage(), verdicts=make_verdicts(findings),
        evidence=make_evidence(),
        limitations=("Membership privacy was not examined: no recipe was given.",), cleared=False,
        seconds=2.0,
    )  # fmt: skip
    spec = JobSpec(
        job=JobSection(name=title, seed=7), dataset=DatasetRequest(use="health.nhefs"),
        purpose=Purpose(
            intended="Trying the platform", reviewers=("A. Reader",),
            limitations=("Only <smokers> were asked.",),
        ),
    )  # fmt: skip
    return compose_report(
        job_id="a1b2c3d4e5f6", attempt=1, spec=spec, table=make_table(names), model_title=MODEL.title,
        training=make_training(), policy=POLICY, checks=make_checks(), result=result, threshold=0.21,
        threshold_rule="largest net benefit on validation", evidence=evidence_records(make_evidence()),
        stage_seconds={"load": 0.1, "fit": 3.4, "audit": 2.0}, device="cpu",
        plugins={"core": "0.1.0", "health": "0.1.0"}, created_at=datetime(2026, 11, 23, 14, 2, tzinfo=UTC),
        signer=signer, domain="health",
    )  # fmt: skip


class Made:
    """The makers above, handed to tests as a fixture."""

    report = staticmethod(make_report)
    evidence = staticmethod(make_evidence)
    table = staticmethod(make_table)
    findings = staticmethod(make_findings)
    sex, race, age = SEX, RACE, AGE


@pytest.fixture(scope="session")
def made():
    return Made


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory):
    return load_or_create(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def report(signing_key):
    return make_report(signing_key.fingerprint)


@pytest.fixture(scope="session")
def html(report):
    return render_html(report, parse_evidence(make_evidence()))


@pytest.fixture(scope="session")
def sealed(tmp_path_factory, report, html, signing_key):
    """A sealed dossier; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("dossiers")
    weights = folder / "w.safetensors"
    weights.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    (folder / "m.json").write_text("{}")
    spec = JobSpec(job=JobSection(seed=7), dataset=DatasetRequest(use="health.nhefs"))
    return write_dossier(
        folder / "a1b2c3d4e5f6", report, html,
        model_files={"weights.safetensors": weights, "model.json": folder / "m.json"},
        encoder={"columns": []}, evidence=make_evidence(), key=signing_key, job=spec,
    )  # fmt: skip
