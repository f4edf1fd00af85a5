"""Every goal of speed of the audit and where it was measured, gathered from the pages of the benchmarks.

Measures nothing: reads the tables of goals in ``docs/measurements``, so that a figure stands in one place.
A goal whose page has no such line is told as not measured.

    python benchmarks/speed_goals.py [--write]
"""

from __future__ import annotations

from dataclasses import dataclass

import harness

NAME = "audit_speed_goals"
HEAD = """\
# Speed of the audit: goals and what was measured

Gathered by `benchmarks/speed_goals.py` from the pages of the benchmarks, which say on what machine and how.
Ratios are of CPU time with one thread, the peer in the same run. Below the goals: that results agree, and
where that is tested besides.

| task | peer | goal | measured | | page |
|---|---|---|---:|---|---|"""
AGREE = """
## Results agree

| what | bound | measured | | page |
|---|---|---:|---|---|"""
TESTED = """
Tests that hold the same on small data: `tests/unit/audit/test_fairness_cells.py` (rates and fairlearn),
`tests/unit/audit/test_intervals_against_oracles.py`, `tests/unit/audit/test_anonymity.py` (classes and a
plain count), `tests/unit/train/test_clipped_gradient.py` (one example or entity at a time),
`tests/unit/train/test_accountant.py` (Opacus and dp-accounting), `tests/unit/audit/test_privacy_attacks.py`
(the paper's loop).

KernelSHAP, accountants and exact leakage have no goal: the libraries are fast enough and are used."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A goal as it was set: what, against whom, on which page, and how its line there begins."""

    task: str
    peer: str
    page: str
    begins: str


MLP, LSTM = "private step, perceptron", "private step, LSTM"
GOALS = (
    Asked("rates of 20 groups, 100,000 rows", "fairlearn", "fairness_speed", "points"),
    Asked("their intervals, 100 replicates", "fairlearn", "fairness_speed", "bootstrap intervals"),
    Asked("the same", "numpy, rows drawn", "fairness_speed", "100 replicates against"),
    Asked("AUC per group", "fairlearn", "audit_intervals_speed", "AUC per group"),
    Asked("crosstabs, from the table's codes", "aequitas", "audit_crosstabs", "testamur, from the table"),
    Asked("crosstabs, from text", "aequitas", "audit_crosstabs", "testamur, from text"),
    Asked("AUC interval, 1 M rows", "scikit-learn, 200 resamples", "audit_intervals_speed", "AUC interval"),
    Asked("ECE with interval, 1 M rows", "numpy, 200 resamples", "audit_intervals_speed", "ECE interval"),
    Asked("16 shadow models", "DataLoader loop", "audit_shadow", "DataLoader"),
    Asked("16 shadow models", "direct loop", "audit_shadow", "direct loop"),
    Asked("16 shadow models", "direct loop, fused Adam", "audit_shadow", "direct, fused"),
    Asked("a whole LiRA, 16 shadow models", "sacroml", "audit_lira", "sacroml's time"),
    *(
        Asked(f"{MLP}, batch {size}", peer, "audit_private_training", f"batch {size} against {peer}")
        for size in ("256", "1,024", "4,096")
        for peer in ("Opacus, hooks", "Opacus, ghost clipping")
    ),
    Asked(f"{MLP}, batch 1,024", "plain step", "audit_private_training", "batch 1,024 against the plain"),
    Asked(f"{LSTM}, batch 64", "Opacus, DPLSTM", "audit_private_training", "LSTM, batch 64"),
    Asked(f"{LSTM}, batch 256", "Opacus, DPLSTM", "audit_private_training", "LSTM, batch 256"),
    Asked("permutation importance, numbers", "scikit-learn", "audit_importance", "30 numbers: against"),
    Asked("with categories", "scikit-learn", "audit_importance", "15 numbers, 15 categories: against"),
    Asked("one-run bound, 1,000 guesses", "the paper's loop", "audit_one_run", "1,000 guesses: the loop"),
    Asked("one-run bound, 2,000 guesses", "the paper's loop", "audit_one_run", "2,000 guesses: the loop"),
    *(
        Asked("k and l of five columns, 1 M rows", peer, "audit_intervals_speed", f"k and l against {peer}")
        for peer in ("pandas", "polars", "duckdb")
    ),
)
AGREEMENT = (
    Asked("rates", "fairlearn", "fairness_speed", "largest difference of a rate"),
    Asked("width of bootstrap intervals", "fairlearn", "fairness_speed", "median difference in width"),
    Asked("AUC, ECE", "peers", "audit_intervals_speed", "largest difference of a point"),
    Asked("crosstabs", "aequitas", "audit_crosstabs", "largest difference from aequitas"),
    Asked("clipped gradients, perceptron", "Opacus", "audit_private_training", "perceptron: largest"),
    Asked("clipped gradients, LSTM", "Opacus", "audit_private_training", "LSTM: largest"),
    Asked("importance", "scikit-learn", "audit_importance", "30 numbers: difference"),
    Asked("one-run bound", "the paper's loop", "audit_one_run", "1,000 guesses: difference"),
)


def lines_of(page: str) -> list[list[str]]:
    """Cells of the lines of a page's table of goals: text, bound, measured, met or not."""
    path = harness.FOLDER / f"{page}.md"
    if not path.exists():
        return []
    _, _, tail = path.read_text().partition("\n## Goals\n")
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in tail.splitlines()[3:]]


def found(asked: Asked) -> list[str]:
    """Bound, measured, and met or not."""
    for cells in lines_of(asked.page):
        if cells[0].startswith(asked.begins):
            return [" ".join(cell.split()) for cell in cells[1:4]]
    return ["", "", "**not measured**"]


def main() -> int:
    """Print the table, and write it when asked; 0 when every goal was measured and met."""
    goals = [(asked, found(asked)) for asked in (*GOALS, *AGREEMENT)]
    text = [HEAD]
    for asked, (bound, measured, said) in goals[: len(GOALS)]:
        link = f"[{asked.page}]({asked.page}.md)"
        text.append(f"| {asked.task} | {asked.peer} | {bound} | {measured} | {said} | {link} |")
    text.append(AGREE)
    for asked, (bound, measured, said) in goals[len(GOALS) :]:
        link = f"[{asked.page}]({asked.page}.md)"
        text.append(f"| {asked.task}: ours and {asked.peer} | {bound} | {measured} | {said} | {link} |")
    page = "\n".join([*text, TESTED]) + "\n"
    print(page)
    if harness.wants_writing():
        (harness.FOLDER / f"{NAME}.md").write_text(page)
    return 0 if all(said == "met" for _, (_, _, said) in goals) else 1


if __name__ == "__main__":
    raise SystemExit(main())
