"""Private and constrained trainings that cannot be are refused before a row is read, every fault at once."""

import pytest

from testamur.contracts.constraint import FairnessOptions
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, ProblemKind, Role, Source
from testamur.contracts.model import InputShape, ModelSpec
from testamur.contracts.privacy import PrivacyOptions
from testamur.jobs import training_faults
from testamur.jobs.jobfile import build_spec
from testamur.jobs.training_faults import find_training_faults
from testamur.train.models import ENSEMBLE, FORECAST, RECURRENT, TABULAR
from testamur.train.options import TabularOptions

OTHER = ModelSpec(
    key="core.other", title="Other", problems=tuple(ProblemKind), input_shape=InputShape.WINDOWS,
    build="a:b", options=TabularOptions,
)  # fmt: skip


def dataset(kind=ProblemKind.BINARY, **roles):
    columns = tuple(ColumnSpec(name=name, role=role) for name, role in roles.items())
    return DatasetSpec(
        key="made.rows", title="made", problem=Problem(kind=kind, target="y"), columns=columns,
        source=Source(title="made"), resource="made:rows.csv",
    )  # fmt: skip


def faults(training, *, model=TABULAR, data=None, **request):
    spec = build_spec({"dataset": {"use": "made.rows", **request}, "training": training})
    return {p.where: p.message for p in find_training_faults(spec, model, data or dataset())}


PRIVATE = {"privacy": {"epsilon": 3.0}}


@pytest.mark.parametrize("model", [TABULAR, RECURRENT])
def test_models_that_can(model):
    assert faults(PRIVATE, model=model) == {}


@pytest.mark.parametrize("model", [ENSEMBLE, OTHER])
def test_a_model_that_cannot_is_refused_in_one_sentence(model):
    wanted = f"a model that can be trained privately is required, however: {model.key} cannot"
    assert faults(PRIVATE, model=model) == {"training.privacy": wanted}


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr(training_faults, "find_spec", lambda name: None)
    assert "Opacus is not installed" in faults(PRIVATE)["training.privacy"]


def test_every_fault_of_privacy_at_once():
    training = {
        "privacy": {"epsilon": 1.0, "unit": "entity"}, "class_weights": "balanced", "precision": "bf16",
        "fairness": {"constraint": "demographic_parity"},
    }  # fmt: skip
    assert set(faults(training, protected=["sex"])) == {
        "training.privacy.unit", "training.class_weights", "training.precision", "training.fairness",
    }  # fmt: skip


def test_an_entity_may_be_declared_or_named():
    private = {"privacy": {"epsilon": 1.0, "unit": "entity"}}
    assert faults(private, data=dataset(person=Role.ENTITY)) == {}
    assert faults(private, entity="person") == {}


@pytest.mark.parametrize(
    ("privacy", "where"),
    [
        ({"epsilon": 0.0}, "training.privacy.epsilon"),
        ({}, "training.privacy.epsilon"),
        ({"epsilon": 1.0, "delta": 1.5}, "training.privacy.delta"),
        ({"epsilon": 1.0, "unit": "person"}, "training.privacy.unit"),
        ({"epsilon": 1.0, "clip": -1.0}, "training.privacy.clip"),
        ({"epsilon": 1.0, "noise": 1.0}, "training.privacy.noise"),
    ],
)
def test_options_of_privacy(privacy, where):
    from testamur.contracts.errors import ConfigurationError

    with pytest.raises(ConfigurationError) as caught:
        build_spec({"dataset": {"use": "made.rows"}, "training": {"privacy": privacy}})
    assert [p.where for p in caught.value.problems] == [where]


@pytest.mark.parametrize(
    ("fairness", "where"),
    [
        ({"constraint": "parity"}, "training.fairness.constraint"),
        ({}, "training.fairness.constraint"),
        ({"constraint": "equalized_odds", "bound": 0.0}, "training.fairness.bound"),
        ({"constraint": "equalized_odds", "method": "luck"}, "training.fairness.method"),
        ({"constraint": "equalized_odds", "attributes": ["a", "a"]}, "training.fairness"),
    ],
)
def test_options_of_fairness(fairness, where):
    from testamur.contracts.errors import ConfigurationError

    with pytest.raises(ConfigurationError) as caught:
        build_spec({"dataset": {"use": "made.rows"}, "training": {"fairness": fairness}})
    assert [p.where for p in caught.value.problems] == [where]


FAIR = {"fairness": {"constraint": "equalized_odds"}}


def test_a_constraint_needs_decisions_rows_and_groups():
    assert faults(FAIR, data=dataset(sex=Role.PROTECTED)) == {}
    assert (
        "a binary problem is required, however: regression"
        in faults(FAIR, data=dataset(ProblemKind.REGRESSION, sex=Role.PROTECTED))["training.fairness"]
    )
    assert "core.ensemble" in faults(FAIR, model=ENSEMBLE, protected=["sex"])["training.fairness"]
    assert "core.other" in faults(FAIR, model=OTHER, protected=["sex"])["training.fairness"]
    assert "none is named" in faults(FAIR)["training.fairness"]


def test_attributes_are_known_and_one_for_thresholds():
    fair = {"fairness": {"constraint": "demographic_parity", "attributes": ["sexx"]}}
    assert faults(fair, protected=["sex"]) == {
        "training.fairness.attributes": "a protected attribute is required, however: sexx"
    }
    both = {"fairness": {"constraint": "demographic_parity", "method": "thresholds"}}
    found = faults(both, protected=["sex", "age"])["training.fairness.attributes"]
    assert found == "one attribute is required for thresholds by group, however: age, sex"


def test_defaults_are_stated():
    assert PrivacyOptions(epsilon=1.0).delta == 1e-5
    assert FairnessOptions.parse({"constraint": "equalized_odds"}).bound == 0.05


def test_what_a_second_training_needs():
    forecast = dataset(ProblemKind.FORECAST)
    assert faults({"refit": True}, model=FORECAST, data=forecast) == {}
    asked = {"refit": True, **PRIVATE}
    settling = FORECAST.model_copy(update={"after": "a:b"})
    spec = {"dataset": {"use": "made.rows"}, "training": asked, "job": {"devices": 2}}
    found = [p.where for p in find_training_faults(build_spec(spec), settling, dataset())]
    assert found.count("training.refit") == 3  # no forecast, a model that settles, privacy
    assert "job.devices" in found
