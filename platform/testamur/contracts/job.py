"""A job: the request, its state, its attempts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from testamur.contracts.dataset import ProblemKind, SplitRule, WindowRule
from testamur.contracts.examined import Examined
from testamur.contracts.model import TrainingOptions
from testamur.contracts.policy import Policy
from testamur.contracts.record import Key, Record


class Priority(StrEnum):
    """The queue a job waits in."""

    URGENT = "urgent"
    NORMAL = "normal"
    BATCH = "batch"


class State(StrEnum):
    """Where a job stands. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True when the job will not change any more, short of a retry."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class Stage(StrEnum):
    """The room of the house an attempt is in."""

    LOAD = "load"
    SPLIT = "split"
    FIT = "fit"
    PREDICT = "predict"
    AUDIT = "audit"
    JUDGE = "judge"
    REPORT = "report"
    SEAL = "seal"


JobName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
ClientKey = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
ShareName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$")]
"""A project or a user, as quotas and fair shares name them."""


ErasedMark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}:[0-9a-f]{64}$")]


class JobSection(Record):
    """The ``[job]`` part."""

    name: JobName = ""
    client_key: ClientKey | None = None  # the same key submitted again gives the same job, not a second one
    priority: Priority = Priority.NORMAL
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    max_attempts: int = Field(default=3, ge=1, le=100)
    deadline: datetime | None = None  # with zone; the job fails when it is still running then
    devices: int = Field(default=1, ge=1, le=64)  # GPUs, or processes on a CPU; the batch size is that of one
    device_memory_mib: int | None = Field(default=None, ge=1)  # free on each; None: nearly all of it
    project: ShareName = "default"  # what its running time is counted for
    time_limit_s: float | None = Field(default=None, gt=0, le=31_536_000)  # seconds that one attempt may take
    memory_limit_mb: int | None = Field(
        default=None, ge=256, le=16_777_216
    )  # MiB of host memory of an attempt
    halve_batch: bool = True  # once, after the device ran out of memory: half the rows at a time, same batch


class DatasetRequest(Record):
    """The ``[dataset]`` part: a registered dataset, or data of one's own.

    Exactly one of ``use``, ``path`` and ``query`` is given, or ``use`` together with one of the others:
    then the data are one's own and are read as the registered dataset declares, with ``columns``
    naming them. A frame handed over in Python is written to ``path`` first.
    """

    use: Key | None = None
    columns: dict[str, str] = Field(default_factory=dict)  # declared name -> name in one's own data
    path: str | None = None
    query: str | None = None  # SQL, read from `url`
    url: str | None = None  # SQLAlchemy URL; ``env:NAME`` takes it from the environment
    problem: ProblemKind | None = None  # inferred from the target where not given
    target: str | None = None  # data of one's own need one, here or in the TOML file beside them
    positive: str | None = None  # label of the event
    least_weight: float | None = None  # rankings: a row of lower weight (a poor rating) is no choice
    repeats: bool | None = None  # rankings: an item may be chosen again; None: as declared, else no
    horizon: int | None = Field(default=None, ge=1, le=10_000)  # steps ahead; forecasts
    season: int | None = Field(default=None, ge=1, le=100_000)  # steps of the main cycle; forecasts
    quantiles: tuple[float, ...] = ()  # that a forecast states
    step: str = ""  # one step in words; forecasts
    windows: WindowRule | None = None  # how windows are cut, where examples are windows
    features: tuple[str, ...] = ()  # empty: every column without another role
    ignore: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    protected_as_features: bool = False  # protected attributes are kept out of the features unless asked
    identifier: str | None = None
    entity: str | None = None
    time: str | None = None
    weight: str | None = None
    categorical: tuple[str, ...] = ()  # numbers that are codes
    encoding: str | None = None
    separator: str | None = None
    null_values: tuple[str, ...] = ()
    table: str | None = None
    zone: str | None = None  # of moments without one; for formats that a plugin reads
    split: SplitRule | None = None
    erased: tuple[ErasedMark, ...] = ()  # people who are left out, each as a salted digest
    title: str = ""
    licence: str = ""
    subjects: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in ("use", "path", "query") if getattr(self, name) is not None]
        if not given or {"path", "query"} <= set(given):
            raise ValueError(
                "use, path or query is required, or use with one of the others, however: "
                + (", ".join(given) if given else "none was given")
            )
        if self.columns and len(given) == 1:
            raise ValueError("columns name one's own data as a registered dataset: give use and path")
        if self.query is not None and self.url is None:
            raise ValueError("a query needs the url of its database")
        return self


class ModelRequest(Record):
    """The ``[model]`` part; the options are checked against the model's own schema."""

    use: Key = "core.tabular"
    options: dict[str, Any] = Field(default_factory=dict)


class Baselines(StrEnum):
    """Whether a model of rows is shown beside a cross-fitted bag of boostings too.

    The naive one, a linear one and one boosting always stand beside it.
    """

    AUTO = "auto"  # from 1,000 rows on, up to a size at which the bag takes minutes
    FEW = "few"
    ALL = "all"


AttackBound = Annotated[float, Field(gt=0, le=10)]


class SelfCheck(StrEnum):
    """How far the audit is tried on itself: on planted faults, and on placebos that hold none."""

    OFF = "off"
    QUICK = "quick"  # every fault once, every placebo a few times, on at most 10,000 rows
    FULL = "full"  # five times as many placebos, on ten times as many rows


class PrivacyAttacks(StrEnum):
    """Whether the audit attacks the model's privacy by training its recipe again."""

    AUTO = "auto"  # as many models, on as many rows, as fit into `privacy_seconds`
    ALL = "all"  # `shadow_models` models on all rows, whatever they cost
    NONE = "none"


