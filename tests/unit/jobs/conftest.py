"""A registry with one domain, made without entry points."""

from __future__ import annotations

from enum import StrEnum

import pytest
from pydantic import Field

from testamur import hookimpl
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, ProblemKind, Role, Source
from testamur.contracts.model import ModelOptions, ModelSpec
from testamur.contracts.policy import Policy
from testamur.hooks.registry import Registry


class Shape(StrEnum):
    WIDE = "wide"
    DEEP = "deep"


class NetOptions(ModelOptions):
    hidden: int = Field(default=64, ge=1, le=4096)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    shape: Shape = Shape.WIDE
    layers: tuple[int, ...] = ()


def make_model(key: str, *problems: ProblemKind) -> ModelSpec:
    return ModelSpec(key=key, title="A net", problems=problems, build="somewhere:build", options=NetOptions)


def make_policy(key: str) -> Policy:
    return Policy(key=key, version="1", title="Limits", owner="the tests", rationale="to have one")


def make_dataset(key: str, **more: object) -> DatasetSpec:
    return DatasetSpec(
        key=key,
        title="Patients",
        problem=Problem(kind=ProblemKind.BINARY, target="died", positive="1"),
        columns=(
            ColumnSpec(name="sex", role=Role.PROTECTED),
            ColumnSpec(name="age"),
            ColumnSpec(name="visit", role=Role.TIME),
        ),
        source=Source(title="nowhere"),
        resource="package:data.csv",
        **more,
    )


class Core:
    @hookimpl
    def register_models(self) -> list[ModelSpec]:
        return [
            make_model("core.tabular", ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION)
        ]

    @hookimpl
    def register_policies(self) -> list[Policy]:
        return [make_policy("core.default")]


class Health:
    @hookimpl
    def register_datasets(self) -> list[DatasetSpec]:
        return [make_dataset("health.nhefs"), make_dataset("health.strict", policy="health.strict")]

    @hookimpl
    def register_models(self) -> list[ModelSpec]:
        return [make_model("health.risk", ProblemKind.BINARY)]

    @hookimpl
    def register_policies(self) -> list[Policy]:
        return [make_policy("health.default"), make_policy("health.strict")]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.from_objects({"core": Core(), "health": Health()})
