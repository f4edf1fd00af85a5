"""Shoulder exercises of ten people with a smart watch; fetched, never copied."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Fetch,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
    WindowRule,
)

LENGTH, STRIDE = 200, 50  # samples: windows of four seconds, every second
EXERCISES = {
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward elevation",
    "IR": "internal rotation",
    "ER": "external rotation",
    "TRAP": "trapezius extension",
    "ROW": "upright row",
}
_AXES = {
    "ax": "acceleration x",
    "ay": "acceleration y",
    "az": "acceleration z",
    "wx": "angular velocity x",
    "wy": "angular velocity y",
    "wz": "angular velocity z",
}

EXERCISE = DatasetSpec(
    key="health.activity",
    title="Shoulder exercises with a smart watch",
    summary=(
        "140 recordings of ten people who did seven physiotherapy exercises with either arm, a watch on the "
        "wrist; acceleration and angular velocity at 50 samples a second. Which exercise is it?"
    ),
    problem=Problem(kind=ProblemKind.MULTICLASS, target="exercise", event="which exercise is done"),
    columns=(
        ColumnSpec(name="subject", role=Role.ENTITY, label="person"),
        ColumnSpec(name="recording", role=Role.IGNORED, label="recording"),
        ColumnSpec(name="side", role=Role.IGNORED, label="arm"),
        ColumnSpec(
            name="exercise",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="exercise",
            values=EXERCISES,
        ),
        *(
            ColumnSpec(
                name=name, kind=ColumnKind.NUMERIC, label=label, unit="g" if name[0] == "a" else "rad/s"
            )
            for name, label in _AXES.items()
        ),
    ),
    source=Source(
        title="Smart-watch set of seglearn",
        citation=(
            "D. M. Burns, N. Leung, M. Hardisty, C. M. Whyne, P. Henry, S. McLachlin: Shoulder physiotherapy "
            "exercise recognition: machine learning the inertial signals from a smartwatch, Physiol Meas "
            "2018;39:075007; D. M. Burns, C. M. Whyne: Seglearn, J Mach Learn Res 2018;19:1-7"
        ),
        url="https://pypi.org/project/seglearn/",
        licence="BSD 3-clause (of the package that carries it); fetched, not copied",
        attribution="D. M. Burns and others",
    ),
    fetch=Fetch(
        package="seglearn",
        version="1.2.5",
        member="seglearn/data/watch_dataset.npy",
        sha256="eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537",
        read="testamur_health.activity.read:read_watch",
        n_bytes=11_320_941,
    ),
    windows=WindowRule(
        length=LENGTH, stride=STRIDE, test_stride=2 * STRIDE, channels=tuple(_AXES), within="recording"
    ),
    split=SplitRule(kind=SplitKind.ENTITY, validation=0.2, test=0.3),
    carried=("recording", "side"),
    subjects="windows of four seconds",
    caveats=(
        "Ten healthy people; how it works on others, on patients above all, is not known. No protected "
        "attribute is "
        "recorded: nothing can be said by sex, age or disability.",
        "Exercises were done one by one, as told: rest, other movements and exercises done wrongly are "
        "not in "
        "it, and would each be called one of the seven.",
        "Windows of one recording resemble each other: what counts is people, of whom three are in the test.",
    ),
    fit_for="Teaching, and comparing methods of recognising exercises across people.",
    not_fit_for="Judging whether an exercise is done well; supervising patients; anything but these seven.",
    policy="health.activity",
)
