"""Golden cases of ``retail.shelf``: ten items of two kinds, and lists whose shares can be counted by hand."""

from __future__ import annotations

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind
from testamur.contracts.table import Attribute, History, Predictions
from testamur_retail.golden_world import make_given, make_part, make_table

N_USERS = 12
KINDS = ["Drama"] * 5 + ["Comedy"] * 5  # of items 1 to 10


def shelf_cases() -> list[GoldenCase]:
    """Lists that hold each user's kinds in the shares chosen, and lists of the other kind alone.

    Every user chose items 1, 2 (drama) and 6, 7 (comedy): the most chosen fifth of the ten items is 1 and
    2. A list of
    3, 4, 8, 9 has the same shares of kinds, so that the divergence is 0, and no place for the head; a list of
    1 and 2 is all drama: sum p log(p / q') with p = (1/2, 1/2), q' = (0.995, 0.005).
    """
    apart = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    return [
        GoldenCase(
            "as chosen",
            _case([3, 8, 4, 9]),
            (("tail_share", "", 1.0), ("miscalibration", "", 0.0), ("miscalibration", "women", 0.0)),
        ),
        GoldenCase(
            "drama alone",
            _case([1, 2, 0, 0]),
            (("tail_share", "", 0.0), ("miscalibration", "", float(apart))),
        ),
        GoldenCase("few users", _case([1, 2, 0, 0], n_users=3), (("tail_share", "", None),)),
    ]


def _case(shown: list[int], *, n_users: int = N_USERS) -> AuditInput:
    chosen = np.tile([1, 6, 2, 7], n_users)
    # items 1 and 2 lead: two more users chose them alone
    log = np.concatenate([chosen, [1, 2, 1, 2], np.arange(3, 6), np.arange(8, 11)])
    steps = len(log)
    stop = 4 * (np.arange(n_users) + 1)
    history = History(
        values=np.zeros((steps, 0), np.float32),
        codes=log[:, None],
        time=np.arange(steps, dtype=np.float64),
        series=np.concatenate([np.repeat(np.arange(n_users), 4), np.full(steps - 4 * n_users, n_users)]),
        start=stop - 4,
        stop=stop,
    )
    kinds = np.array(KINDS, dtype=object)
    train = make_part(log, carried={"genres": kinds[log - 1]}, groups=np.zeros((steps, 1), np.int16))
    asked = np.full(n_users, 3)
    test = make_part(
        asked, history=history, carried={"genres": kinds[asked - 1]}, groups=np.zeros((n_users, 1), np.int16)
    )
    problem = Problem(kind=ProblemKind.RANKING, target="film")
    attribute = Attribute("gender", "gender", ("women",))
    table = make_table(
        problem,
        {"train": train, "validation": test, "test": test},
        attributes=(attribute,),
        items=tuple(f"film {k}" for k in range(1, 11)),
    )
    ranked = np.tile(shown, (n_users, 1))
    said = Predictions(ranked=ranked, scores=np.where(ranked > 0, 1.0, np.nan))
    return make_given(table, {"validation": said, "test": said})
