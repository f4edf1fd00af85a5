"""Differential privacy of a training: what a job asks for, and what was spent."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from testamur.contracts.record import Record


class PrivacyUnit(StrEnum):
    """Whose presence in the training rows is hidden."""

    RECORD = "record"  # one training example
    ENTITY = "entity"  # all training examples of one entity (a person, a customer)


class AccountantKind(StrEnum):
    """Who reckons what was spent."""

    PRV = "prv"  # tight; takes some seconds once
    RDP = "rdp"  # at once; tells up to a third more than was spent


class PrivacyOptions(Record):
    """The ``[training.privacy]`` part of a job: DP-SGD with Poisson sampling.

    Present means wanted: the noise is set so that the whole training spends at most ``epsilon``.
    """

    epsilon: float = Field(gt=0, le=100)
    delta: float = Field(default=1e-5, gt=0, lt=0.1)  # below 1/n units of the training part
    unit: PrivacyUnit = PrivacyUnit.RECORD
    clip: float = Field(default=1.0, gt=0, le=1e6)  # largest L2 norm of the gradient of one unit
    rows_per_entity: int = Field(default=8, ge=1, le=1024)  # of one entity in one step, drawn at random
    accountant: AccountantKind = AccountantKind.PRV


class PrivacySpent(Record):
    """What a private training spent, as the report tells it; None where it was not private.

    It speaks of the weights alone. Whatever else touched the data stands in `not_covered`.
    """

    epsilon: float  # that the job allowed
    epsilon_spent: float  # after all steps, from the accountant
    delta: float
    unit: PrivacyUnit
    n_units: int  # records, or entities, of the training part
    clip: float
    noise_multiplier: float  # standard deviation of the noise over the clip norm
    sample_rate: float  # with which each unit enters a step, by itself (Poisson)
    steps: int  # noisy steps taken, over all attempts
    rows_per_unit: int  # rows of one unit in one step, at most
    accountant: str  # its name with the library's version
    not_covered: tuple[str, ...] = ()  # what was taken from the data outside of DP-SGD, a sentence each
