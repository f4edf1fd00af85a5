"""Which loop a training runs in, and with batches of which size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from testamur.contracts.constraint import FairMethod, FairnessOptions
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem, TestamurError
from testamur.contracts.model import Precision, TrainingOptions
from testamur.contracts.protocols import Observer
from testamur.contracts.table import RowsTable
from testamur.train.form import Form, MemberwiseForm
from testamur.train.group_rates import Decide
from testamur.train.inputs import class_weights
from testamur.train.loop import Loop
from testamur.train.mixed import choose_precision
from testamur.train.team import Team
from testamur.train.units import Units

LARGEST_BATCH, SMALLEST_BATCH, BATCHES_PER_EPOCH = 256, 16, 16


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What is trained, on what, and where. See `fit.fit_model` for what the fields mean."""

    module: nn.Module
    form: Form
    table: RowsTable
    training: TrainingOptions
    seed: int
    device: str
    folder: Path
    observer: Observer
    bound_to: str
    team: Team
    decide: Decide | None = None


def make_loop(setting: Setting, units: Units | None) -> Loop:
    """The loop of this training: private where there are units to hide.

    Raises:
        ConfigurationError: No noise is enough for the epsilon that is asked for, or a team is to train.
    """
    training, form, table = setting.training, setting.form, setting.table
    weights = class_weights(table, training.class_weights)
    if isinstance(form, MemberwiseForm):
        train, validation = form.shared(table, setting.device, weights, setting.seed)
    else:
        train, validation = (
            form.examples(p, setting.device, weights) for p in (table.train, table.validation)
        )
    parts: dict[str, Any] = {
        "module": setting.module,
        "train": train,
        "validation": validation,
        "form": form,
        "training": training,
        "seed": setting.seed,
        "device": setting.device,
        "folder": setting.folder,
        "observer": setting.observer,
        "bound_to": setting.bound_to,
        "team": setting.team,
    }
    if units is not None:
        _refuse_team(setting.team, "privacy")
        return _make_private(parts, training, units)
    parts["batch_size"] = (training.batch_size or default_batch_size(train.n)) * setting.team.size
    parts["precision"] = choose_precision(training.precision, setting.device)
    if training.fairness is not None and training.fairness.method is FairMethod.IN_TRAINING:
        _refuse_team(setting.team, "fairness")
        return _make_fair(parts, setting, training.fairness)
    return Loop(**parts)


def _make_fair(parts: dict[str, Any], setting: Setting, asked: FairnessOptions) -> Loop:
    from testamur.train.fair_loop import FairLoop
    from testamur.train.group_rates import plan_watches
    from testamur.train.rows_form import RowsForm

    form = setting.form
    if type(form) is not RowsForm or form.layout.problem is not ProblemKind.BINARY or setting.decide is None:
        raise TestamurError(
            "a binary model of plain rows and a rule for its threshold are required under a constraint, "
            f"however: {type(form).__name__}"
        )
    watches = plan_watches(asked, setting.table)
    return FairLoop(**parts, table=setting.table, asked=asked, watches=watches, decide=setting.decide)


def _make_private(parts: dict[str, Any], training: TrainingOptions, units: Units) -> Loop:
    """Full precision, so that the norm of a gradient is what it seems; batches count units."""
    from testamur.train.private_fit import find_noise
    from testamur.train.private_loop import PrivateLoop

    assert training.privacy is not None
    size = min(training.batch_size or default_batch_size(units.n), units.n)
    noise = find_noise(training.privacy, units, size, training.epochs)
    return PrivateLoop(
        **parts,
        batch_size=size,
        precision=Precision.FP32,
        units=units,
        privacy=training.privacy,
        noise_multiplier=noise,
    )


def _refuse_team(team: Team, part: str) -> None:
    """Noise and sampling, and the multipliers of a constraint, belong to one process."""
    if team.size > 1:
        message = f"one process is required for it, however: {team.size}"
        raise ConfigurationError("The training cannot be shared", [Problem(f"training.{part}", message)])


def default_batch_size(n_rows: int) -> int:
    """Batch size where a job names none: about sixteen batches an epoch, between 16 and 256 rows."""
    return max(SMALLEST_BATCH, min(LARGEST_BATCH, n_rows // BATCHES_PER_EPOCH))
