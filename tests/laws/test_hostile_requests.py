"""Law: whatever a job file, a TOML text or a JSON body holds, the answer is a job or a clear list of faults.

A few cases of each in a test run; ``make fuzz`` asks for 2,000.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import ConfigurationError
from testamur.contracts.job import JobSpec
from testamur.hooks.registry import Registry
from testamur.jobs.all_faults import build_or_explain
from testamur.jobs.jobfile import apply_settings, build_spec, check_tree, read_job_file
from testamur.jobs.validate import resolve_job

N_CASES = int(os.environ.get("TESTAMUR_FUZZ_CASES", "60"))
HOSTILE = settings(max_examples=N_CASES, deadline=None, suppress_health_check=list(HealthCheck))
LONGEST_MESSAGE = 60_000  # characters; many faults, each short

WHOLE = {
    "job": {"name": "x", "seed": 3, "priority": "batch", "deadline": "2099-01-01T00:00:00Z"},
    "dataset": {
        "path": "people.csv", "target": "died", "positive": "yes", "protected": ["sex"],
        "split": {"kind": "random", "test": 0.2},
    },
    "model": {"use": "core.tabular", "options": {"hidden": 8}},
    "training": {"epochs": 3, "learning_rate": 0.01},
    "audit": {"bootstrap": 100, "reference_groups": {"sex": "f"}, "bands": {"age": [40.0, 60.0]}},
    "purpose": {"intended": "to try", "reviewers": ["me"]},
}  # fmt: skip

ODD = [
    "",
    "\x00",
    "nan",
    "../../etc/passwd",
    "env:",
    "${jndi:x}",
    "core.tabular",
    "a" * 5000,
    "\u202e",
    "{{7*7}}",
]
TEXTS = st.text(max_size=20) | st.sampled_from(ODD)
SCALARS = (
    st.none()
    | st.booleans()
    | TEXTS
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True, allow_infinity=True)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
TOML = (
    b'[job]\nseed = 3\n[dataset]\npath = "people.csv"\ntarget = "died"\n[training]\nepochs = 3\n'
    b"[audit]\nbands = {age = [40, 60]}\n"
)
SHARDS = [b"[[", b"]]", b'"""', b"= =", b"\n[job]\n", b"1e999", b"\xff\xfe", b"a.b.c=1\n"]
SETTINGS = ["training.epochs=5", "job.seed=x", "a.b.c=[1", "dataset=1", "dataset.path.x=1"]


@cache
def registry() -> Registry:
    return Registry.load(Path(tempfile.mkdtemp()))


def check_answer(error: ConfigurationError) -> None:
    """Every fault has a place and a sentence of printable text."""
    assert error.problems
    for problem in error.problems:
        assert problem.where
        assert problem.message
        assert problem.where.isprintable()
    assert len(str(error)) < LONGEST_MESSAGE


def ask(tree: Any) -> None:
    """What ``job submit`` and an API do with a tree of plain values."""
    try:
        spec = build_or_explain(check_tree(tree), registry, base=Path("/nowhere"))
        resolve_job(spec, registry(), base=Path("/nowhere"))
    except ConfigurationError as error:
        check_answer(error)
    else:
        assert isinstance(spec, JobSpec)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(tree, dict):
        found += [place for key, value in tree.items() for place in places(value, (*path, key))]
    elif isinstance(tree, list):
        found += [place for i, value in enumerate(tree) for place in places(value, (*path, i))]
    return found


def put(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    copied = dict(tree) if isinstance(tree, dict) else list(tree)
    copied[path[0]] = value if len(path) == 1 else put(copied[path[0]], path[1:], value)
    return copied


@HOSTILE
@given(TREES)
@example([[[[]]]])
@example({"dataset": {"path": "x", "target": "y", "columns": {"\ud800": "a"}}})
def test_any_json_body_is_answered(tree):
    ask(json.loads(json.dumps(tree)))


@HOSTILE
@given(st.data())
def test_a_good_request_with_bad_values_is_answered(data):
    tree = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        tree = put(tree, data.draw(st.sampled_from(places(tree))), data.draw(TREES))
        if not places(tree):
            break
    ask(tree)


@HOSTILE
@given(st.data())
def test_any_bytes_of_a_job_file_are_answered(data):
    text = bytearray(TOML)
    for _ in range(data.draw(st.integers(0, 6))):
        place, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 5))
        text[place : place + cut] = data.draw(st.binary(max_size=6) | st.sampled_from(SHARDS))
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(bytes(text))
        file.flush()
        try:
            tree = read_job_file(file.name)
        except ConfigurationError as error:
            check_answer(error)
            return
    ask(tree)


@HOSTILE
@given(st.lists(TEXTS | st.sampled_from(SETTINGS), max_size=4))
def test_any_settings_of_the_command_line_are_answered(lines):
    try:
        build_spec(apply_settings(WHOLE, lines))
    except ConfigurationError as error:
        check_answer(error)
