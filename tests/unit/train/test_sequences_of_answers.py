"""Models of sequences learn from order, see no answer before its time, and survive saving."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature, History, RowsPart, RowsTable
from testamur.testing.fakes import RecordingObserver
from testamur.train.answers import build_answers
from testamur.train.baselines_sequence import ability_so_far, fit_ability, fit_ability_boosting, fit_easiness
from testamur.train.fit import fit_model
from testamur.train.models import SEQUENCE
from testamur.train.options import SequenceOptions
from testamur.train.restore import load_predictor
from testamur.train.sequences_form import SequencesForm, inputs_at, lay_out

N_ITEMS = 8


def answer_table(n_learners=120, length=12, seed=0, ability=1.5) -> RowsTable:
    """Learners of unlike ability answer items of unlike difficulty: a Rasch world."""
    rng = np.random.default_rng(seed)
    shown = rng.normal(0, ability, n_learners)
    hard = np.linspace(-1.5, 1.5, N_ITEMS + 1)
    item = rng.integers(1, N_ITEMS + 1, (n_learners, length))
    right = rng.random(item.shape) < 1 / (1 + np.exp(hard[item] - shown[:, None]))
    learner = np.repeat(np.arange(n_learners), length)
    step = np.arange(learner.size)
    log = History(
        values=np.zeros((step.size, 0), np.float32),
        codes=np.stack([item.ravel(), right.ravel().astype(np.int64)], axis=1),
        time=step % length * 1.0,
        series=learner,
        start=step - step % length,
        stop=step,
    )
    cuts = (int(0.6 * n_learners), int(0.8 * n_learners))
    sides = (learner < cuts[0], (learner >= cuts[0]) & (learner < cuts[1]), learner >= cuts[1])
    train, validation, test = (part_of(log, np.flatnonzero(side)) for side in sides)
    spec = DatasetSpec(
        key="made.answers",
        title="made",
        problem=Problem(kind=ProblemKind.BINARY, target="right", positive="1"),
        columns=(),
        source=Source(title="made"),
        resource="made:answers.csv",
    )
    return RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=("0", "1"),
        features=(Feature("item", "item", "categorical", N_ITEMS + 1),),
        attributes=(),
        columns=("item",),
        train=train,
        validation=validation,
        test=test,
        sha256="0" * 64,
        encoder={},
        items=tuple(f"q{i + 1}" for i in range(N_ITEMS)),
    )


def part_of(log: History, rows) -> RowsPart:
    n = len(rows)
    return RowsPart(
        row=rows,
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), bool),
        categorical=log.codes[rows][:, :1],
        target=log.codes[rows, 1],
        groups=np.zeros((n, 0), np.int16),
        absent=np.zeros((n, 1), bool),
        twin=rows,
        twin_with_target=rows,
        entity=log.series[rows],
        history=replace(log, start=log.start[rows], stop=rows),
    )


def log_loss(predicted, part) -> float:
    event = predicted.event
    return float(-np.mean(np.where(part.target == 1, np.log(event), np.log(1 - event))))


@pytest.mark.parametrize("architecture", ["attention", "recurrent"])
def test_no_answer_is_seen_before_its_time(architecture):
    table = answer_table(20)
    options = SequenceOptions(architecture=architecture, hidden=16, heads=2)
    form = SequencesForm.plan(options, table)
    module = build_answers(form.context(table, n_bins=0, seed=0), options).eval()
    items, answers, mask = (
        torch.from_numpy(a) for a in inputs_at(table.test, lay_out(table.test, form.length).at)
    )
    with torch.no_grad():
        before = module(items, answers, mask)
        for step in (0, 4, 11):
            other = answers.clone()
            other[:, step] = 1 - other[:, step]
            changed = (module(items, other, mask) != before).any(dim=0)
            assert not changed[: step + 1].any()
            if step < 11:
                assert changed[step + 1]


@pytest.mark.parametrize("length", [2, 3, 5, 12, 40])
def test_every_row_lies_in_one_stretch_with_what_came_before(length):
    part = answer_table(7).test
    layout = lay_out(part, length)
    assert np.array_equal(layout.at[layout.window, layout.place], part.history.stop)
    for i in range(part.n_rows):
        before = part.history.stop[i] - part.history.start[i]
        seen = layout.at[layout.window[i], : layout.place[i]]
        assert len(seen) >= min(before, length // 2)
        assert np.array_equal(seen, np.arange(part.history.stop[i] - len(seen), part.history.stop[i]))


@pytest.mark.parametrize("architecture", ["attention", "recurrent"])
def test_a_model_learns_ability_and_comes_back_from_disk(architecture, tmp_path):
    table = answer_table(400, seed=1)
    options = SequenceOptions(architecture=architecture, hidden=32, heads=2, length=12)
    fitted = fit_model(
        SEQUENCE,
        options,
        TrainingOptions(epochs=25, patience=6, learning_rate=3e-3, threads=1),
        table,
        seed=0,
        device="cpu",
        folder=tmp_path / "checkpoint",
        observer=RecordingObserver(),
    )
    naive = fit_easiness(table).predict(table.test)
    mine = fitted.predictor.predict(table.test)
    assert log_loss(mine, table.test) < log_loss(naive, table.test) - 0.05
    assert np.allclose(mine.probabilities.sum(axis=1), 1)
    fitted.save(tmp_path / "model")
    again = load_predictor(tmp_path / "model", SEQUENCE).predict(table.test)
    assert np.array_equal(again.probabilities, mine.probabilities)


def test_the_strong_baselines_find_ability_too():
    table = answer_table(400, seed=1)
    easiness = fit_easiness(table)
    naive = log_loss(easiness.predict(table.test), table.test)
    ability = log_loss(fit_ability(table, easiness, seed=0).predict(table.test), table.test)
    from testamur.contracts.model import ClassWeights

    boosted = fit_ability_boosting(table, easiness, seed=0, threads=1, class_weights=ClassWeights.NONE)
    assert ability < naive - 0.05
    assert log_loss(boosted.predict(table.test), table.test) < naive - 0.04


def test_ability_rests_on_earlier_answers_alone():
    table = answer_table(10)
    easiness = fit_easiness(table)
    part = table.test
    first = part.history.stop == part.history.start
    shown = ability_so_far(part, easiness)
    assert (shown[first] == 0).all()
    codes = part.history.codes.copy()
    codes[part.history.stop, 1] = 1 - codes[part.history.stop, 1]  # every answer turned round
    for i in range(part.n_rows):
        own = codes.copy()
        step = part.history.stop[i]
        own[:step, 1] = part.history.codes[:step, 1]  # what came before stays
        other = replace(part, history=replace(part.history, codes=own))
        assert np.array_equal(ability_so_far(other, easiness)[i], shown[i])


def test_heads_that_do_not_share_the_width_are_refused():
    table = answer_table(10)
    options = SequenceOptions(hidden=30, heads=4)
    context = SequencesForm.plan(options, table).context(table, n_bins=0, seed=0)
    with pytest.raises(ConfigurationError) as caught:
        build_answers(context, options)
    assert "multiple of heads" in caught.value.problems[0].message
