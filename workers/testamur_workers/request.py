"""What a supervisor hands to a runner, and what the runner says last."""

from __future__ import annotations

from pydantic import Field

from testamur.contracts.job import JobSpec
from testamur.contracts.record import Record
from testamur_workers.confine import Bounds

DEVICE_FULL = "out_of_memory_device"  # kind of an ending after which half the rows at a time are tried


class AttemptRequest(Record):
    """One attempt of a job, complete: a runner knows no database and no broker."""

    spec: JobSpec
    job_id: str
    attempt: int
    folder: str  # working folder, where checkpoints stay
    dossier: str  # where the finished dossier goes
    home: str
    base: str  # folder against which relative paths of the job are read
    device: str
    threads: int
    lease_s: float  # it ends by itself when nothing prolongs its life for so long
    devices: tuple[str, ...] = ()  # GPUs that it may use; empty on a CPU
    variables: dict[str, str] = Field(default_factory=dict, repr=False)  # that the job itself names
    bounds: Bounds | None = None
    brought: str = ""  # copy of the object that the job names by URL
    sealer: str = ""  # public key, as PEM, of whoever seals the dossier; empty: the runner does it itself
    micro_batches: int = 1  # parts in which a batch passes the device


class Ending(Record):
    """How a runner ended, in its own words; a killed one says nothing."""

    kind: str  # "done", else the kind of a TestamurError
    message: str = ""
    exit_code: int = 0
    dossier: str = ""
    cleared: bool | None = None
