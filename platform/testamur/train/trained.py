"""What training hands on, and how it is written down and read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import IntegrityError, StoreError
from testamur.contracts.model import BuildContext, ModelOptions, ModelSpec, TrainingSummary
from testamur.contracts.protocols import Gradients, Predictor
from testamur.contracts.table import PartName, Predictions, RowsTable
from testamur.hooks.references import resolve
from testamur.train.form import Form
from testamur.train.forms import read_form
from testamur.train.kept_state import base_of, kept_state
from testamur.train.network import NetworkPredictor

WEIGHTS = "weights.safetensors"
DESCRIPTION = "model.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model.

    Attributes:
        predictor: Predicts rows.
        summary: What training did.
        weights: The weights as safetensors.
        description: What is needed beside them to build the network again; JSON-ready.
        held_out: By part, predictions of rows that the model learnt from, made by the members that did not;
            empty where the validation part was kept out of training as a whole.
        beside: Predictors made along the way, by the name that the report gives them.
        gradients: Of the loss with respect to the numbers of a row; None where there are none.
    """

    predictor: NetworkPredictor
    summary: TrainingSummary
    weights: bytes
    description: dict[str, Any]
    held_out: Mapping[PartName, Predictions] = field(default_factory=dict)
    beside: Mapping[str, Predictor] = field(default_factory=dict)
    gradients: Gradients | None = None

    def save(self, folder: Path) -> list[Path]:
        """Write weights and description into `folder` and return their paths.

        Raises:
            StoreError: The disk is full or the folder cannot be written.
        """
        weights, description = folder / WEIGHTS, folder / DESCRIPTION
        try:
            folder.mkdir(parents=True, exist_ok=True)
            weights.write_bytes(self.weights)
            description.write_text(json.dumps(self.description, sort_keys=True, indent=1) + "\n")
        except OSError as error:
            raise StoreError(
                f"the trained model must be written, however: {error.strerror}", remedy="free space and retry"
            ) from error
        return [weights, description]


def dump_weights(module: nn.Module) -> bytes:
    """The module's own parameters and buffers as safetensors; equal weights give equal bytes."""
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in kept_state(module).items()}
    content: bytes = save(state)
    return content


def describe(
    spec: ModelSpec,
    options: ModelOptions,
    table: RowsTable,
    context: BuildContext,
    form: Form,
    base: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What `load_predictor` needs beside the weights, and which classes and encoder belong to it."""
    return {
        "format": FORMAT,
        "model": spec.key,
        "options": options.model_dump(mode="json"),
        "classes": list(table.classes),
        "encoder_sha256": encoder_digest(table),
        "context": {**asdict(context), "problem": context.problem.value},
        "shape": spec.input_shape.value,
        "layout": form.description(),
        **({"base": base} if base else {}),
    }


def load_predictor(folder: Path, spec: ModelSpec, *, device: str = "cpu") -> NetworkPredictor:
    """Build a saved model again; its predictions are the same to the last bit on the same machine.

    Args:
        folder: Holds what `TrainedModel.save` wrote.
        spec: The model's registration.
        device: Where it shall run.

    Raises:
        IntegrityError: The files are missing, of another model, or of an unknown format.
    """
    described, weights = _read_files(folder)
    if (described.get("format"), described.get("model")) != (FORMAT, spec.key):
        raise IntegrityError(
            f"a model {spec.key} of format {FORMAT} is required, however: "
            f"{described.get('model')} of format {described.get('format')}"
        )
    try:
        context, form = _read_context(described["context"]), read_form(spec, described["layout"])
        options = spec.options.model_validate_json(json.dumps(described["options"]))
        module = build_network(spec, context, options)
        _take_weights(module, load(weights), described.get("base", {}))
    except (KeyError, TypeError, ValueError, ValidationError, SafetensorError, RuntimeError) as error:
        raise IntegrityError(
            f"{WEIGHTS} and {DESCRIPTION} must fit {spec.build}, however: {type(error).__name__}",
            remedy="use the version of the plugin that the manifest names, and verify the dossier",
        ) from error
    return NetworkPredictor(module.to(device), form, device)


def _take_weights(module: nn.Module, state: dict[str, torch.Tensor], base: dict[str, str]) -> None:
    """Put saved weights into a module that was built on the same base.

    Raises:
        ValueError: The base is another one, or a tensor is missing or too many.
    """
    if base_of(module) != base or state.keys() != kept_state(module).keys():
        raise ValueError("other weights than those of the module")
    module.load_state_dict(state, strict=False)


def build_network(spec: ModelSpec, context: BuildContext, options: ModelOptions) -> nn.Module:
    """The network with its first weights, which depend on ``context.seed`` alone, whoever built it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        module: nn.Module = resolve(spec.build)(context, options)
    return module


def _read_files(folder: Path) -> tuple[dict[str, Any], bytes]:
    try:
        described = json.loads((folder / DESCRIPTION).read_text())
        weights = (folder / WEIGHTS).read_bytes()
    except (OSError, ValueError) as error:
        raise IntegrityError(
            f"{WEIGHTS} and {DESCRIPTION} are required, however: {type(error).__name__}"
        ) from error
    if not isinstance(described, dict):
        raise IntegrityError(f"{DESCRIPTION} must hold an object, however: {type(described).__name__}")
    return described, weights


def digest(content: bytes) -> str:
    """SHA-256 of weights, as the manifest will state it."""
    return hashlib.sha256(content).hexdigest()


def encoder_digest(table: RowsTable) -> str:
    """SHA-256 of the table's encoder as JSON with sorted keys."""
    return digest(json.dumps(table.encoder, sort_keys=True, default=str).encode())


def _read_context(tree: dict[str, Any]) -> BuildContext:
    return BuildContext(
        n_numeric=tree["n_numeric"],
        cardinalities=tuple(tree["cardinalities"]),
        n_outputs=tree["n_outputs"],
        problem=ProblemKind(tree["problem"]),
        bins=tuple(tuple(edges) for edges in tree["bins"]),
        seed=tree["seed"],
        length=tree["length"],
        n_channels=tree["n_channels"],
        horizon=tree["horizon"],
        quantiles=tuple(tree["quantiles"]),
        season=tree["season"],
        n_items=tree["n_items"],
        cycles=tuple(tree.get("cycles", ())),  # dossiers of older versions state none of the three
        n_known=tree.get("n_known", 0),
        n_calendar=tree.get("n_calendar", 0),
    )
