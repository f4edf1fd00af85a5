from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

import testamur_education
from testamur.contracts.dataset import Role
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.testing.conformance import PluginConformance
from testamur_education.datasets.course import COURSE
from testamur_education.datasets.grades import GPA2, STAR
from testamur_education.datasets.swesat import QUANT, VERB
from testamur_education.plugin import register_datasets, register_models, register_policies

PACKAGE = Path(testamur_education.__file__).parent
EXAMPLES = sorted((PACKAGE / "examples").glob("*.toml"))


class TestEducation(PluginConformance):
    plugin = "education"


@pytest.mark.parametrize("spec", [QUANT, VERB, COURSE], ids=lambda spec: spec.key)
def test_a_bundled_file_is_the_one_that_was_described(spec):
    path = PACKAGE / spec.resource.partition(":")[2]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == spec.source.sha256
    assert any(digest in note.read_text(encoding="utf-8") for note in (PACKAGE / "data").glob("*.md"))


def test_the_two_tests_hold_different_people():
    scores = []
    for name in ("swesat_quant.csv", "swesat_verb.csv"):
        with (PACKAGE / "data" / name).open(encoding="utf-8", newline="") as file:
            scores.append([row["answers"].count("1") for row in csv.DictReader(file)])
    n, (a, b) = len(scores[0]), scores
    mean_a, mean_b = sum(a) / n, sum(b) / n
    covariance = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / n
    spread = (sum((x - mean_a) ** 2 for x in a) / n * sum((y - mean_b) ** 2 for y in b) / n) ** 0.5
    assert n == 2000
    assert abs(covariance / spread) < 0.06


def test_what_is_only_known_afterwards_is_declared_a_leak():
    assert {"colgpa", "tothrs", "white", "hsizesq"} <= GPA2.leaks.keys()
    assert {"read3", "math1", "lunch2"} <= STAR.leaks.keys()
    assert [c.name for c in GPA2.columns if c.role is Role.PROTECTED] == ["female", "black"]
    assert [c.name for c in STAR.columns if c.role is Role.PROTECTED] == ["gender", "ethnicity", "lunchk"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_job_and_uses_what_is_offered(path):
    spec = build_spec(read_job_file(path))
    assert spec.dataset.use in {dataset.key for dataset in register_datasets()}
    assert spec.model.use in {"core.recommender", *(model.key for model in register_models())}
    assert spec.audit.policy in {None, *(policy.key for policy in register_policies())}


def test_every_dataset_has_a_job():
    used = {build_spec(read_job_file(path)).dataset.use for path in EXAMPLES}
    assert used == {dataset.key for dataset in register_datasets()}
