"""A job file from anybody's hand: read, or refused with every fault."""

from __future__ import annotations

import subprocess
import sys

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.errors import ConfigurationError
from testamur.contracts.job import JobSpec
from testamur.jobs.jobfile import apply_settings, build_spec, job_schema, read_job_file

EXAMPLE = """
[job]
name = "Mortality risk, NHEFS"
deadline = 2030-01-01T00:00:00Z
[dataset]
use = "health.nhefs"
[model]
use = "health.risk"
options = { hidden = 128 }
[training]
epochs = 100
[audit]
policy = "health.default"
bands = { age = [40, 50.5] }
[purpose]
intended = "..."
"""


def faults(tree) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        build_spec(tree)
    return {problem.where: f"{problem.message} -> {problem.remedy}" for problem in caught.value.problems}


def test_the_example_is_read(tmp_path):
    (tmp_path / "job.toml").write_text(EXAMPLE)
    spec = build_spec(read_job_file(tmp_path / "job.toml"))
    assert (spec.job.name, spec.training.epochs) == ("Mortality risk, NHEFS", 100)
    assert spec.model.options == {"hidden": 128}
    assert spec.audit.bands == {"age": (40.0, 50.5)}
    assert spec.job.deadline.isoformat() == "2030-01-01T00:00:00+00:00"
    assert build_spec(spec.model_dump(mode="json")) == spec


def test_every_fault_is_told_with_its_path():
    tree = {
        "job": {"priority": "urgnt", "seed": -1, "nme": "x", "deadline": "yesterday"},
        "dataset": {"use": "../../etc/passwd", "protected": "sex", "split": {"kind": "x", "sede": 1}},
        "model": {"options": 3},
        "training": {"epochs": "ten", "epohs": 3, "batch_size": 1.5, "warmup_epochs": True},
        "audit": {"threshold": [1], "bands": {"age": ["a"]}},
        "trainng": {},
    }
    told = faults(tree)
    assert told == {
        "job.priority": "one of urgent, normal, batch is required, however: a text, urgnt"
        " -> did you mean urgent?",
        "job.seed": "a number of at least 0 is required, however: -1 -> ",
        "job.nme": "the key is not known -> did you mean name?",
        "job.deadline": "a date and time is required, however: a text, yesterday -> ",
        "dataset.use": "a registered name like health.nhefs is required, "
        "however: a text, ../../etc/passwd -> ",
        "dataset.protected": "a list is required, however: a text, sex -> ",
        "dataset.split.kind": "one of random, entity, time, rolling, leave last is required, "
        "however: a text, x -> ",
        "dataset.split.sede": "the key is not known -> did you mean seed?",
        "model.options": "a table is required, however: 3 -> ",
        "training.epochs": "a whole number is required, however: a text, ten -> ",
        "training.epohs": "the key is not known -> did you mean epochs?",
        "training.batch_size": "a whole number is required, however: 1.5 -> ",
        "training.warmup_epochs": "a number is required, however: true -> ",
        "audit.threshold": "a number or a text is required, however: a list -> ",
        "audit.bands.age[0]": "a number is required, however: a text, a -> ",
        "trainng": "the key is not known -> did you mean training?",
    }


@pytest.mark.parametrize(
    ("tree", "where", "word"),
    [
        ({}, "dataset", "none was given"),
        ({"dataset": {}}, "dataset", "use, path or query is required"),
        ({"dataset": {"path": "x.csv", "query": "SELECT 1"}}, "dataset", "however: path, query"),
        ({"dataset": {"query": "SELECT 1", "target": "y"}}, "dataset", "url of its database"),
        ({"dataset": []}, "dataset", "a table is required"),
        (
            {"dataset": {"use": "a.b", "split": {"test": 0.8, "validation": 0.5}}},
            "dataset.split",
            "below 0.95",
        ),
        ([], "job", "a table is required"),
        ({"dataset": {"use": "a.b"}, "job": {"name": "a\x1b[31mb"}}, "job.name", "control characters"),
        ({"dataset": {"use": "a.b"}, "job": {"name": "x" * 201}}, "job.name", "at most 200 characters"),
        ({"dataset": {"path": "a\x00b", "target": "y"}}, "dataset.path", "NUL"),
        ({"dataset": {"path": "\ud800", "target": "y"}}, "dataset.path", "Unicode"),
        ({"audit": {"threshold": float("nan")}}, "audit.threshold", "finite"),
        ({"job": {"seed": 10**400}}, "job.seed", "64 bits"),
        ({"model": {"options": {"x": object()}}}, "model.options.x", "however: object"),
        ({"model": {3: 1}}, "model[3]", "a key of printable text"),
    ],
)
def test_single_faults(tree, where, word):
    told = faults(tree)
    assert word in told[where]


