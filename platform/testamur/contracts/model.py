"""What a model is before it is built, and what training leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from testamur.contracts.constraint import FairnessKept, FairnessOptions
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.privacy import PrivacyOptions, PrivacySpent
from testamur.contracts.record import Key, Record, Reference, Slug


class InputShape(StrEnum):
    """The form in which examples reach a model."""

    ROWS = "rows"
    WINDOWS = "windows"
    SEQUENCES = "sequences"
    INTERACTIONS = "interactions"
    TOKENS = "tokens"


_TAKEN = {"model", "naive", "linear", "boosting", "bagged", "networks", "unconstrained", "all"}


class ModelOptions(BaseModel):
    """Parent of every model's options; unknown and mistyped options are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", protected_namespaces=())


class ModelSpec(Record):
    """A model as a plugin registers it (hook ``register_models``).

    ``build`` is ``module:function``; the function takes a `BuildContext` and the validated
    options and returns a ``torch.nn.Module`` whose forward is
    ``(numeric (b, n_numeric_in), categorical (b, n_categorical)) -> (b, n_outputs)`` or
    ``(b, k, n_outputs)`` for k members that are trained side by side and averaged.

    Other shapes of input have other forwards:

    - windows: ``(window (b, length, n_channels), numeric, categorical) -> (b, n_outputs)`` or
      ``(b, k, n_outputs)``; for a forecast n_outputs is horizon x quantiles, quantiles fastest, or the
      horizon where the options have ``loss = "squared"`` (means). The past of a forecast's target is
      channel 0, scaled by level and spread of the window, as the outputs are; gaps are filled.
    - sequences: ``(items (b, t), answers (b, t), mask (b, t)) -> (b, t)`` logits of the event at each
      step, from the items up to it and the answers before it. Steps begin at the left; the mask is True
      where there is one. An answer of -1 is not known; item 0 is missing or unseen in training.
    - interactions: ``(items (b, t), asked (b, t)) -> (m, n_items)`` scores of the next item after each
      of the m steps that are asked for, row by row; column j belongs to code j + 1. Steps end at the
      right; shorter histories are filled up with code 0 on the left, and an item that training never
      showed is 0 as well. A module that ranks otherwise than it is trained (a closed form, a blend) also
      has ``score_next(items) -> (b, n_items)``: scores after the last step.

    - tokens: ``(tokens (b, k, t), mask (b, k, t), numeric, categorical) -> (b, n_outputs)`` for k texts per
      row; ``tokenise`` is ``module:function`` with ``(part, options)``, returning tokens (n, k, t) int64 and
      their mask, most often from the columns that the dataset carries.

    A module that is begun from pretrained weights names them in an attribute ``base`` (a dictionary of
    texts, with the file's ``sha256``). Its parameters without gradients are then left out of checkpoint
    and dossier, and the base is held against the module that is built again.

    ``before`` and ``after`` are ``module:function`` with ``(module, table, options, *, seed, stop)``:
    called before the first and after the last epoch, to fit in closed form what is not learnt by
    gradients (into buffers of the module), or to settle on validation rows what comes last (a blend,
    a calibration). ``stop()`` is to be called now and then: it raises when the attempt must end. Shapes
    stay as ``build`` made them, and buffers are persistent. A module without trainable parameters is
    not trained at all.

    ``baselines`` names further baselines beside the core's: name -> ``module:function`` with
    ``(table, *, seed, threads)``, returning a `contracts.protocols.Predictor`.
    """

    key: Key
    title: str
    summary: str = ""
    problems: tuple[ProblemKind, ...]
    input_shape: InputShape = InputShape.ROWS
    build: Reference
    options: type[ModelOptions]
    needs_gpu: bool = False
    private: bool = False  # can be trained with differential privacy
    citation: str = ""
    tokenise: Reference | None = None  # tokens only
    before: Reference | None = None
    after: Reference | None = None
    baselines: dict[Slug, Reference] = Field(default_factory=dict)

    @field_validator("baselines")
    @classmethod
    def _own_names(cls, baselines: dict[str, str]) -> dict[str, str]:
        taken = sorted(baselines.keys() & _TAKEN)
        if taken:
            raise ValueError(
                f"baselines of other names than the core's are required, however: {', '.join(taken)}"
            )
        return baselines


