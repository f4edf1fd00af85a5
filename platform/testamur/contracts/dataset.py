"""What a dataset is: its declaration by a plugin or a job, before any row is read."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from testamur.contracts.record import Key, Record, Reference, Sha256


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    PROTECTED = "protected"
    IDENTIFIER = "identifier"
    ENTITY = "entity"
    TIME = "time"
    WEIGHT = "weight"
    IGNORED = "ignored"


class ColumnKind(StrEnum):
    """How the values of a column are to be read."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"


class ProblemKind(StrEnum):
    """What is predicted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"
    FORECAST = "forecast"
    RANKING = "ranking"
    SEQUENCE = "sequence"


class Problem(Record):
    """What is predicted: kind, target column, and for binary problems which label is the event."""

    kind: ProblemKind
    target: str
    positive: str | None = None  # label of the event as text; binary only
    event: str = ""  # the event in words, such as "died between 1971 and 1992"
    horizon: int | None = None  # steps ahead; forecasts only


class ColumnSpec(Record):
    """One column: its name in the file, its role, and how a person reads it."""

    name: str
    role: Role = Role.FEATURE
    kind: ColumnKind | None = None  # None: inferred from the values
    label: str = ""  # what a report prints; the name when empty
    unit: str = ""
    description: str = ""
    values: dict[str, str] = Field(default_factory=dict)  # stored code -> words
    bands: tuple[float, ...] = ()  # inner edges that turn a number into groups, such as 40, 50, 60
    immutable: bool = False  # a person cannot change it (counterfactuals respect that)


class Source(Record):
    """Where the data come from and under which terms they are used."""

    title: str
    citation: str = ""
    url: str = ""
    licence: str = "not stated"
    attribution: str = ""
    sha256: Sha256 | None = None  # of the file as shipped


class SplitKind(StrEnum):
    """How rows are assigned to training, validation and test."""

    RANDOM = "random"  # stratified by target where the problem is a classification
    ENTITY = "entity"  # all rows of an entity on one side
    TIME = "time"  # the latest rows are the test


class SplitRule(Record):
    """Shares of rows for each part; training takes what is left."""

    kind: SplitKind = SplitKind.RANDOM
    validation: float = Field(default=0.2, gt=0, lt=0.9)
    test: float = Field(default=0.25, gt=0, lt=0.9)
    seed: int | None = None  # None: the job's seed

    @model_validator(mode="after")
    def _leave_rows_to_train(self) -> Self:
        if self.validation + self.test >= 0.95:
            raise ValueError(
                f"validation + test must stay below 0.95, however: {self.validation} + {self.test}"
            )
        return self


class ReadOptions(Record):
    """How a text file is read; None means: found out from the file."""

    encoding: str | None = None  # any Python codec name, such as gb18030
    separator: str | None = None  # one character
    null_values: tuple[str, ...] = ()  # besides the empty field
    table: str | None = None  # member or table name where a source has several


class DatasetSpec(Record):
    """A dataset as a plugin registers it (hook ``register_datasets``).

    Exactly one of ``resource`` (``package:relative/path``, a file inside the plugin) and
    ``loader`` (``module:function`` without arguments, returning a path or anything with the
    Arrow stream interface) is given.
    """

    key: Key
    title: str
    summary: str = ""
    problem: Problem
    columns: tuple[ColumnSpec, ...]
    source: Source
    resource: str | None = None
    loader: Reference | None = None
    read: ReadOptions = ReadOptions()
    split: SplitRule = SplitRule()
    subjects: str = "people"  # whom a row is about, in the plural, for the report
    quasi_identifiers: tuple[str, ...] = ()
    leaks: dict[str, str] = Field(default_factory=dict)  # column -> why it must not be a feature
    caveats: tuple[str, ...] = ()
    fit_for: str = ""
    not_fit_for: str = ""
    policy: Key | None = None  # the policy proposed for it

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.resource is None) == (self.loader is None):
            raise ValueError(
                "exactly one of resource and loader is required, however: "
                f"resource={self.resource!r}, loader={self.loader!r}"
            )
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"each column is declared once, however: {', '.join(twice)}")
        return self

    def column(self, name: str) -> ColumnSpec:
        """The declaration of a column, or a plain feature where none is made."""
        return next((c for c in self.columns if c.name == name), ColumnSpec(name=name))
