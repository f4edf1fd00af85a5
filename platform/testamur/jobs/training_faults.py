"""What a private or a constrained training asks of the model and of the data, held against the request."""

from __future__ import annotations

from testamur.contracts.errors import Problem
from testamur.contracts.job import JobSpec
from testamur.contracts.model import ModelSpec


def find_training_faults(spec: JobSpec, model: ModelSpec | None) -> list[Problem]:
    """Faults of ``[training.privacy]`` and ``[training.fairness]`` that are seen before a row is read.

    Args:
        spec: The request.
        model: The model it names, or None where that is not known.
    """
    problems = []
    if spec.training.privacy is not None and model is not None and not model.private:
        message = f"a model that can be trained privately is required, however: {model.key} cannot"
        problems.append(Problem("training.privacy", message, "core.tabular can, for rows of a table"))
    if spec.training.fairness is not None:
        problems.append(Problem("training.fairness", "constraints in training are not built yet"))
    return problems
