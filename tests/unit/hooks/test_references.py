from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.errors import PluginError
from testamur.hooks.references import resolve
from testamur.hooks.suggest import did_you_mean


def test_resolves_a_function():
    import json

    assert resolve("json:dumps") is json.dumps


@pytest.mark.parametrize(
    ("reference", "cause"),
    [
        ("json", "module:function is required"),
        ("json:", "module:function is required"),
        ("../x:y", "module:function is required"),
        ("json:dump s", "module:function is required"),
        ("no_such_module_here:f", "no_such_module_here"),
        ("json:dmups", "did you mean"),
        ("json:__doc__", "a function is required, however: a str"),
    ],
)
def test_a_reference_that_cannot_be_resolved_says_why(reference, cause):
    with pytest.raises(PluginError, match=cause):
        resolve(reference)


def test_an_import_that_raises_is_chained(site):
    (site / "raises_on_import.py").write_text("raise ZeroDivisionError('deep')")
    with pytest.raises(PluginError, match="ZeroDivisionError: deep") as caught:
        resolve("raises_on_import:f")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=10), max_size=30))
def test_a_proposal_is_always_one_line_of_known_names(name, known):
    answer = did_you_mean(name, known)
    assert answer
    if not known:
        assert answer == "no name is known here"


def test_a_long_list_is_cut():
    answer = did_you_mean("zzz", [f"name{n:02d}" for n in range(20)])
    assert answer.endswith("and 8 more")
