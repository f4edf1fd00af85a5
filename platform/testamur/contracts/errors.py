"""One tree of errors. Every message says what was required, what arrived, and what to do next.

Messages name columns, rows and types, never the content of a person's cell.
Standard library only: the command line imports this at start-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_LISTED = 200  # faults written out in one message; `InvalidInput.problems` holds them all


class TestamurError(Exception):
    """Something Testamur can explain.

    Args:
        message: What was required and what arrived.
        remedy: What to do next; empty when the message already says it.
    """

    __test__ = False  # pytest would otherwise try to collect the class by its name
    exit_code = 1
    kind = "error"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(cls: type[TestamurError], state: dict[str, object]) -> TestamurError:
    error = cls.__new__(cls)
    Exception.__init__(error, state.get("message", ""))
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input; many are reported at once.

    Attributes:
        where: Path of the offending value, such as ``training.epochs`` or ``column 'age'``.
        message: What was required and what arrived.
        remedy: What to do next, or empty.
    """

    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}"
        return f"{line}\n     -> {self.remedy}" if self.remedy else line


class InvalidInput(TestamurError):
    """An input with one or more faults, all of them listed."""

    exit_code = 2
    kind = "invalid_input"

    def __init__(self, summary: str, problems: Iterable[Problem], *, remedy: str = "") -> None:
        self.summary = summary
        self.problems: Sequence[Problem] = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in self.problems[:MAX_LISTED])
        if len(self.problems) > MAX_LISTED:
            lines += f"\n  and {len(self.problems) - MAX_LISTED:,} more"
        super().__init__(f"{summary}{lines}", remedy=remedy)


class ConfigurationError(InvalidInput):
    """A job file, flag or setting that cannot be used."""

    kind = "configuration"


class DataError(InvalidInput):
    """A data set that cannot be read or used."""

    kind = "data"


class NotFound(TestamurError):
    """A name that is not known; the remedy proposes near ones."""

    exit_code = 3
    kind = "not_found"


class PluginError(TestamurError):
    """A plugin that is broken, disabled, incompatible, or that raised in a hook."""

    exit_code = 4
    kind = "plugin"

    def __init__(self, message: str, *, plugin: str = "", hook: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.plugin = plugin
        self.hook = hook


class TrainingDiverged(TestamurError):
    """The loss is not finite any more."""

    exit_code = 5
    kind = "diverged"


class OutOfMemory(TestamurError):
    """The host had no memory left."""

    exit_code = 5
    kind = "out_of_memory_host"


class DeviceOutOfMemory(OutOfMemory):
    """The device had no memory left: half the rows at a time may fit."""

    kind = "out_of_memory_device"


class Cancelled(TestamurError):
    """The job was cancelled by its owner."""

    exit_code = 6
    kind = "cancelled"


class Interrupted(TestamurError):
    """The attempt was stopped from outside and can be resumed."""

    exit_code = 6
    kind = "interrupted"


class JobFailed(TestamurError):
    """The job ended in the state failed; the message is the reason stored with it."""

    exit_code = 5
    kind = "job_failed"


class BrokerUnavailable(TestamurError):
    """The message broker does not answer; submitted jobs are kept and sent later."""

    exit_code = 7
    kind = "broker"


class StoreError(TestamurError):
    """The database or the artifact folder refused a read or a write."""

    exit_code = 7
    kind = "store"


class FetchFailed(TestamurError):
    """A package index did not answer, or does not have what a dataset declares; nothing was changed."""

    exit_code = 7
    kind = "fetch"


class IntegrityError(TestamurError):
    """A dossier, signature or data file is not what its manifest says."""

    exit_code = 8
    kind = "integrity"
