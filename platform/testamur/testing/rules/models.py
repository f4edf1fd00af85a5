"""Rules about a plugin's models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from testamur.contracts.errors import PluginError
from testamur.contracts.model import InputShape, ModelSpec
from testamur.hooks.references import resolve
from testamur.testing.complaint import Complaint
from testamur.testing.rules.sequence_models import try_interactions, try_sequences
from testamur.testing.rules.torch_import import import_torch
from testamur.testing.rules.trial import N_EXAMPLES, Trial, trials
from testamur.testing.subject import Subject

_LOOKING_BACK = {InputShape.SEQUENCES: try_sequences, InputShape.INTERACTIONS: try_interactions}
_BOUNDS = ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"})


def describe_options(subject: Subject) -> Iterator[Complaint]:
    """Each option has a description; numbers have both bounds; the defaults are valid."""
    for spec in subject.models:
        try:
            spec.options()
        except ValidationError as error:
            names = ", ".join(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])
            yield Complaint("options", f"{spec.key}: options need defaults: {names}", "give each a default")
        for name, schema in spec.options.model_json_schema().get("properties", {}).items():
            if not schema.get("description"):
                yield Complaint(
                    "options", f"{spec.key}: option {name} has no description", "Field(description=...)"
                )
            if not _is_bounded(schema):
                yield Complaint(
                    "options", f"{spec.key}: option {name} has no bounds", "Field(ge=..., le=...)"
                )


def learn(subject: Subject) -> Iterator[Complaint]:
    """Each model's functions exist; it builds, computes, has gradients, and looks back only."""
    for spec in subject.models:
        missing = list(_missing_functions(spec))
        yield from missing
        if missing:
            continue
        if spec.input_shape in _LOOKING_BACK:
            yield from _try_looking_back(spec)
        for trial in trials(spec):
            for fault in _try_model(spec, trial):
                yield Complaint("models", f"{spec.key} ({trial.words}): {fault}", f"mend {spec.build}")


def _try_looking_back(spec: ModelSpec) -> Iterator[Complaint]:
    for problem in spec.problems:
        for fault in _LOOKING_BACK[spec.input_shape](spec, problem):
            yield Complaint("models", f"{spec.key} ({problem.value}): {fault}", f"mend {spec.build}")


def _missing_functions(spec: ModelSpec) -> Iterator[Complaint]:
    for reference in filter(
        None, (spec.build, spec.tokenise, spec.before, spec.after, *spec.baselines.values())
    ):
        try:
            resolve(reference)
        except PluginError as error:
            yield Complaint("models", f"{spec.key}: {error.message}", error.remedy or f"mend {reference}")


def _is_bounded(schema: dict[str, Any]) -> bool:
    variants = [variant for variant in schema.get("anyOf", [schema]) if variant.get("type") != "null"]
    numbers = [v for v in variants if v.get("type") in ("integer", "number") and "enum" not in v]
    return all(all(keys & (v.keys() | schema.keys()) for keys in _BOUNDS) for v in numbers)


def _try_model(spec: ModelSpec, trial: Trial) -> Iterator[str]:
    torch, n_outputs = import_torch(), trial.context.n_outputs
    with torch.random.fork_rng(devices=[]):
        model = resolve(spec.build)(trial.context, spec.options())
        model.train()
        output = model(*trial.inputs(torch))  # (8, n_outputs) or (8, k, n_outputs)
    if not _fits(tuple(output.shape), n_outputs):
        wanted = f"({N_EXAMPLES}, {n_outputs}) or ({N_EXAMPLES}, k, {n_outputs})"
        yield f"an output of shape {wanted} is required, however: {tuple(output.shape)}"
        return
    if not bool(torch.isfinite(output).all()):
        yield "a finite output is required, however: it holds NaN or infinity"
    if not any(p.requires_grad for p in model.parameters()):
        return  # fitted in closed form by ``before`` or ``after``
    output.square().mean().backward()
    gradients = [p.grad for p in model.parameters() if p.requires_grad and p.grad is not None]
    if not gradients or not any(bool(gradient.abs().sum() > 0) for gradient in gradients):
        yield "gradients are required, however: no parameter has one that is not zero"
    if not all(bool(torch.isfinite(gradient).all()) for gradient in gradients):
        yield "finite gradients are required, however: some are not"


def _fits(shape: tuple[int, ...], n_outputs: int) -> bool:
    return len(shape) in (2, 3) and shape[0] == N_EXAMPLES and shape[-1] == n_outputs