class AuditOptions(Record):
    """The ``[audit]`` part."""

    policy_file: str | None = None  # a policy of one's own, as TOML; it takes the place of `policy`
    own_policy: Policy | None = None  # what stands in that file; filled in at submission
    policy: Key | None = None  # None: the dataset's policy, else the domain's default, else core.default
    threshold: float | str | None = None  # a number, or a rule fixed on validation (see audit.threshold)
    reference_groups: dict[str, str] = Field(default_factory=dict)  # attribute -> level
    bands: dict[str, tuple[float, ...]] = Field(default_factory=dict)  # attribute -> inner edges
    quasi_identifiers: tuple[str, ...] = ()  # what others know of a person; empty: as the dataset declares
    reference: str | None = None  # file of rows that the data should be like, with the protected attributes
    reference_shares: dict[str, dict[str, float]] = Field(default_factory=dict)  # attribute -> level -> share
    intersections: bool = True
    bootstrap: int = Field(default=2000, ge=100, le=100_000)
    baselines: Baselines = Baselines.AUTO
    previous: str | None = None  # folder or job id of the dossier that the report is compared with
    attack_bounds: tuple[AttackBound, ...] = (0.05, 0.1, 0.2)  # in standard deviations of each column
    country: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")  # ISO 3166 alpha-3, for the grid factor
    grid_factor: float | None = Field(default=None, ge=0, le=5)  # kgCO2e per kWh; before the country's
    grid_source: str = ""  # where that factor comes from, and of which year
    watts_per_core: float | None = Field(default=None, gt=0, le=1000)  # where nothing measures the processor
    self_check: SelfCheck = SelfCheck.QUICK
    privacy_attacks: PrivacyAttacks = PrivacyAttacks.AUTO
    shadow_models: int = Field(default=16, ge=4, le=1024)  # trained again by the attacks; at most so many
    privacy_seconds: float | None = Field(default=None, ge=0)  # None: as the training took, at least ten

    @model_validator(mode="after")
    def _one_policy(self) -> Self:
        given = [n for n in ("policy", "policy_file", "own_policy") if getattr(self, n) is not None]
        if len(given) > 1:
            raise ValueError(f"one policy is required, however: {', '.join(given)}")
        return self


class Purpose(Record):
    """The officer's part; a blank prints "not stated"."""

    intended: str = ""
    excluded: str = ""
    legal_basis: str = ""
    controller: str = ""
    data_subjects: str = ""
    retention: str = ""
    reviewers: tuple[str, ...] = ()
    override: str = ""  # who can overrule the model, and how
    minutes_per_case: float | None = Field(default=None, gt=0, le=10_080)  # a person needs to review one
    cases_per_month: int | None = Field(default=None, ge=1)  # that the model will be asked about
    tasks: str = ""  # which tasks of whom move to the model, change or end
    consultation: str = ""  # who was heard before its use: those concerned, staff, their representatives
    limitations: tuple[str, ...] = ()  # in the author's words, beside those that the audit states itself


class JobSpec(Record):
    """A whole job file."""

    job: JobSection = JobSection()
    dataset: DatasetRequest
    model: ModelRequest = ModelRequest()
    training: TrainingOptions = TrainingOptions()
    audit: AuditOptions = AuditOptions()
    purpose: Purpose = Purpose()
    examined: Examined | None = None  # a model trained elsewhere: nothing is trained


class Attempt(Record):
    """One execution of a job by a worker."""

    number: int  # from 1
    worker: str  # such as cpu0@host
    host: str
    pid: int | None  # of the supervisor
    started_at: datetime
    ended_at: datetime | None
    heartbeat_at: datetime
    outcome: str  # running, done, failed, cancelled, interrupted, lost
    reason: str  # why it ended, one sentence
    resumed_from_epoch: int | None
    error_kind: str = ""  # why it ended, as `TestamurError.kind` or a kind of loss; empty when done
    micro_batches: int = 1  # parts in which a batch passed the device


class Job(Record):
    """A stored job as everyone reads it."""

    id: str  # 12 characters, safe in paths
    name: str
    spec: JobSpec
    state: State
    stage: Stage | None  # while running
    priority: Priority
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    sent: bool  # its message reached the broker
    cancel_requested: bool
    n_attempts: int
    error: str  # reason of failure, as shown to the user
    error_kind: str  # TestamurError.kind
    dossier: str  # folder of the dossier, empty until done
    cleared: bool | None  # the verdict of the policy as a whole
    progress: dict[str, Any] = Field(default_factory=dict)  # last progress event
    attempts: tuple[Attempt, ...] = ()
    client_key: str | None = None  # see `JobSection`
    base: str = ""  # folder that relative paths of the job file start from
    plugins: dict[str, str] = Field(default_factory=dict)  # name -> version at submission
    owner: str = ""  # who asked for it
    project: str = "default"
    micro_batches: int = 1  # parts in which a batch passes the device in the next attempt


class Quota(Record):
    """What one user or project may have, and its share of the workers. None: no bound."""

    kind: str  # user or project
    name: str  # "*" for each that has no quota of its own
    max_running: int | None = Field(default=None, ge=0)
    max_queued: int | None = Field(default=None, ge=0)
    share: float = Field(default=1.0, gt=0)  # relative to the others


class Claim(Record):
    """A worker's right to execute one attempt; refused to any older token."""

    job_id: str
    attempt: int
    token: int  # fencing token: grows with each claim of the job
    worker: str
    lease_until: datetime
    devices: tuple[str, ...] = ()  # ids of the GPUs leased with it; empty on a CPU
