"""From passages and questions to one row per question and candidate passage."""

from __future__ import annotations

import hashlib

import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur_education.qa.candidates import find_candidates
from testamur_education.qa.index import build_index
from testamur_education.qa.meaning import read_meaning

COLUMNS = ("kind", "id", "subject", "text", "passage", "source")
KINDS = ("passage", "question")
WITHHELD_EVERY = 4  # of the questions with a passage, one in so many has it withheld
HAS, WITHHELD, OPEN = "has a passage", "withheld", "open"


def make_pairs(passages: pl.DataFrame, questions: pl.DataFrame, *, meaning: bool = False) -> pl.DataFrame:
    """Pair every question with its candidate passages.

    One question in `WITHHELD_EVERY` (by a digest of its id, not by chance) is asked of a corpus without
    its own passage: what a question that the corpus does not answer looks like. That is a simulation, and
    called so. From a corpus of one passage none is withheld.

    Args:
        passages: Columns `COLUMNS` as text; ``passage`` is not used.
        questions: The same; ``passage`` is the id of the passage that answers, or empty.
        meaning: Whether passages near the question in MiniLM's space are candidates, too.

    Returns:
        One row per pair; `relevant` is "1" where the candidate is the question's own passage, and
        missing where it is not known which passage answers.

    Raises:
        DataError: No passage or no question, ids that repeat, passages that are named and missing,
            empty texts; all faults at once.
        ConfigurationError: Meaning is asked for, and a package of the extra ``nlp`` is not installed.
    """
    passages, questions = _cleaned(passages), _cleaned(questions)
    _refuse_faults(passages, questions)
    texts, asked = passages.get_column("text").to_list(), questions.get_column("text").to_list()
    place = {name: at for at, name in enumerate(passages.get_column("id").to_list())}
    own = [place.get(name, -1) for name in questions.get_column("passage").to_list()]
    ids = questions.get_column("id").to_list()
    left = len(texts) > 1  # of one passage nothing would be left to read
    hidden = [at if left and at >= 0 and is_withheld(name) else -1 for at, name in zip(own, ids, strict=True)]
    near = read_meaning(asked, texts) if meaning else None
    pairs = find_candidates(build_index(texts), asked, texts, withheld=hidden, meaning=near, own=own)
    return _described(pairs, passages, questions, own, hidden)


def is_withheld(name: str) -> bool:
    """True for one question in `WITHHELD_EVERY`, always the same."""
    return hashlib.sha256(name.encode()).digest()[0] % WITHHELD_EVERY == 0


def corpus_digest(passages: pl.DataFrame) -> str:
    """Twelve hexadecimal digits of the SHA-256 of all passages' texts, in order."""
    whole = hashlib.sha256()
    for text in passages.get_column("text"):
        whole.update(text.encode() + b"\x00")
    return whole.hexdigest()[:12]


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(pl.String).fill_null("").str.strip_chars() for name in COLUMNS)


def _described(
    pairs: pl.DataFrame, passages: pl.DataFrame, questions: pl.DataFrame, own: list[int], hidden: list[int]
) -> pl.DataFrame:
    question_at, passage_at = pairs.get_column("question_at"), pairs.get_column("passage_at")
    asked, found = questions[question_at.to_list()], passages[passage_at.to_list()]
    states = [
        OPEN if at < 0 else WITHHELD if away >= 0 else HAS for at, away in zip(own, hidden, strict=True)
    ]
    answer = pl.Series(own, dtype=pl.Int64).gather(question_at)
    return pairs.drop("question_at", "passage_at").with_columns(
        asked.get_column("subject").alias("subject"),
        asked.get_column("id").alias("question_id"),
        asked.get_column("text").alias("question"),
        found.get_column("id").alias("passage_id"),
        found.get_column("text").alias("passage_text"),
        found.get_column("source").alias("passage_source"),
        pl.Series("state", states).gather(question_at),
        pl.lit(corpus_digest(passages)).alias("corpus"),
        pl.select(
            pl.when(answer >= 0).then((answer == passage_at.cast(pl.Int64)).cast(pl.Int8).cast(pl.String))
        )
        .to_series()
        .alias("relevant"),
    )


def _refuse_faults(passages: pl.DataFrame, questions: pl.DataFrame) -> None:
    faults = []
    for kind, rows in (("passage", passages), ("question", questions)):
        if not rows.height:
            message = f"at least one {kind} is required, however: there is none"
            faults.append(Problem("rows", message, f"kind = {kind} marks one"))
        if n_twice := rows.height - rows.get_column("id").n_unique():
            faults.append(
                Problem("column 'id'", f"each {kind} needs its own id, however: {n_twice:,} repeat one")
            )
        if n_empty := int((rows.get_column("text") == "").sum()):
            faults.append(
                Problem("column 'text'", f"each {kind} needs a text, however: {n_empty:,} have none")
            )
    known = ["", *passages.get_column("id").to_list()]
    if n_lost := int((~questions.get_column("passage").is_in(known)).sum()):
        message = f"the id of a passage is required, or nothing, however: {n_lost:,} questions name another"
        faults.append(Problem("column 'passage'", message, "leave it empty where no passage answers"))
    if faults:
        raise DataError("The passages and questions cannot be used", faults)
