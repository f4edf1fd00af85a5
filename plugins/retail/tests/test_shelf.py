from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.table import Predictions
from testamur_retail.shelf.check import measure_shelf
from testamur_retail.shelf.genres import history_mix, list_genres, list_mix, miscalibration
from testamur_retail.shelf.golden import shelf_cases
from testamur_retail.shelf.read import read_movielens
from testamur_retail.shelf.reasons import explain_list

INTER = (
    "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t5\t881250949\n2\t8\t3\t881250950\n"
)
USER = (
    "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    "1\t24\tM\tartist\t1\n2\t53\tF\tother\t2\n"
)
ITEM = (
    "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "7\tTwins\t1988\tComedy Drama\n8\tTwins\t1988\tunknown\n"
)


class Sums:
    """Scores an item by the sum of the item codes in the history: item 3 needs item 6 to have been chosen."""

    def predict(self, part):
        log = part.history
        has = np.array([6 in log.codes[a:b, 0] for a, b in zip(log.start, log.stop, strict=True)])
        n = part.n_rows
        ranked = np.tile([3, 8, 4], (n, 1))
        scores = np.column_stack([np.where(has, 3.0, 1.0), np.full(n, 2.0), np.full(n, 1.5)])
        order = np.argsort(-scores, axis=1)
        return Predictions(
            ranked=np.take_along_axis(ranked, order, axis=1), scores=np.take_along_axis(scores, order, axis=1)
        )


def movielens(folder, **changed):
    for name, text in {"inter": INTER, "user": USER, "item": ITEM, **changed}.items():
        if text is not None:
            (folder / f"ml-100k.{name}").write_text(text)
    return folder / "ml-100k.inter"


def test_movielens_is_joined_and_films_of_one_name_are_told_apart(tmp_path):
    frame = read_movielens(movielens(tmp_path))
    assert frame["film"].to_list() == ["Twins (1988) #7", "Twins (1988) #8"]
    assert frame["genres"].to_list() == ["Comedy|Drama", "unknown"]
    assert frame["decade"].to_list() == ["1980s", "1980s"]
    assert frame.schema["time"] == pl.Datetime("us")


def test_a_missing_file_or_column_of_movielens_is_told(tmp_path):
    path = movielens(tmp_path, user=None)
    with pytest.raises(DataError, match="brings all three"):
        read_movielens(path)
    movielens(tmp_path, user="user_id:token\n1\n")
    with pytest.raises(DataError, match="zip_code:token are missing"):
        read_movielens(path)


def test_kinds_of_an_item_share_its_weight():
    table = shelf_cases()[0].given.table
    genres = list_genres(table)
    assert genres.names == ("Drama", "Comedy")
    assert genres.weight[0].sum() == 0
    assert history_mix(table.test, genres) == pytest.approx(np.full((table.test.n_rows, 2), 0.5))
    assert list_mix(np.array([[1, 2, 3, 6]]), genres) == pytest.approx(np.array([[0.75, 0.25]]))


def test_an_unknown_history_or_an_empty_list_has_no_distance():
    found = miscalibration(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert np.isnan(found).all()


def test_a_reason_is_the_choice_without_which_the_item_falls():
    table = shelf_cases()[0].given.table
    told = explain_list(Sums(), table, 0)
    assert [row["item"] for row in told["list"]] == ["film 3", "film 8", "film 4"]
    assert told["list"][0]["because"][0]["item"] == "film 6"
    assert told["list"][1]["because"] == []
    assert told["n_history"] == 4


def test_a_user_with_one_choice_and_an_item_that_training_never_showed():
    table = shelf_cases()[0].given.table
    log = table.test.history
    one = replace(log, start=log.stop - 1)
    codes = log.codes.copy()
    codes[log.stop[0] - 1] = 0  # unseen
    told = explain_list(
        Sums(), replace(table, test=replace(table.test, history=replace(one, codes=codes))), 0
    )
    assert told["n_history"] == 1
    assert told["history"] == ["an item that training never showed"]


def test_without_kinds_the_rest_is_still_measured():
    given = shelf_cases()[0].given
    bare = replace(
        given.table,
        **{name: replace(given.table.part(name), carried={}) for name in ("train", "validation", "test")},
    )
    outcome = measure_shelf(replace(given, table=bare))
    by_measure = {f.measure: f.status.value for f in outcome.findings}
    assert by_measure == {"tail_share": "done", "miscalibration": "not estimable"}


def test_single_lists_are_restricted_and_shared_evidence_names_no_user():
    given = replace(shelf_cases()[0].given, predictor=Sums())
    files = {file.name: file for file in measure_shelf(given).evidence}
    assert files["lists.json"].restricted
    assert not files["shelf.json"].restricted
    assert b"customer" not in files["shelf.json"].content
