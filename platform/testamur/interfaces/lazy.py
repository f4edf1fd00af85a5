"""Groups of commands that know their names and one-line helps, and import a command when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from testamur.hooks.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not imported yet.

    Attributes:
        name: As it is typed.
        line: What it does, in one line; what the help of its group prints.
        target: ``module:command``, below `testamur.interfaces.commands`.
        part: Heading in the help of its group.
    """

    name: str
    line: str
    target: str
    part: str = "Commands"


class LazyGroup(click.Group):
    """A group whose help is printed from a table, without importing a command.

    Args:
        entries: Commands to be imported on use.
        parts: Headings in the order in which the help prints them; others follow as they come.
        attributes: What `click.Group` takes.
    """

    part = "Commands"  # heading in the help of the group above

    def __init__(
        self, *, entries: Sequence[Entry] = (), parts: Sequence[str] = (), **attributes: Any
    ) -> None:
        super().__init__(**attributes)
        self._parts = tuple(parts)
        self._entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table; what is there already comes in the order it was added."""
        return [*self._entries, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = entry.target.partition(":")
        command = getattr(importlib.import_module(f"testamur.interfaces.commands.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} must name a command, however: {type(command).__name__}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names, or an error that says what was probably meant."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"no command {name[:60]!r}; {did_you_mean(name, known, what='command')}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One list per part, in the order of the table."""
        parts: dict[str, list[tuple[str, str]]] = {part: [] for part in self._parts}
        for name in self.list_commands(ctx):
            entry = self._entries.get(name)
            line = entry.line if entry else self.commands[name].get_short_help_str(70)
            part = entry.part if entry else getattr(self.commands[name], "part", "Commands")
            parts.setdefault(part, []).append((name, line))
        for part, rows in parts.items():
            with formatter.section(part):
                formatter.write_dl(rows)
