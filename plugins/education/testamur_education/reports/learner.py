"""The restricted page of single learners: what each masters, how surely, and what to practise next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_education.irt.ability import estimate_abilities
from testamur_education.irt.quadrature import normal_grid
from testamur_education.irt.two_pl import Items
from testamur_education.path.choose import choose_path, expected_gain
from testamur_education.reports.evidence import says_what_is_missing, tree_of

Floats = NDArray[np.float64]

N_SHOWN, N_PATH, MOST_LISTED = 3, 10, 500
UNKNOWN = (
    "Whether practising the items raises your ability: nobody was taught between the answers.",
    "Why an answer was wrong. Talk to your teacher about the items that surprise you.",
)
ADVICE = (
    {
        "text": "Begin at the top of your list, and stop where it no longer helps you.",
        "why": "The first items are about as hard as you are able: most is to be learnt there.",
        "source": "R. A. Bjork, E. L. Bjork: Making things hard on yourself, but in a good way (2011)",
    },
    {
        "text": "Test yourself again after some days instead of reading the solutions once more.",
        "why": "Recalling after a pause keeps better than repeating at once.",
        "source": (
            "J. Dunlosky et al.: Improving students' learning, Psychol Sci Public Interest 2013;14:4-58"
        ),
        "url": "https://doi.org/10.1177/1529100612453266",
    },
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Three learners in full (low, middle and high ability) and the list of all, from restricted evidence."""
    learners = tree_of(evidence, "mastery_learners.json")["learners"]
    paths = {row["learner"]: row["path"] for row in tree_of(evidence, "path_learners.json")["learners"]}
    ordered = sorted(learners, key=lambda row: row["ability"])
    chosen = [ordered[round(share * (len(ordered) - 1))] for share in (0.15, 0.5, 0.85)][:N_SHOWN]
    note = "Made from half of the answers, over the other half of the items, to be held against them."
    return page(chosen, paths, learners, "Ability and path of single learners of the test part.", note)


def batch(given: Batch) -> dict[str, Any]:
    """Every learner of a new file: ability from the answers given, path over the items not answered yet."""
    bank = tree_of(given.evidence, "mastery.json")["items"]
    items, names = read_items(bank), [row["name"] for row in bank]
    right, learners = answer_matrix(given, names)
    grid = normal_grid()
    found = estimate_abilities(right, items, grid)
    chance, gain = (
        found.posterior @ items.chance(grid.nodes),
        expected_gain(found.posterior, items, grid.nodes),
    )
    rows, paths = [], {}
    for at, learner in enumerate(learners):
        left = np.flatnonzero(np.isnan(right[at]))
        picked = choose_path(gain[at], np.eye(len(names)), left, min(N_PATH, len(left)))
        rows.append(
            {
                "learner": learner,
                "ability": float(found.mean[at]),
                "low": float(found.low[at]),
                "high": float(found.high[at]),
                "n_answers": int(found.n_answers[at]),
                "n_right": int(np.nansum(right[at])),
            }
        )
        paths[learner] = [
            {"item": names[i], "chance": float(chance[at, i]), "gain": float(gain[at, i])} for i in picked
        ]
    words = f"Ability and path of {len(rows):,} learners of {given.source}."
    return page(
        rows[:N_SHOWN], paths, rows, words, "Over the items that were not asked yet, by expected gain alone."
    )


def page(
    chosen: list[dict[str, Any]],
    paths: dict[str, Any],
    learners: list[dict[str, Any]],
    words: str,
    note: str,
) -> dict[str, Any]:
    """The page of some learners in full, and the list of all."""
    return {
        "notice": "For the learner, and whoever the learner shows it to. Not for grading or ranking.",
        "answer": words,
        "sections": [
            *(_learner(row, paths.get(row["learner"], []), note) for row in chosen),
            {
                "title": "All learners",
                "tables": [
                    {
                        "folded": f"{min(len(learners), MOST_LISTED):,} of {len(learners):,} learners",
                        "columns": [
                            "learner",
                            "ability (90 % interval)",
                            "answers",
                            "right",
                            "practise first",
                        ],
                        "rows": [
                            [
                                row["learner"],
                                _ability(row),
                                row["n_answers"],
                                row["n_right"],
                                ", ".join(step["item"] for step in paths.get(row["learner"], [])[:3]),
                            ]
                            for row in learners[:MOST_LISTED]
                        ],
                    },
                ],
            },
        ],
        "advice": list(ADVICE),
        "unknown": list(UNKNOWN),
    }


def read_items(bank: list[dict[str, Any]]) -> Items:
    """Items as `mastery.json` holds them."""
    column = {
        name: np.array([row[name] for row in bank], dtype=np.float64)
        for name in ("slope", "difficulty", "slope_error", "difficulty_error", "n")
    }
    return Items(**column, rounds=0, converged=True)


def answer_matrix(given: Batch, names: list[str]) -> tuple[Floats, list[str]]:
    """(n, j) answers of the learners of a batch to known items, NaN where not answered, and their names."""
    rows = given.rows
    if rows.entity is None:
        raise ValueError("a batch of answers with their learners is required")
    learners, first, at = np.unique(rows.entity, return_index=True, return_inverse=True)
    place = {name: j for j, name in enumerate(names)}
    of_code = np.array([-1, *(place.get(name, -1) for name in given.items)])
    column, answer = of_code[rows.categorical[:, 0]], np.asarray(rows.target)
    right = np.full((len(learners), len(names)), np.nan)
    known = (column >= 0) & (answer >= 0)
    right[at[known], column[known]] = answer[known]
    called = rows.carried.get("learner")
    told = [str(code + 1) for code in learners] if called is None else [str(called[i]) for i in first]
    return right, told


def _learner(row: dict[str, Any], path: list[dict[str, Any]], note: str) -> dict[str, Any]:
    standing = (
        "above the middle" if row["low"] > 0 else "below the middle" if row["high"] < 0 else "near the middle"
    )
    return {
        "title": f"Learner {row['learner']}",
        "answer": (
            f"{row['n_right']} of {row['n_answers']} answers right. Ability {row['ability']:+.2f}, "
            f"with 90 % probability between {row['low']:+.2f} and {row['high']:+.2f}: {standing} of all."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Ability",
                "unit": "number",
                "reference": 0.0,
                "reference_words": "middle of all",
                "signed": True,
                "rows": [
                    {
                        "label": "ability, 90 % interval",
                        "value": row["ability"],
                        "low": row["low"],
                        "high": row["high"],
                        "n": f"{row['n_answers']} answers",
                    }
                ],
                "caption": "In standard deviations of all learners.",
            },
        ],
        "tables": [
            {
                "caption": "What to practise next",
                "columns": [
                    "item",
                    {"name": "chance of a right answer now", "unit": "share"},
                    "expected gain",
                ],
                "rows": [[step["item"], step["chance"], step["gain"]] for step in path],
                "note": note,
            },
        ]
        if path
        else [],
    }


def _ability(row: dict[str, Any]) -> dict[str, Any]:
    return {"value": row["ability"], "low": row["low"], "high": row["high"]}
