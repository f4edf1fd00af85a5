"""Every command exists, says what it does, and is documented."""

import re
from pathlib import Path

import click
import pytest

from testamur.interfaces.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"
WITHOUT_JSON = {"worker", "demo", "exit-codes", "job logs", "job schema", "report open"}


def walk(group: click.Group, prefix: str = ""):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from walk(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(walk(main))


def test_the_promised_commands_are_there():
    promised = (
        "demo up down status run doctor version "
        "plugin:list,show,install,enable,disable,check,new dataset:list,show,preview model:list,show "
        "job:submit,list,show,watch,logs,cancel,retry,schema report:show,open,verify key:init,export"
    )
    names = set()
    for word in promised.split():
        group, _, commands = word.partition(":")
        names |= {f"{group} {command}" for command in commands.split(",")} if commands else {group}
    assert names <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_name_and_says_what_it_does(name):
    command = COMMANDS[name]
    assert command.name == name.split()[-1]
    assert command.help
    assert command.help.rstrip().endswith((".", "?"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_JSON))
def test_a_command_answers_in_json_when_asked(name):
    assert any("--json" in parameter.opts for parameter in COMMANDS[name].params)


def test_the_page_shows_every_command_with_an_example():
    documented = dict(
        re.findall(r"^\| `testamur ([a-z -]+)` \|.*\| `testamur ([^`]+)` \|$", PAGE.read_text(), re.M)
    )
    assert set(documented) == set(COMMANDS)
    for name, example in documented.items():
        assert example.startswith(name)


def test_examples_use_options_that_exist():
    for name, example in re.findall(
        r"^\| `testamur ([a-z -]+)` \|.*\| `testamur ([^`]+)` \|$", PAGE.read_text(), re.M
    ):
        known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        for option in re.findall(r"(?<= )--?[a-z][a-z-]*", example):
            assert option in known, f"{example}: {option}"


def test_the_help_imports_no_command_and_lists_all(cli):
    shown = cli("--help").output
    for name in COMMANDS:
        assert re.search(rf"^  {name.split()[0]} ", shown, re.M)


def test_a_mistyped_command_is_answered_with_the_near_one(cli):
    done = cli("plugni", "list")
    assert done.exit_code == 2
    assert "did you mean plugin?" in done.output
    assert "did you mean submit?" in cli("job", "sumbit").output


def test_the_exit_codes_of_all_errors_are_documented(cli):
    from testamur.contracts import errors

    shown, page = cli("exit-codes").output, PAGE.read_text()
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.TestamurError)
    }
    for code in codes | {0, 10, 70, 130}:
        assert re.search(rf"^  {code} ", shown, re.M), code
        assert f"| {code} |" in page, code
