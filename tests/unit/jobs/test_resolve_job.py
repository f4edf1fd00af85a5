"""A request held against what is installed: every name known, every option valid, or every fault told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from testamur import hookimpl
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, PluginError
from testamur.contracts.job import JobSpec
from testamur.hooks.registry import Registry
from testamur.jobs.jobfile import build_spec
from testamur.jobs.training_faults import find_training_faults
from testamur.jobs.validate import named_plugins, resolve_job


def faults(tree, registry, base) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        resolve_job(build_spec(tree), registry, base=base)
    return {problem.where: f"{problem.message} -> {problem.remedy}" for problem in caught.value.problems}


def own(tmp_path, **more):
    (tmp_path / "my.csv").write_text("y,sex\n1,f\n")
    return {"path": "my.csv", "target": "y", **more}


def test_a_registered_dataset(registry, tmp_path):
    tree = {"dataset": {"use": "health.nhefs"}, "model": {"use": "health.risk", "options": {"hidden": 128}}}
    resolved = resolve_job(build_spec(tree), registry, base=tmp_path)
    assert resolved.dataset.key == "health.nhefs"
    assert (resolved.options.hidden, resolved.options.dropout) == (128, 0.1)
    assert (resolved.policy, resolved.domain, resolved.kind) == (
        "health.default",
        "health",
        ProblemKind.BINARY,
    )


def test_data_of_ones_own(registry, tmp_path):
    resolved = resolve_job(build_spec({"dataset": own(tmp_path)}), registry, base=tmp_path)
    assert resolved.spec.dataset.path == str(tmp_path / "my.csv")
    assert (resolved.dataset, resolved.kind) == (None, None)
    assert (resolved.policy, resolved.domain) == ("core.default", "core")


@pytest.mark.parametrize(
    ("dataset", "audit", "expected"),
    [
        ("health.nhefs", {}, "health.default"),
        ("health.strict", {}, "health.strict"),
        ("health.strict", {"policy": "core.default"}, "core.default"),
    ],
)
def test_which_policy(registry, tmp_path, dataset, audit, expected):
    spec = build_spec({"dataset": {"use": dataset}, "audit": audit})
    assert resolve_job(spec, registry, base=tmp_path).policy == expected


def test_every_fault_at_once(registry, tmp_path):
    tree = {
        "job": {"deadline": "2020-01-01T00:00:00Z"},
        "dataset": own(
            tmp_path,
            protected=["sex", "y"],
            ignore=["sex"],
            problem="ranking",
            positive="1",
            split={"kind": "time"},
            path="mi.csv",
        ),
        "model": {
            "use": "core.tabular",
            "options": {"hidden": "many", "dropuot": 0.5, "shape": "wid", "layers": [1, "x"]},
        },
        "audit": {"policy": "core.defalt", "reference_groups": {"race": "white"}, "bands": {"sex": [2, 1]}},
    }
    told = faults(tree, registry, tmp_path)
    assert set(told) == {
        "job.deadline",
        "dataset.path",
        "dataset.protected",
        "dataset.positive",
        "dataset.split.kind",
        "model.use",
        "model.options.hidden",
        "model.options.dropuot",
        "model.options.shape",
        "model.options.layers[1]",
        "audit.policy",
        "audit.reference_groups.race",
        "audit.bands.sex",
    }
    assert "did you mean my.csv?" in told["dataset.path"]
    assert "did you mean dropout?" in told["model.options.dropuot"]
    assert "did you mean wide?" in told["model.options.shape"]
    assert "did you mean core.default" in told["audit.policy"]
    assert "the job asks for ranking" in told["model.use"]


def test_unknown_names_are_guessed(registry, tmp_path):
    told = faults({"dataset": {"use": "health.nhfs"}, "model": {"use": "health.rsk"}}, registry, tmp_path)
    assert "did you mean health.nhefs" in told["dataset.use"]
    assert "did you mean health.risk" in told["model.use"]


def test_a_broken_plugin_is_named_with_its_reason(registry, tmp_path):
    class Broken:
        @hookimpl
        def register_datasets(self):
            raise PluginError("plugin health is broken: no module named nothing", remedy="reinstall it")

    with pytest.raises(PluginError):
        Registry.from_objects({"health": Broken()})

    class Quarantined:
        """A registry in which the plugin has been left out."""

        model, policy, policies, plugins = (
            registry.model,
            registry.policy,
            registry.policies,
            registry.plugins,
        )

        def dataset(self, key):
            raise PluginError(
                f"dataset {key} cannot be used: plugin health is broken: boom", remedy="mend it"
            )

    told = faults({"dataset": {"use": "health.nhefs"}}, Quarantined(), tmp_path)
    assert told == {
        "dataset.use": "dataset health.nhefs cannot be used: plugin health is broken: boom -> mend it"
    }


@pytest.mark.parametrize(
    ("request_", "where", "word"),
    [
        ({"path": "missing/my.csv"}, "dataset.path", "cannot be read"),
        ({"path": "."}, "dataset.path", "a folder"),
        ({"path": "x" * 300}, "dataset.path", "a file is required"),
        ({"path": "~nobody-of-this-name/x"}, "dataset.path", "a file is required"),
        ({"features": ["y"]}, "dataset.features", "is the target"),
        ({"weight": "y"}, "dataset.weight", "is the target"),
        ({"ignore": ["a"], "time": "a"}, "dataset.time", "also in dataset.ignore"),
        ({"protected": ["sex", "sex"]}, "dataset.protected", "named twice"),
        ({"split": {"kind": "entity"}}, "dataset.split.kind", 'entity = "COLUMN"'),
    ],
)
def test_contradictions(registry, tmp_path, request_, where, word):
    told = faults({"dataset": own(tmp_path) | request_}, registry, tmp_path)
    assert word in told[where]


def test_a_declared_time_column_serves_a_split(registry, tmp_path):
    tree = {"dataset": {"use": "health.nhefs", "split": {"kind": "time"}}, "audit": {"bands": {"sex": [1.0]}}}
    assert resolve_job(build_spec(tree), registry, base=tmp_path).dataset is not None


def test_deadlines(registry, tmp_path):
    def resolve(text):
        spec = build_spec({"dataset": {"use": "health.nhefs"}, "job": {"deadline": text}})
        return resolve_job(spec, registry, base=tmp_path, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    assert resolve("2026-01-01T00:00:01Z").spec.job.deadline is not None
    with pytest.raises(ConfigurationError, match="has passed"):
        resolve("2026-01-01T00:30:00+01:00")
    with pytest.raises(ConfigurationError, match="a zone is required"):
        resolve("2027-01-01T00:00:00")


def test_plugins_that_a_job_names():
    spec = build_spec({"dataset": {"use": "health.nhefs"}, "audit": {"policy": "finance.default"}})
    assert named_plugins(spec) == {"health", "finance"}


def test_a_target_is_named_in_the_job_or_beside_the_data(registry, tmp_path):
    request = own(tmp_path)
    del request["target"]
    assert "none was given" in faults({"dataset": request}, registry, tmp_path)["dataset.target"]
    query = {"query": "SELECT 1", "url": "sqlite:///x"}
    assert "none was given" in faults({"dataset": query}, registry, tmp_path)["dataset.target"]
    (tmp_path / "my.csv.toml").write_text('target = "y"')
    assert resolve_job(build_spec({"dataset": request}), registry, base=tmp_path).kind is None


@pytest.mark.parametrize(
    ("threshold", "words"),
    [("yuden", "did you mean youden"), ("sensitivity>=1.4", "between 0 and 1"), (1.5, "from 0 to 1")],
)
def test_a_threshold_that_is_none_is_told_before_training(registry, tmp_path, threshold, words):
    told = faults({"dataset": own(tmp_path), "audit": {"threshold": threshold}}, registry, tmp_path)
    assert words in told["audit.threshold"]


def test_quasi_identifiers_are_columns_of_the_dataset(registry, tmp_path):
    tree = {"dataset": {"use": "health.nhefs"}, "audit": {"quasi_identifiers": ["nowhere"]}}
    assert "there is no 'nowhere'" in faults(tree, registry, tmp_path)["audit.quasi_identifiers"]


def test_groups_that_the_file_beside_the_data_names_are_left_to_its_reader(registry, tmp_path):
    dataset = own(tmp_path)
    (tmp_path / "my.toml").write_text('protected = ["sex"]')
    tree = {"dataset": dataset, "audit": {"reference_groups": {"sex": "f"}}}
    assert resolve_job(build_spec(tree), registry, base=tmp_path).kind is None


@pytest.mark.parametrize(
    ("name", "content"), [("my_other.toml", 'target = "y"'), ("my.toml", '[dataset]\npath = "my.csv"')]
)
def test_a_file_that_is_not_beside_the_data_names_no_target(registry, tmp_path, name, content):
    dataset = own(tmp_path)
    del dataset["target"]
    (tmp_path / name).write_text(content)
    assert "none was given" in faults({"dataset": dataset}, registry, tmp_path)["dataset.target"]


@pytest.mark.parametrize(("kind", "model"), [("ranking", "core.recommender"), ("forecast", "core.forecast")])
def test_a_problem_of_its_own_has_a_model_of_its_own(tmp_path, kind, model):
    tree = {"dataset": own(tmp_path, problem=kind, entity="sex")}
    core = Registry.load(None, only=set())
    assert resolve_job(build_spec(tree), core, base=tmp_path).model.key == model
    told = faults({**tree, "model": {"use": "core.tabular"}}, core, tmp_path)
    assert model in told["model.use"]
    assert f"the job asks for {kind}" in told["model.use"]


@pytest.mark.parametrize("devices", [0, 65, 1.5])
def test_a_number_of_devices_that_cannot_be_is_refused(devices):
    with pytest.raises(ValueError, match="devices"):
        JobSpec.parse({"dataset": {"path": "x.csv", "target": "y"}, "job": {"devices": devices}})


def test_private_training_takes_one_device():
    spec = {"dataset": {"path": "x.csv", "target": "y"}, "job": {"devices": 2}}
    private = JobSpec.parse({**spec, "training": {"privacy": {"epsilon": 3.0}}})
    faults = find_training_faults(private, None, None)
    assert "job.devices" in {fault.where for fault in faults}
    assert "job.devices" not in {
        fault.where for fault in find_training_faults(JobSpec.parse(spec), None, None)
    }
