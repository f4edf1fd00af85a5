"""The answers of a model of several classes, one class against the rest, so that one can be explained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from testamur.audit.interval import Ints
from testamur.contracts.errors import TestamurError
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart


@dataclass(slots=True, eq=False)
class Answered:
    """A model whose answers are kept in the order of the questions.

    The same questions for the next class (drawn with the same seed) cost nothing: the model has answered
    for all classes at once.

    Attributes:
        predictor: The model.
        kept: What it answered, (n, n_classes) each.
    """

    predictor: Predictor
    kept: list[np.ndarray] = field(default_factory=list)

    def of_class(self, number: int) -> OneClass:
        """The model as it speaks of one class, from the first question on."""
        return OneClass(self, number)


@dataclass(slots=True, eq=False)
class OneClass:
    """Implements `contracts.protocols.Predictor`: one class is the event, all others are none.

    Attributes:
        answered: The model and what it has answered.
        number: Code of the class.
        n_asked: Questions so far.
    """

    answered: Answered
    number: int
    n_asked: int = 0

    def predict(self, part: RowsPart) -> Predictions:
        """The probability of the class, and of all others.

        Raises:
            TestamurError: Another question than the one that was asked before comes in its place.
        """
        kept = self.answered.kept
        if self.n_asked == len(kept):
            kept.append(np.asarray(self.answered.predictor.predict(part).probabilities, np.float64))
        found = kept[self.n_asked]
        if len(found) != part.n_rows:
            raise TestamurError(
                f"the question that was asked before is required, of {len(found)} rows, "
                f"however: {part.n_rows} rows"
            )
        self.n_asked += 1
        event = found[:, self.number]
        return Predictions(probabilities=np.stack([1.0 - event, event], axis=1))


def stated_classes(said: Predictions) -> Ints:
    """(n,) the class with the highest probability."""
    stated: Ints = np.asarray(said.probabilities).argmax(axis=1).astype(np.int64)
    return stated
