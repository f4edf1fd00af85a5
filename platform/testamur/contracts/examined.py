"""A model trained elsewhere: where its predictions come from, and what the report says of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from testamur.contracts.record import Record, Reference, Sha256


class Handover(StrEnum):
    """How a model trained elsewhere was handed over."""

    PREDICTIONS = "predictions"  # columns of the file alone
    CALLABLE = "callable"
    ONNX = "onnx"
    SKOPS = "skops"


class Examined(Record):
    """The ``[examined]`` part: the model to audit, instead of one that is trained.

    One of ``probability``, ``probabilities``, ``predicted`` (columns), ``file`` and ``call`` is given.
    A job with this part trains nothing; its ``[dataset]`` names the rows that the model is examined on.
    """

    title: str = ""
    probability: str | None = None  # column of the event's probability, 0 to 1
    probabilities: dict[str, str] = Field(default_factory=dict)  # label -> column, for several classes
    predicted: str | None = None  # column of the predicted class, or of the predicted value
    file: str | None = None  # an ONNX file or a skops file
    call: Reference | None = None  # ``module:function``; runs in this process, never from the queue
    trusted: tuple[str, ...] = ()  # types that a skops file may build besides those known to be harmless
    train: str | None = None  # the rows that the model was trained on, with the same columns

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        names = ("probability", "probabilities", "predicted", "file", "call")
        given = [name for name in names if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"exactly one of {', '.join(names)} is required, however: " + (", ".join(given) or "none")
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that hold predictions: they are no features."""
        single = [name for name in (self.probability, self.predicted) if name is not None]
        return (*single, *self.probabilities.values())


class ExaminedCard(Record):
    """What the report says of a model that was trained elsewhere."""

    handover: Handover
    title: str
    source: str  # name of the file, or ``module:function``
    sha256: Sha256 | None = None  # of the file; None for a callable
    n_bytes: int | None = None
    facts: dict[str, str] = Field(default_factory=dict)  # what the file says of itself, such as its opset
    trained_on: str = ""  # name of the training file, where one was given