def test_a_password_in_a_url_is_not_told():
    told = faults({"dataset": {"query": 3, "url": ["postgresql://me:hunter2@x"], "target": "y"}})
    assert "hunter2" not in str(told)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"[dataset\nuse = 1", "line 1"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"\xff\xfe", "UTF-8"),
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"x = 1" + b"0" * 10_000, "64 bits"),
        (b"# " + b"x" * 2**20, "at most 1 MiB"),
        (b"[" + b".".join([b"a"] * 2000) + b"]", "levels of nesting"),
        (b"x = 0x" + b"f" * 5000, "64 bits"),
    ],
)
def test_hostile_files_are_refused(tmp_path, content, word):
    (tmp_path / "job.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=word):
        read_job_file(tmp_path / "job.toml")


@pytest.mark.parametrize("name", ["missing.toml", ".", "a\x00b", "x" * 300])
def test_files_that_cannot_be_read(tmp_path, name):
    with pytest.raises(ConfigurationError, match="readable file is required"):
        read_job_file(tmp_path / name)


def test_an_editor_may_have_left_a_byte_order_mark(tmp_path):
    (tmp_path / "job.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    assert build_spec(read_job_file(tmp_path / "job.toml")).dataset.use == "health.nhefs"


def test_settings_are_values_of_toml_or_text():
    before = {"training": {"epochs": 3}}
    after = apply_settings(
        before,
        [
            "training.epochs=5",
            "model.options={hidden=128}",
            "dataset.path=my file.csv",
            "dataset.protected=['sex', \"race\"]",
            'audit.bands."age, in years"=[40, 50]',
            "job.name=a=b",
            "purpose.intended=x\ny = 1",
        ],
    )
    assert after == {
        "training": {"epochs": 5},
        "model": {"options": {"hidden": 128}},
        "dataset": {"path": "my file.csv", "protected": ["sex", "race"]},
        "audit": {"bands": {"age, in years": [40, 50]}},
        "job": {"name": "a=b"},
        "purpose": {"intended": "x\ny = 1"},
    }
    assert before == {"training": {"epochs": 3}}


def test_every_setting_that_cannot_be_put_in_is_told():
    with pytest.raises(ConfigurationError) as caught:
        apply_settings({"training": {"epochs": 3}}, ["training.epochs.x=5", "nothing", "=3", "a b=3", "a.=1"])
    assert len(caught.value.problems) == 5


def test_schema_accepts_what_is_accepted():
    schema = job_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"dataset": {"use": "health.nhefs"}, "training": {"epochs": 5}})
    for bad in ({}, {"dataset": {"use": "X"}}, {"dataset": {"use": "a.b"}, "training": {"epochs": 0}}):
        assert not validator.is_valid(bad)


def test_reading_needs_no_database():
    code = "import sys\nfrom testamur.jobs import jobfile, validate, queue, states\n"
    code += "print([m for m in ('sqlmodel', 'sqlalchemy', 'pluggy', 'torch', 'celery') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


KEYS = st.one_of(st.text(max_size=8), st.sampled_from(["use", "path", "options", "epochs", "split", "bands"]))
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.datetimes())
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)
SECTIONS = st.sampled_from([*JobSpec.model_fields, "other"])


def refused(error: ConfigurationError) -> bool:
    return bool(error.problems) and all(problem.where and problem.message for problem in error.problems)


@given(st.dictionaries(SECTIONS, TREES, max_size=5))
def test_any_tree_is_a_job_or_is_refused(tree):
    try:
        spec = build_spec(tree)
    except ConfigurationError as caught:
        error = caught
        spec = None
    assert refused(error) if spec is None else build_spec(spec.model_dump(mode="json")) == spec


@given(st.text(alphabet="[]{}.=\"'#\n 0x_-a1é\x00", max_size=60))
def test_any_setting_is_put_in_or_is_refused(text):
    before = {"a": {"a": 1}}
    try:
        result = apply_settings(before, [text])
    except ConfigurationError as caught:
        error = caught
        result = None
    assert refused(error) if result is None else "=" in text
    assert before == {"a": {"a": 1}}
