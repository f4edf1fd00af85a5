"""The second cohort: 303 patients who were sent to a catheter laboratory in Cleveland."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitRule,
)

YES_NO = {"0": "no", "1": "yes"}


def _number(name: str, label: str, unit: str, description: str, *, immutable: bool = False) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        kind=ColumnKind.NUMERIC,
        label=label,
        unit=unit,
        description=description,
        immutable=immutable,
    )


def _category(name: str, label: str, description: str, values: dict[str, str] | None = None) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        kind=ColumnKind.CATEGORICAL,
        label=label,
        description=description,
        values=values or {},
    )


def _who() -> tuple[ColumnSpec, ...]:
    return (
        ColumnSpec(
            name="disease",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="coronary heart disease",
            description="Narrowing of a major vessel by more than half its diameter, seen in the angiogram",
            values={"0": "not found", "1": "found"},
        ),
        ColumnSpec(
            name="sex",
            role=Role.PROTECTED,
            kind=ColumnKind.CATEGORICAL,
            label="sex",
            values={"male": "male", "female": "female"},
            immutable=True,
        ),
        ColumnSpec(
            name="age",
            role=Role.PROTECTED,
            kind=ColumnKind.NUMERIC,
            label="age",
            unit="years",
            bands=(50.0, 60.0),
            immutable=True,
        ),
    )


def _findings() -> tuple[ColumnSpec, ...]:
    return (
        _category("cp", "chest pain", "Kind of chest pain, by the history"),
        _number("trestbps", "resting blood pressure", "mm Hg", "Systolic, on admission"),
        _number("chol", "serum cholesterol", "mg/dl", "Measured"),
        _category("fbs", "fasting blood sugar above 120 mg/dl", "Measured", YES_NO),
        _category("restecg", "resting ECG", "As read"),
        _number("thalach", "highest heart rate", "per minute", "Reached in the exercise test"),
        _category("exang", "chest pain on exercise", "In the exercise test", YES_NO),
        _number("oldpeak", "ST depression", "mm", "By exercise, relative to rest"),
        _category("slope", "slope of the ST segment", "At peak exercise"),
        _number("ca", "vessels with calcium", "0 to 3", "Major vessels seen in fluoroscopy; 4 missing"),
        _category("thal", "thallium scan", "Defects in the scan; 2 missing"),
    )


CLEVELAND = DatasetSpec(
    key="health.cleveland",
    title="Coronary heart disease, Cleveland",
    summary=(
        "303 patients without known heart disease who came for coronary angiography at the Cleveland Clinic "
        "between 1981 and 1984, and whether a major vessel was narrowed by more than half."
    ),
    problem=Problem(
        kind=ProblemKind.BINARY, target="disease", positive="1", event="a major coronary vessel was narrowed"
    ),
    columns=(*_who(), *_findings()),
    source=Source(
        title="Heart Disease (Cleveland), UCI Machine Learning Repository",
        citation=(
            "A. Janosi, W. Steinbrunn, M. Pfisterer, R. Detrano: Heart Disease. UCI Machine Learning "
            "Repository, "
            "1989, doi:10.24432/C52P4X. R. Detrano et al.: International application of a new probability "
            "algorithm for the diagnosis of coronary artery disease, Am J Cardiol 1989;64:304-310."
        ),
        url="https://archive.ics.uci.edu/dataset/45/heart+disease",
        licence="CC BY 4.0",
        attribution=(
            "Principal investigator in Cleveland: Robert Detrano, M.D., Ph.D., V.A. Medical Center, "
            "Long Beach "
            "and Cleveland Clinic Foundation"
        ),
        sha256="958405d25fc356cb8099f6851bc842d3f0a36505fe974b24fdec49a52b9b5c20",
    ),
    resource="testamur_health:data/cleveland.csv",
    split=SplitRule(validation=0.2, test=0.3),
    subjects="patients",
    quasi_identifiers=("age", "sex"),
    caveats=(
        "303 patients, about 90 of them in the test part: intervals are wide, and most figures by group "
        "cannot be told.",
        "Everyone in it had already been sent to angiography: 46 % have the disease, far more than among "
        "people who see a doctor for chest pain. Stated risks are too high for any other setting.",
        "One hospital, 1981 to 1984; two patients in three are men.",
        "The thallium scan and the fluoroscopy are tests of their own: the model is of use after them only.",
    ),
    fit_for="Teaching, method comparison, and to see what an audit says when people are few.",
    not_fit_for="Decisions about a patient; people who were not selected for angiography; screening.",
    policy="health.default",
)
