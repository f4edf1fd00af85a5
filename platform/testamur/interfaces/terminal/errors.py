"""An error as one message: what was required, what arrived, what to do next."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from testamur.contracts.errors import MAX_LISTED, InvalidInput, PluginError, Problem, TestamurError
from testamur.interfaces.terminal.consoles import err, print_json, printable


def show_error(error: TestamurError, *, as_json: bool = False) -> None:
    """Print an error to standard error, as text or as one JSON document ``{"error": {...}}``."""
    if as_json:
        print_json({"error": describe_error(error)}, to_stderr=True)
        return
    console = err()
    summary = error.summary if isinstance(error, InvalidInput) else error.message
    console.print(Text.assemble(("error ", "bold red"), (printable(summary), "bold")), soft_wrap=True)
    problems = error.problems if isinstance(error, InvalidInput) else ()
    for problem in problems[:MAX_LISTED]:
        _show_problem(console, problem)
    if len(problems) > MAX_LISTED:
        console.print(f"  and {len(problems) - MAX_LISTED:,} more; --json lists them all")
    if error.remedy:
        console.print(_remedy(error.remedy, indent=2), soft_wrap=True)


def describe_error(error: TestamurError) -> dict[str, Any]:
    """Fields of the JSON document: kind, message, remedy, exit_code; problems or plugin where known."""
    fields: dict[str, Any] = {
        "kind": error.kind,
        "message": error.summary if isinstance(error, InvalidInput) else error.message,
        "remedy": error.remedy,
        "exit_code": error.exit_code,
    }
    if isinstance(error, InvalidInput):
        fields["problems"] = [
            {"where": problem.where, "message": problem.message, "remedy": problem.remedy}
            for problem in error.problems
        ]
    if isinstance(error, PluginError):
        fields |= {"plugin": error.plugin, "hook": error.hook}
    return fields


def _show_problem(console: Console, problem: Problem) -> None:
    where = printable(problem.where)
    console.print(Text.assemble("  - ", (where, "cyan"), f": {printable(problem.message)}"), soft_wrap=True)
    if problem.remedy:
        console.print(_remedy(problem.remedy, indent=4), soft_wrap=True)


def _remedy(text: str, *, indent: int) -> Text:
    return Text.assemble(" " * indent, ("→ ", "dim"), printable(text))
