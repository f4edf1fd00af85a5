"""``testamur model list`` and ``show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.model import ModelSpec
    from testamur.hooks.registry import Registry


@click.command(name="list")
@json_option
def list_models(as_json: bool) -> None:
    """The models of the core and of the installed plugins."""
    from testamur.interfaces.terminal.cards import show_rows
    from testamur.interfaces.terminal.consoles import print_json

    specs = _registry().models()
    if as_json:
        print_json([_describe(spec) for spec in specs.values()])
        return
    rows = [(s.key, s.title, ", ".join(kind.value for kind in s.problems)) for s in specs.values()]
    show_rows(("Model", "Title", "Predicts"), rows)


@click.command()
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """One model, and the options that a job may set."""
    from testamur.interfaces.terminal.cards import show_card, show_rows
    from testamur.interfaces.terminal.consoles import print_json

    spec = _registry().model(key)
    fields = _describe(spec)
    schema = spec.options.model_json_schema()
    if as_json:
        print_json({**fields, "options": schema})
        return
    show_card(
        f"{spec.key}: {spec.title}",
        {
            "Summary": spec.summary,
            "Predicts": ", ".join(fields["problems"]),
            "Takes": spec.input_shape.value,
            "Needs a GPU": "yes" if spec.needs_gpu else "no",
            "Citation": spec.citation,
        },
    )
    click.echo()
    rows = [_option_row(name, option) for name, option in schema.get("properties", {}).items()]
    show_rows(("Option", "Default", "Allowed", "What it does"), rows)


def _registry() -> Registry:
    from testamur.hooks.registry import Registry

    return Registry.load(current().settings().home)


def _describe(spec: ModelSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "title": spec.title,
        "summary": spec.summary,
        "problems": [kind.value for kind in spec.problems],
        "input_shape": spec.input_shape.value,
        "needs_gpu": spec.needs_gpu,
        "private": spec.private,
        "citation": spec.citation,
    }


def _option_row(name: str, option: dict[str, Any]) -> tuple[str, ...]:
    return name, str(option.get("default", "required")), _allowed(option), str(option.get("description", ""))


def _allowed(option: dict[str, Any]) -> str:
    if "enum" in option:
        return ", ".join(map(str, option["enum"]))
    words = [str(option.get("type", ""))]
    for name, word in (
        ("minimum", "from"),
        ("exclusiveMinimum", "above"),
        ("maximum", "to"),
        ("exclusiveMaximum", "below"),
    ):
        if name in option:
            words.append(f"{word} {option[name]}")
    return " ".join(word for word in words if word)
