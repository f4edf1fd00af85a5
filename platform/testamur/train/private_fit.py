"""What a private training is made of before its first step, and what it tells after its last."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem, TestamurError
from testamur.contracts.model import BuildContext, ClassWeights, ModelSpec, TrainingOptions
from testamur.contracts.privacy import PrivacyOptions, PrivacySpent, PrivacyUnit
from testamur.contracts.table import RowsTable
from testamur.train.accountant import accountant_name, least_noise, spent
from testamur.train.form import Form
from testamur.train.private_loop import PrivateLoop, steps_per_epoch
from testamur.train.rows_form import RowsForm
from testamur.train.units import Units
from testamur.train.windows_form import WindowsForm

# The numeric inputs are normal scores of the training rows: these bounds hold for any data.
OUTERMOST = 3.0


def plan_units(spec: ModelSpec, form: Form, training: TrainingOptions, table: RowsTable) -> Units:
    """The units to hide, once it is certain that this training can hide them.

    Raises:
        ConfigurationError: Delta is not below 1 over the number of units.
        DataError: Entities are to be hidden and there are none.
        TestamurError: The model cannot be trained privately.
    """
    assert training.privacy is not None
    if not spec.private or not isinstance(form, RowsForm | WindowsForm):
        raise TestamurError(f"a model that can be trained privately is required, however: {spec.key} cannot")
    units = Units(table.train, training.privacy.unit, training.privacy.rows_per_entity)
    delta = training.privacy.delta
    if delta * units.n >= 1:
        words = f"below 1/{units.n:,} ({1 / units.n:.2g}) is required, however: {delta:g}"
        remedy = "at 1/n, publishing one whole record would count as private: state a smaller delta"
        raise ConfigurationError(
            "The training cannot be private", [Problem("training.privacy.delta", words, remedy)]
        )
    return units


def find_noise(privacy: PrivacyOptions, units: Units, batch_size: int, epochs: int) -> float:
    """The noise multiplier with which all epochs together spend at most what the job allows."""
    steps = epochs * steps_per_epoch(units.n, batch_size)
    return least_noise(privacy.epsilon, batch_size / units.n, steps, privacy.delta, privacy.accountant)


def settled_bins(context: BuildContext, n_bins: int, n_flags: int) -> BuildContext:
    """Edges of the piecewise-linear encoding at quantiles of the normal, which no data are asked for.

    Numbers come as normal scores; the last `n_flags` inputs are flags of 0 and 1.
    """
    if not n_bins:
        return context
    inner = [NormalDist().inv_cdf(i / n_bins) for i in range(1, n_bins)]
    edges = (-OUTERMOST, *(edge for edge in inner if abs(edge) < OUTERMOST), OUTERMOST)
    assert all(low < high for low, high in pairwise(edges))
    numbers = context.n_numeric - n_flags
    return replace(context, bins=(edges,) * numbers + ((0.0, 1.0),) * n_flags)


def tell_spent(loop: PrivateLoop, table: RowsTable) -> PrivacySpent:
    """What was spent, from the steps that were taken."""
    privacy, rate = loop.privacy, loop.batch_size / loop.units.n
    return PrivacySpent(
        epsilon=privacy.epsilon,
        epsilon_spent=spent(loop.noise_multiplier, rate, loop.steps, privacy.delta, privacy.accountant),
        delta=privacy.delta,
        unit=privacy.unit,
        n_units=loop.units.n,
        clip=privacy.clip,
        noise_multiplier=loop.noise_multiplier,
        sample_rate=rate,
        steps=loop.steps,
        rows_per_unit=loop.units.most_rows,
        accountant=accountant_name(privacy.accountant),
        not_covered=_not_covered(loop, table),
    )


def _not_covered(loop: PrivateLoop, table: RowsTable) -> tuple[str, ...]:
    """What the weights' epsilon says nothing of, a sentence each."""
    told = [
        "How columns are encoded (the map of numbers to normal scores, what stands for missing values, the "
        "list of categories) was learnt from training rows without noise and ships with the model.",
        "Validation rows: their loss was looked at after each epoch and the decision threshold is fixed on "
        "them; no epoch was chosen by them.",
        "The figures of this report, its evidence and the baselines beside the model were computed from the "
        "data as they are.",
        "The number of training rows is taken as known.",
        "Other trainings on the same rows, and settings chosen by their figures: each spends again.",
        "Noise is made of secret bits (AES-256 in counter mode) and added in floating point (Mironov, CCS "
        "2012); who takes part in a step is drawn by a generator that is not cryptographic, its seed made of "
        "such bits.",
    ]
    if table.problem.kind is ProblemKind.REGRESSION:
        told.append("Mean and standard deviation of the target scale its predictions.")
    if isinstance(loop.form, WindowsForm):
        told.append("Scales of the channels were learnt from training windows without noise.")
        if loop.privacy.unit is PrivacyUnit.RECORD:
            told.append("A record is one window: windows that overlap share steps of a series.")
    if loop.training.class_weights is not ClassWeights.NONE:
        told.append("Classes are weighted by their shares among the training rows, counted without noise.")
    if table.train.weight is not None:
        told.append("Sample weights are divided by their mean over the training rows.")
    return tuple(told)
