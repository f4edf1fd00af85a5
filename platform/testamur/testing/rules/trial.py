"""Small made inputs for a model of each shape, to see it compute before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext, InputShape, ModelSpec

N_EXAMPLES = 8
_EDGES = (-2.0, -1.0, 0.0, 1.0, 2.0)
_FEATURES = ((3, (4, 2)), (3, ()))  # (numeric inputs, codes per categorical feature)
_WINDOW_FEATURES = ((0, ()), (3, (4, 2)))
_LENGTH, _CHANNELS, _HORIZON, _SEASON, _LEVELS = 12, 2, 5, 4, (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of building a model.

    Attributes:
        words: What is tried, for a complaint.
        context: What the build function is told.
    """

    words: str
    context: BuildContext

    def inputs(self, torch: Any) -> tuple[Any, ...]:
        """Drawn inputs of the forward, (8, ...) each; the same every time."""
        generator = torch.Generator().manual_seed(0)
        context = self.context
        numeric = torch.randn(N_EXAMPLES, context.n_numeric, generator=generator)  # (8, n_numeric)
        codes = [torch.randint(0, top, (N_EXAMPLES,), generator=generator) for top in context.cardinalities]
        none = torch.zeros(N_EXAMPLES, 0, dtype=torch.int64)
        categorical = torch.stack(codes, dim=1) if codes else none  # (8, n_categorical)
        if not context.length:
            return numeric, categorical
        window = torch.randn(N_EXAMPLES, context.length, context.n_channels, generator=generator)
        return window, numeric, categorical


def trials(spec: ModelSpec) -> Iterator[Trial]:
    """The trials of a model of rows or of windows; other shapes have none."""
    if spec.input_shape is InputShape.ROWS:
        for problem, (n_numeric, cardinalities) in product(spec.problems, _FEATURES):
            words = f"{problem.value}, {n_numeric} numeric, {len(cardinalities)} categorical"
            bins = (_EDGES,) * n_numeric
            yield Trial(words, BuildContext(n_numeric, cardinalities, _width(problem), problem, bins, seed=0))
    if spec.input_shape is InputShape.WINDOWS:
        squared = getattr(spec.options(), "loss", "") == "squared"
        for problem, features in product(spec.problems, _WINDOW_FEATURES):
            words = f"{problem.value}, windows, {features[0]} numeric, {len(features[1])} categorical"
            yield Trial(words, _of_windows(problem, *features, squared=squared))


def _of_windows(
    problem: ProblemKind, n_numeric: int, cardinalities: tuple[int, ...], *, squared: bool
) -> BuildContext:
    forecast = problem is ProblemKind.FORECAST
    levels = _LEVELS if forecast and not squared else ()
    return BuildContext(
        n_numeric,
        cardinalities,
        _HORIZON * max(len(levels), 1) if forecast else _width(problem),
        problem,
        (),
        seed=0,
        length=_LENGTH,
        n_channels=_CHANNELS,
        horizon=_HORIZON if forecast else 0,
        quantiles=levels,
        season=_SEASON if forecast else 0,
    )


def _width(problem: ProblemKind) -> int:
    return 3 if problem is ProblemKind.MULTICLASS else 1
