"""The glossary is the code: every term names the thing that carries it, every record has a term."""

import importlib
import inspect
import pkgutil
import re
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel

import testamur.contracts as contracts

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text()
ROWS = re.findall(r"^\| \*\*(.+?)\*\* \|.*?\| `([\w.]+)` \|$", PAGE, re.M)


def resolve(dotted: str) -> object:
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for name in parts[n:]:
            thing = getattr(thing, name)
        return thing
    raise AssertionError(f"{dotted} does not exist")


def test_the_page_has_terms():
    assert len(ROWS) >= 20


@pytest.mark.parametrize(("term", "where"), ROWS)
def test_every_term_exists_in_the_code(term, where):
    assert resolve(where) is not None


def records() -> list[str]:
    found = []
    for module in pkgutil.iter_modules(contracts.__path__):
        loaded = importlib.import_module(f"testamur.contracts.{module.name}")
        for name, thing in inspect.getmembers(loaded, inspect.isclass):
            ours = thing.__module__ == loaded.__name__ and not name.startswith("_")
            if ours and not issubclass(thing, BaseException) and issubclass(thing, BaseModel | Enum):
                found.append(name)
    return sorted(set(found))


@pytest.mark.parametrize("name", records())
def test_every_record_is_in_the_glossary(name):
    assert f"`{name}`" in PAGE or f".{name}`" in PAGE
