"""Answers become sequences in which a row sees what the same learner answered before, and nothing else."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.encode import encode_frame
from testamur.data.load import load_source
from testamur.data.sequences import add_sequences
from testamur.data.split import assign_parts
from testamur.data.table import build_table


def answers(n_learners=30, n_items=6, seed=0, **more):
    rng = np.random.default_rng(seed)
    rows = [
        (f"s{s:02d}", f"q{q}", k) for s in range(n_learners) for k, q in enumerate(rng.permutation(n_items))
    ]
    frame = {
        "learner": [row[0] for row in rows],
        "item": [row[1] for row in rows],
        "place": [row[2] for row in rows],
        "right": rng.integers(0, 2, len(rows)).tolist(),
    }
    return pl.DataFrame({**frame, **more})


def rows_table(folder, frame, **asked):
    frame.write_csv(folder / "t.csv")
    named = {"path": "t.csv", "target": "right", "entity": "learner", "time": "place", "positive": "1"}
    source = load_source(DatasetRequest(**{**named, **asked}), None, base=folder)
    return build_table(source, assign_parts(source, seed=0), bands={})


def parts_of(table):
    return [table.train, table.validation, table.test]


def test_the_rows_of_a_learner_are_put_in_order(tmp_path):
    frame = answers().sample(fraction=1.0, shuffle=True, seed=3)
    table = add_sequences(rows_table(tmp_path, frame))
    by_place = {
        (name, place): (item, right)
        for name, item, place, right in frame.select("learner", "item", "place", "right").iter_rows()
    }
    lines = frame.rows(named=True)
    for part in parts_of(table):
        log = part.history
        for i in range(part.n_rows):
            line = lines[part.row[i]]
            assert log.stop[i] - log.start[i] == line["place"]
            for place, step in enumerate(range(log.start[i], log.stop[i])):
                item, right = by_place[line["learner"], place]
                assert table.items[log.codes[step, 0] - 1] == item
                assert log.codes[step, 1] == right
            assert table.items[log.codes[log.stop[i], 0] - 1] == line["item"]


def test_without_a_time_the_order_of_the_file_counts_and_is_told(tmp_path):
    table = add_sequences(rows_table(tmp_path, answers().drop("place"), time=None))
    assert any("order of the file" in note for note in table.notes)
    log = table.train.history
    assert np.array_equal(log.stop - log.start, np.tile(np.arange(6), table.train.n_rows // 6))


def test_twins_are_learners_who_answered_all_alike(tmp_path):
    frame = answers()
    copy = frame.filter(pl.col("learner") == "s00").with_columns(learner=pl.lit("twin"))
    table = add_sequences(rows_table(tmp_path, pl.concat([frame, copy])))
    whole = np.concatenate([part.twin for part in parts_of(table)])
    _, counts = np.unique(whole, return_counts=True)
    assert sorted(counts)[-6:] == [2] * 6
    assert (counts == 2).sum() == 6


def test_what_a_sequence_needs_is_told_at_once(tmp_path):
    frame = answers().with_columns(item=pl.col("item").str.slice(1).cast(pl.Int64))
    table = rows_table(tmp_path, frame)
    bare = replace(table, **{n: replace(table.part(n), entity=None) for n in ("train", "validation", "test")})
    with pytest.raises(DataError) as caught:
        add_sequences(bare)
    assert [problem.where for problem in caught.value.problems] == ["dataset.entity", "features"]
    assert "categorical = " in caught.value.problems[1].remedy


def test_new_answers_are_encoded_with_their_history(tmp_path):
    table = add_sequences(rows_table(tmp_path, answers()))
    new = pl.DataFrame(
        {
            "learner": ["b", "a", "b", "a"],
            "item": ["q1", "q2", "q3", "never seen"],
            "place": [1, 0, 0, 1],
            "right": ["1", "0", "1", None],
        }
    )
    part = encode_frame(table.encoder, new)
    log = part.history
    assert (log.stop - log.start).tolist() == [1, 0, 0, 1]
    assert log.codes[log.stop[3]].tolist() == [0, -1]  # an unknown item, not answered yet
    assert table.items[log.codes[log.start[3], 0] - 1] == "q2"


def test_new_answers_without_their_learner_are_refused(tmp_path):
    table = add_sequences(rows_table(tmp_path, answers()))
    with pytest.raises(DataError) as caught:
        encode_frame(table.encoder, pl.DataFrame({"item": ["q1"], "place": [0]}))
    assert "learner" in caught.value.problems[0].where
