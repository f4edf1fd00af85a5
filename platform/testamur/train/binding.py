"""What the weights of a training depend on, as one fingerprint: a checkpoint is bound to it."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import nn

from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.checkpoint import fingerprint
from testamur.train.kept_state import base_of
from testamur.train.normal_noise import MADE_OF
from testamur.train.team import Team
from testamur.train.trained import encoder_digest


def bind(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    module: nn.Module,
    seed: int,
    device: str,
    team: Team,
) -> str:
    """What the weights depend on; threads and the rhythm of checkpoints are left out."""
    free = {"threads", "checkpoint_every_s", "checkpoint_every_epochs"}
    return fingerprint(
        model=spec.key,
        build=spec.build,
        before=spec.before,
        options=options.model_dump(mode="json"),
        training=training.model_dump(mode="json", exclude=free),
        data=table.sha256,
        problem=table.problem.model_dump(mode="json"),
        rows=[_rows_digest(table.train), _rows_digest(table.validation)],
        groups=[_groups_digest(part) for part in (table.train, table.validation)]
        if training.fairness
        else [],
        encoder=encoder_digest(table),
        base=base_of(module),
        network={name: list(tensor.shape) for name, tensor in module.state_dict().items()},
        seed=seed,
        device=device.partition(":")[0],
        torch=torch.__version__,
        **({"team": team.size} if team.size > 1 else {}),
        **({"noise": MADE_OF} if training.privacy else {}),
    )


def _groups_digest(part: RowsPart) -> str:
    """SHA-256 of the groups, which a constraint looks at."""
    return hashlib.sha256(np.ascontiguousarray(part.groups).tobytes()).hexdigest()


def _rows_digest(part: RowsPart) -> str:
    """SHA-256 of all that training sees of a part."""
    whole = hashlib.sha256()
    arrays = [part.row, part.numeric, part.missing, part.categorical, part.target, part.weight]
    arrays += [part.entity, part.time]  # folds follow them
    if part.history is not None:
        log = part.history
        arrays += [log.values, log.codes, log.time, log.series, log.start, log.stop]
    for array in arrays:
        whole.update(
            b"none" if array is None else np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        )
    return whole.hexdigest()
