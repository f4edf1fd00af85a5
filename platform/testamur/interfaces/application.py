"""The outermost group: every error leaves here as one clear message and an exit code."""

from __future__ import annotations

from typing import Any

import click

from testamur.contracts.errors import ConfigurationError, Problem, TestamurError
from testamur.interfaces.invocation import FAULT, STOPPED, Invocation
from testamur.interfaces.lazy import LazyGroup


class Application(LazyGroup):
    """A group that turns errors into messages: with a remedy where it is known, else with a log file."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; end with the exit code of its error."""
        invocation = ctx.ensure_object(Invocation)
        invocation.as_json = "--json" in ctx.args  # known before a flag beside it is refused
        try:
            return super().invoke(ctx)
        except TestamurError as error:
            if invocation.debug:
                raise
            _show(error, invocation)
            ctx.exit(error.exit_code)
        except click.UsageError as error:
            if not invocation.as_json:
                raise
            _show(ConfigurationError("The command cannot be used", [_flag_fault(error)]), invocation)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nstopped", err=True)
            ctx.exit(STOPPED)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except Exception as fault:  # the last guard: the fault is logged and shown
            if invocation.debug:
                raise
            _show(_log_fault(fault, invocation), invocation)
            ctx.exit(FAULT)


def _flag_fault(error: click.UsageError) -> Problem:
    path = error.ctx.command_path if error.ctx else "testamur"
    return Problem(path, error.format_message(), f"{path} --help")


def _show(error: TestamurError, invocation: Invocation) -> None:
    from testamur.interfaces.terminal.errors import show_error

    show_error(error, as_json=invocation.as_json)


def _log_fault(fault: Exception, invocation: Invocation) -> TestamurError:
    """Write a traceback to a log file that only its owner can read, and name the file in an error."""
    from testamur.interfaces.fault_log import write_fault

    path = write_fault(fault, invocation.settings().home)
    kept = f"the traceback is in {path}" if path else "run the command again with --debug to see where"
    return UnexpectedFault(f"this is a fault of Testamur: {type(fault).__name__}", remedy=kept)


class UnexpectedFault(TestamurError):
    """Something that Testamur did not foresee."""

    exit_code = FAULT
    kind = "fault"