@dataclass(frozen=True, slots=True, eq=False)
class BuildContext:
    """What a build function may know; JSON-ready.

    Attributes:
        n_numeric: Numeric inputs, including one flag column per feature with missing values.
        cardinalities: Codes per categorical feature.
        n_outputs: Width of the output.
        problem: Kind of problem.
        bins: Inner and outer edges per numeric input for piecewise-linear encoding, or empty.
        seed: Seed of the initial weights.
        length: Steps of a window, or the longest sequence; 0 for rows.
        n_channels: Channels of a window.
        horizon: Steps ahead of a forecast.
        quantiles: That a forecast states.
        season: Steps of the main cycle of a forecast, 0 where there is none.
        n_items: Items of a sequence or of interactions, without the code 0 (none).
        cycles: Steps of the usual cycles of a forecast's calendar (a day and a week of hours, say).
        n_known: Channels whose values at each step ahead are numeric inputs; step by step, they come after
            the features of the last row.
        n_calendar: Numbers that place each step ahead in the calendar; step by step, the last inputs.
    """

    n_numeric: int
    cardinalities: tuple[int, ...]
    n_outputs: int
    problem: ProblemKind
    bins: tuple[tuple[float, ...], ...]
    seed: int
    length: int = 0
    n_channels: int = 0
    horizon: int = 0
    quantiles: tuple[float, ...] = ()
    season: int = 0
    n_items: int = 0
    cycles: tuple[int, ...] = ()
    n_known: int = 0
    n_calendar: int = 0


class ClassWeights(StrEnum):
    """How classes are weighted in the loss."""

    NONE = "none"
    BALANCED = "balanced"


class Precision(StrEnum):
    """Number format of the forward pass; auto is bf16/fp16 on a GPU and fp32 on a CPU."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class TrainingOptions(Record):
    """The ``[training]`` part of a job."""

    epochs: int = Field(default=100, ge=1, le=100_000)
    batch_size: int | None = Field(default=None, ge=1, le=1_000_000)  # None: min(256, n/16), at least 16
    learning_rate: float = Field(default=1e-3, gt=0, le=10)
    weight_decay: float = Field(default=1e-2, ge=0, le=10)
    warmup_epochs: float = Field(default=1.0, ge=0)  # linear, then cosine to a tenth where decay is on
    cosine_decay: bool = False
    patience: int = Field(default=16, ge=1)  # epochs without a better validation loss
    gradient_clip: float = Field(default=1.0, ge=0)  # norm; 0 = off
    class_weights: ClassWeights = ClassWeights.NONE
    precision: Precision = Precision.AUTO
    threads: int | None = Field(default=None, ge=1, le=256)  # None: left to the worker
    checkpoint_every_s: float = Field(default=30.0, ge=0)  # besides the end of each epoch at most this often
    checkpoint_every_epochs: int = Field(default=1, ge=1)
    privacy: PrivacyOptions | None = None  # given: DP-SGD; every epoch is run, none is chosen
    fairness: FairnessOptions | None = None  # given: the rates of groups are held together
    refit: bool = False  # forecasts: learn once more, for as many epochs, on everything before the test


class EpochMetrics(Record):
    """What one epoch measured."""

    epoch: int  # from 1
    train_loss: float | None  # None where training is private: it is not covered by epsilon
    validation_loss: float
    learning_rate: float
    seconds: float
    best: bool  # lowest validation loss so far


class TrainingSummary(Record):
    """What training did, as the report tells it."""

    model: Key
    options: dict[str, Any]
    n_parameters: int
    epochs_run: int
    best_epoch: int
    stopped_early: bool
    device: str
    precision: str
    batch_size: int
    seconds: float
    history: tuple[EpochMetrics, ...]
    resumed_from_epoch: int | None = None
    weights_sha256: str = ""
    micro_batches: int = 1  # parts in which each batch passed the device, after it had run out of memory
    refitted_on: int = 0  # windows that the weights were learnt from anew, once the epochs were chosen
    member_epochs: tuple[int, ...] = ()  # whose weights each member kept, where members are held apart
    settled: dict[str, float] = Field(default_factory=dict)  # fixed on held-out rows after the epochs
    privacy: PrivacySpent | None = None
    fairness: FairnessKept | None = None
