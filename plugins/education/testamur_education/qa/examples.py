"""Some questions with what was answered, for a reader to judge by eye."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur_education.qa.abstain import ANSWER_FROM
from testamur_education.qa.asked import Asked
from testamur_education.qa.pairs import HAS, WITHHELD
from testamur_education.qa.quote import quote

N_EACH = 2


def pick_examples(
    asked: Asked, chance: NDArray[np.float64], carried: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Right and wrong answers, honest and needless silence, in the order of the questions' names.

    Args:
        asked: Questions of the test part.
        chance: (n,) stated chances.
        carried: The texts of the pairs.
    """
    answered, right = chance >= ANSWER_FROM, asked.place == 1
    kinds = (
        ("answered, rightly", answered & right),
        ("answered, wrongly", answered & ~right & (asked.state == HAS)),
        ("answered although its passage was withheld", answered & (asked.state == WITHHELD)),
        ("rightly silent: its passage was withheld", ~answered & (asked.state == WITHHELD)),
        ("silent although the first passage was right", ~answered & right),
    )
    return [
        {"kind": kind, **answer_of(asked, at, float(chance[at]), carried)}
        for kind, chosen in kinds
        for at in np.flatnonzero(chosen)[:N_EACH]
    ]


def answer_of(asked: Asked, at: int, chance: float, carried: Mapping[str, Any]) -> dict[str, Any]:
    """One question with its best passage: the quoted sentence, where it stands, and the chance."""
    row = int(asked.best[at])
    question, passage = str(carried["question"][row]), str(carried["passage_text"][row])
    start, stop = quote(question, passage)
    return {
        "question": question,
        "answered": chance >= ANSWER_FROM,
        "chance": chance,
        "passage": passage,
        "start": start,
        "stop": stop,
        "source": str(carried["passage_source"][row]),
    }
