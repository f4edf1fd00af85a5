"""The whole walk of a ranking and of a sequence: from a CSV to a dossier that verifies and names nobody."""

import csv
import json
import random
from pathlib import Path

import pytest

from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import JobSpec
from testamur.hooks.registry import Registry
from testamur.pipeline.run_job import run_job
from testamur.report.verify import verify_dossier
from testamur.testing.fakes import RecordingObserver


def walk(tree: dict, folder: Path):
    spec = JobSpec.parse({"job": {"seed": 3}, **tree})
    return run_job(
        spec,
        job_id="abcdefghijkl",
        attempt=1,
        registry=Registry.load(folder / "home"),
        observer=RecordingObserver(),
        folder=folder / "work",
        dossier=folder / "dossier",
        home=folder / "home",
        base=folder,
    )


def write_choices(path: Path, n_users: int = 160, n_items: int = 24) -> None:
    """Users walk along a ring of films."""
    draw = random.Random(5)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["who", "film", "when", "stars", "sex", "kind"])
        for user in range(n_users):
            at = draw.randrange(n_items)
            for step in range(draw.randint(1, 12)):
                at = (at + draw.choice([1, 1, 2])) % n_items
                name, sex = f"Zebulon-{user}", "fm"[user % 2]
                out.writerow([name, f"film {at}", step, draw.choice([3, 4, 5]), sex, "ab"[at % 2]])


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranking")
    write_choices(folder / "choices.csv")
    tree = {
        "dataset": {
            "path": "choices.csv",
            "problem": "ranking",
            "target": "film",
            "entity": "who",
            "time": "when",
            "weight": "stars",
            "least_weight": 4.0,
            "protected": ["sex"],
        },
        "model": {"use": "core.recommender", "options": {"hidden": 16, "length": 8}},
        "training": {"epochs": 6, "learning_rate": 0.005},
        "audit": {"bootstrap": 200, "self_check": "off", "privacy_attacks": "none"},
    }
    return walk(tree, folder)


def test_a_ranking_leaves_with_a_dossier_that_verifies(ranking):
    assert verify_dossier(ranking.dossier).ok
    report = ranking.report
    done = {entry.check for entry in report.coverage if entry.status is CheckStatus.DONE}
    asked = (
        "data.interactions",
        "leakage.ranking",
        "ranking.accuracy",
        "ranking.coverage",
        "fairness.ranking",
    )
    assert {f"core.{name}" for name in asked} <= done
    assert "core.fairness.exposure" in done  # films have a kind
    assert {v.limit.id for v in report.verdicts} == {
        "choices_not_known_before",
        "lists_beat_popularity",
        "keeps_up_with_ease",
    }
    measures = {(f.measure, f.subject) for f in report.findings}
    assert {("baseline_ndcg_10", "popularity"), ("baseline_ndcg_10", "ease")} <= measures
    assert report.data.split == "the last choice of each is the test, the one before it validation"


def test_the_lists_beat_the_same_list_for_everyone(ranking):
    verdict = next(v for v in ranking.report.verdicts if v.limit.id == "lists_beat_popularity")
    assert verdict.value > 0.2
    assert verdict.status.value == "met"


def test_the_page_shows_lists_histories_and_exposure(ranking):
    page = (ranking.dossier / "report.html").read_text()
    for title in (
        "How good the lists are",
        "Who is shown",
        "of whom little is known",
        "Exposure over choices",
    ):
        assert title in page


def test_no_user_is_named_in_what_is_shared(ranking):
    for path in ranking.dossier.rglob("*"):
        if path.is_file() and "restricted" not in path.parts:
            assert b"Zebulon" not in path.read_bytes(), path.name


def test_lists_row_by_row_are_restricted(ranking):
    lines = (ranking.dossier / "restricted" / "predictions.csv").read_text().splitlines()
    assert lines[0].startswith("row,target,item_1,item_2")
    assert len(lines) == 1 + ranking.report.data.n_test


def test_the_encoder_holds_items_and_no_users(ranking):
    encoder = json.loads((ranking.dossier / "encoder.json").read_text())
    assert encoder["interactions"]["entity"] == "who"
    assert all(item.startswith("film") for item in encoder["interactions"]["items"])


def write_answers(path: Path, n_learners: int = 150, n_items: int = 12) -> None:
    """A Rasch world: learners of unlike ability, items of unlike difficulty."""
    draw = random.Random(6)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["learner", "item", "place", "right", "sex"])
        for learner in range(n_learners):
            ability = draw.gauss(0, 1.5)
            items = draw.sample(range(n_items), n_items)
            for place, item in enumerate(items):
                chance = 1 / (1 + 2.718 ** -(ability - (item - n_items / 2) / 4))
                row = [
                    f"Zebulon-{learner}",
                    f"q{item}",
                    place,
                    int(draw.random() < chance),
                    "fm"[learner % 2],
                ]
                out.writerow(row)


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sequence")
    write_answers(folder / "answers.csv")
    tree = {
        "dataset": {
            "path": "answers.csv",
            "target": "right",
            "positive": "1",
            "entity": "learner",
            "time": "place",
            "protected": ["sex"],
        },
        "model": {"use": "core.sequence", "options": {"hidden": 16, "heads": 2, "length": 12}},
        "training": {"epochs": 10, "learning_rate": 0.005},
        "audit": {"bootstrap": 200, "self_check": "off", "privacy_attacks": "none"},
    }
    return walk(tree, folder)


def test_a_sequence_leaves_with_a_dossier_that_verifies(sequence):
    assert verify_dossier(sequence.dossier).ok
    report = sequence.report
    assert report.data.split.startswith("by entity")
    assert report.data.subjects == "answers"
    gains = {f.subject: f.value for f in report.findings if f.measure.startswith("auc_gain_over")}
    assert set(gains) == {"naive", "boosting", "ability"}
    assert gains["naive"] > 0.02


def test_learners_of_the_test_were_not_seen_before(sequence):
    shares = {f.measure: f.value for f in sequence.report.findings if f.check.startswith("core.leakage")}
    assert shares["entity_overlap_share"] == 0.0
    assert shares["twin_with_target_share"] == 0.0


def test_no_learner_is_named_in_what_is_shared(sequence):
    for path in sequence.dossier.rglob("*"):
        if path.is_file() and "restricted" not in path.parts:
            assert b"Zebulon" not in path.read_bytes(), path.name
