from __future__ import annotations

import bz2
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError
from testamur_education.checks import dif, mastery, path
from testamur_education.golden.answers import coins, make_answers
from testamur_education.irt.causal import fit_irt
from testamur_education.reading.answers import read_answers
from testamur_education.reading.grades import prepare_gpa2, prepare_star
from testamur_education.reading.packed import read_bz2
from testamur_education.reading.ratings import prepare_insteval


def write(folder: Path, text: str) -> Path:
    (folder / "answers.csv").write_text(text)
    return folder / "answers.csv"


def test_strings_become_one_row_per_answer(tmp_path):
    frame, notes = read_answers(write(tmp_path, "learner,answers\na,10-\nb,011\n"), ReadOptions())
    assert frame["right"].to_list() == ["1", "0", "0", "0", "1", "1"]
    assert frame["item"].to_list()[:3] == ["item 01", "item 02", "item 03"]
    assert frame["position"].to_list() == [1, 2, 3] * 2
    assert "1 of 6" in notes[0]
    asked, _ = read_answers(write(tmp_path, "learner,answers\na,1?0\n"), ReadOptions())
    assert asked["right"].to_list() == ["1", None, "0"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("learner,answers\na,10\nb,1\n", "strings of one length"),
        ("learner,answers\na,1x\n", "lines hold others"),
    ],
)
def test_strings_that_are_none_are_told_without_quoting_them(tmp_path, text, told):
    with pytest.raises(DataError, match=told) as caught:
        read_answers(write(tmp_path, text), ReadOptions())
    assert "1x" not in str(caught.value)


def test_another_table_is_handed_on_as_it_is(tmp_path):
    frame, notes = read_answers(write(tmp_path, "who;q;ok\na;1;yes\n"), ReadOptions(separator=";"))
    assert frame.to_dicts() == [{"who": "a", "q": "1", "ok": "yes"}]
    assert notes == []


def test_a_file_that_is_no_table_is_told(tmp_path):
    path_ = tmp_path / "answers.csv"
    path_.write_bytes(b"\xff\xfe\x00\x01" * 50)
    with pytest.raises(DataError, match="a text table with a header"):
        read_answers(path_, ReadOptions(encoding="no-such-encoding"))


def test_a_packed_table_is_read_and_a_damaged_one_told(tmp_path):
    (tmp_path / "a.bz2").write_bytes(bz2.compress(b"a,b\n1,2\n"))
    assert read_bz2(tmp_path / "a.bz2").to_dicts() == [{"a": "1", "b": "2"}]
    (tmp_path / "b.bz2").write_bytes(bz2.compress(b"a,b\n1,2\n")[:-5])
    with pytest.raises(DataError, match="packed with bzip2"):
        read_bz2(tmp_path / "b.bz2")


def test_at_risk_is_below_the_line_and_unknown_without_a_grade():
    known = {name: [1.0, 2.0, 3.0] for name in ("sat", "verbmath", "hsize", "hsrank", "hsperc")}
    codes = {name: ["0", "1", "0"] for name in ("athlete", "female", "black")}
    frame = pl.DataFrame({**known, **codes, "colgpa": [1.99, 2.0, None], "tothrs": [3.0, 4.0, 5.0]})
    prepared = prepare_gpa2(frame)
    assert prepared["at_risk"].to_list() == ["1", "0", None]
    assert "tothrs" not in prepared.columns
    assert "at_risk" not in prepare_gpa2(frame.drop("colgpa")).columns


def test_children_need_both_tests():
    names = (
        "gender",
        "ethnicity",
        "lunchk",
        "stark",
        "mathk",
        "schoolk",
        "degreek",
        "ladderk",
        "experiencek",
    )
    rows = {name: ["x"] * 3 for name in (*names, "schoolidk")}
    frame = pl.DataFrame({**rows, "readk": [400.0, None, 410.0], "read3": [500.0, 600.0, 600.0]})
    assert prepare_star(frame)["at_risk"].to_list() == ["1", "0"]


def test_lectures_of_long_ago_come_first():
    frame = pl.DataFrame(
        {"s": ["1", "1"], "d": ["7", "8"], "y": [5.0, 2.0], "lectage": [1.0, 6.0], "studage": ["2", "2"],
         "dept": ["3", "4"]}
    )  # fmt: skip
    prepared = prepare_insteval(frame)
    assert prepared.sort("order")["lecturer"].to_list() == ["lecturer 8", "lecturer 7"]


def test_lecturers_of_one_semester_are_in_no_order():
    n = 200
    same = {name: ["2"] * n for name in ("s", "studage", "dept")}
    frame = pl.DataFrame({**same, "d": [str(i) for i in range(n)], "y": [5.0] * n, "lectage": [1.0] * n})
    order = [int(name.split()[1]) for name in prepare_insteval(frame)["lecturer"]]
    assert sorted(order) == list(range(n))
    assert abs(np.corrcoef(order, np.arange(n))[0, 1]) < 0.2


def test_irt_predicts_from_what_came_before_and_nothing_else():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=300)
    right = (rng.random((300, 12)) < 1 / (1 + np.exp(-2 * theta[:, None]))).astype(int)
    given = make_answers([("a", row.tolist()) for row in right])
    predictor, part = fit_irt(given.table, seed=0, threads=1), given.table.test
    chance = predictor.predict(part).event.reshape(300, 12)
    later = part.target.reshape(300, 12).copy()
    later[:, 6:] = 1 - later[:, 6:]
    changed = predictor.predict(replace(part, target=later.ravel())).event.reshape(300, 12)
    assert np.allclose(chance[:, :7], changed[:, :7])
    assert not np.allclose(chance[:, 7:], changed[:, 7:])
    assert np.ptp(chance[:, 0]) < 1e-12  # nothing is known before the first answer
    assert np.corrcoef(chance[:, -1], theta)[0, 1] > 0.8


def test_shuffled_rows_are_predicted_alike():
    given = make_answers(coins(5))
    predictor, part = fit_irt(given.table, seed=0, threads=1), given.table.test
    order = np.random.default_rng(3).permutation(part.n_rows)
    names = ("row", "categorical", "target", "entity", "time")
    mixed = replace(part, **{name: getattr(part, name)[order] for name in names})
    assert np.allclose(predictor.predict(mixed).event, predictor.predict(part).event[order])


@pytest.mark.parametrize("check", [mastery, path, dif])
def test_a_table_that_holds_no_answers_is_not_estimable(check):
    given = make_answers(coins(5))
    train = replace(given.table.train, entity=None)
    outcome = check.run(replace(given, table=replace(given.table, train=train)))
    assert [finding.value for finding in outcome.findings] == [None]
    assert "learner is required" in outcome.findings[0].reason


def test_single_learners_stand_in_restricted_evidence_only():
    given = make_answers(coins(5))
    for check in (mastery, path):
        files = {file.name: file for file in check.run(given).evidence}
        for name, file in files.items():
            assert (b"learner 1" in file.content) == file.restricted, name
        assert sum(file.restricted for file in files.values()) == 1
