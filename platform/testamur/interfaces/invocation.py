"""What one call of the command line knows: where the home is, and how it was asked to answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from testamur.settings import Settings

Body = TypeVar("Body", bound=Callable[..., Any])
EXIT_CODES = """Exit codes
  0    done; for a job: done, and cleared by its policy
  1    an error without a code of its own
  2    an input that cannot be used: a flag, a job file, data
  3    a name that is not known
  4    a plugin is broken, disabled, incompatible, or does not conform
  5    the job failed (diverged, out of memory, attempts lost, ...)
  6    the job was cancelled or interrupted
  7    broker, database, disk or package index refused
  8    a dossier, signature or key is not what it should be
  10   the job is done, but its policy does not clear it for release
  70   a fault of Testamur itself; a log file is named
  130  stopped with Ctrl-C"""
NOT_CLEARED = 10
FAULT = 70
STOPPED = 130


@dataclass(slots=True)
class Invocation:
    """The options that stand before the command, and ``--json``.

    Attributes:
        home: Folder given with ``--home``, or None.
        debug: Show tracebacks.
        as_json: The command was asked for one JSON document.
    """

    home: Path | None = None
    debug: bool = False
    as_json: bool = False

    def settings(self) -> Settings:
        """The environment's settings, with the home given on the command line.

        Raises:
            ConfigurationError: A variable has a value that cannot be used.
        """
        environ = dict(os.environ)
        if self.home is not None:
            environ["TESTAMUR_HOME"] = str(self.home)
        return Settings.from_environment(environ)


def current() -> Invocation:
    """The running call."""
    return click.get_current_context().find_root().ensure_object(Invocation)


def json_option(body: Body) -> Body:
    """Give a command the flag ``--json`` (argument `as_json`)."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print one JSON document; errors are JSON too, on standard error.",
    )(body)
