"""Reads MovieLens 100K as recbole lays it out: ratings, users and films in three tab-separated files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from testamur.contracts.errors import DataError, Problem

FILES = {
    "ml-100k.inter": ("user_id:token", "item_id:token", "rating:float", "timestamp:float"),
    "ml-100k.user": ("user_id:token", "age:token", "gender:token", "occupation:token", "zip_code:token"),
    "ml-100k.item": ("item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq"),
}


def read_movielens(path: Path) -> pl.DataFrame:
    """One row per rating, with what is known of the user and of the film.

    Args:
        path: ``ml-100k.inter``; the files of users and films lie beside it.

    Returns:
        Columns user, film, rating, time, gender, age, occupation, zip, genres (joined by ``|``), decade.

    Raises:
        DataError: A file or a column is missing; every fault is listed.
    """
    inter, user, item = (_read(path.with_name(name), columns) for name, columns in FILES.items())
    films = item.select(
        "item_id",
        film=_title(),
        genres=pl.col("class").str.replace_all(" ", "|"),
        decade=pl.when(_year().is_between(1900, 2030))
        .then((_year() // 10 * 10).cast(pl.String) + "s")
        .otherwise(None),
    )
    return (
        inter.join(user, on="user_id", how="left")
        .join(films, on="item_id", how="left")
        .select(
            user="user_id",
            film="film",
            rating=pl.col("rating").cast(pl.Float64),
            time=pl.from_epoch(pl.col("timestamp").cast(pl.Float64).cast(pl.Int64), time_unit="s"),
            gender=pl.col("gender"),
            age=pl.col("age").cast(pl.Float64),
            occupation="occupation",
            zip="zip_code",
            genres="genres",
            decade="decade",
        )
    )


def _year() -> pl.Expr:
    return pl.col("release_year").cast(pl.Int64, strict=False)


def _title() -> pl.Expr:
    """Title and year; the number behind it where two films share both (18 films were entered twice)."""
    name = pl.col("movie_title") + " (" + pl.col("release_year").fill_null("?") + ")"
    return pl.when(name.is_duplicated()).then(name + " #" + pl.col("item_id")).otherwise(name)


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    if not path.is_file():
        message = f"{path.name} is required beside the ratings, however: it is not there"
        raise DataError(
            "MovieLens cannot be read",
            [Problem(path.name, message, "testamur dataset fetch retail.movielens brings all three")],
        )
    frame = pl.read_csv(path, separator="\t", quote_char=None, infer_schema=False)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        message = f"the columns {', '.join(columns)} are required, however: {', '.join(missing)} are missing"
        raise DataError("MovieLens cannot be read", [Problem(path.name, message, "fetch it again")])
    return frame.rename({name: name.partition(":")[0] for name in columns})
