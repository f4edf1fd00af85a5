"""Counts and rates of every group of several attributes at a million rows, against aequitas' crosstabs.

Three attributes; per group what ``Group().get_crosstabs`` gives: the four cells and fifteen figures made of
them. The audit's table holds codes; the second case of ours begins with the text that aequitas begins with,
finds the levels and codes them, as a job does once when it reads its data. polars and pandas count the same
cells, and nothing else, from text. All cells and figures must agree with aequitas'.

aequitas is not among the extras, as it asks for pandas below 3:
``pip install --no-deps -r benchmarks/peers.txt``.

    python benchmarks/audit_crosstabs.py [--write]
"""

from __future__ import annotations

import sys
import warnings

import harness  # first: it sets one thread
import numpy as np
import pandas as pd
import polars as pl

from testamur.audit.cells import count_strata, single_divisions, sum_groups
from testamur.contracts.dataset import ColumnKind, ColumnSpec
from testamur.contracts.table import Attribute
from testamur.data.groups import fit_groups, group_codes

N = 1_000_000
LEVELS = {
    "ward": ("east", "north", "south", "west", "centre"),
    "band": ("18-29", "30-44", "45-64", "65 and over"),
    "sex": ("female", "male", "other"),
}
FIGURES = (
    "accuracy", "tpr", "tnr", "for", "fdr", "fpr", "fnr", "npv", "precision", "ppr", "pprev", "prev",
    "group_size", "pp", "pn", "tn", "fp", "fn", "tp",
)  # fmt: skip


def rows() -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Text of the attributes, outcomes, decisions."""
    r = np.random.default_rng(0)
    frame = {name: np.array(levels, object)[r.integers(0, len(levels), N)] for name, levels in LEVELS.items()}
    event = r.integers(0, 2, N)
    selected = np.where(r.random(N) < 0.7, event, 1 - event)
    return pl.DataFrame({name: text.tolist() for name, text in frame.items()}), event, selected


def figures(cells: np.ndarray, n_selected: int) -> np.ndarray:
    """(n_groups, 19) what aequitas prints, from (n_groups, 4) cells tn, fp, fn, tp."""
    tn, fp, fn, tp = cells.T
    with np.errstate(divide="ignore", invalid="ignore"):
        pp, pn, pos, neg = fp + tp, fn + tn, fn + tp, fp + tn
        n = pos + neg
        found = (
            (tp + tn) / n, tp / pos, tn / neg, fn / pn, fp / pp, fp / neg, fn / pos, tn / pn, tp / pp,
            pp / n_selected, pp / n, pos / n, n, pp, pn, tn, fp, fn, tp,
        )  # fmt: skip
        return np.stack(found, axis=1)


def from_codes(event: np.ndarray, selected: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """Ours: one count of all strata, then sums."""
    strata = count_strata(event, selected, codes, [len(levels) for levels in LEVELS.values()])
    attributes = [Attribute(name, name, levels) for name, levels in LEVELS.items()]
    n_selected = int(strata.counts[:, 1::2].sum())
    return [
        figures(sum_groups(strata.counts, division), n_selected)
        for division in single_divisions(strata, attributes)
    ]


def coded(frame: pl.DataFrame) -> tuple[np.ndarray, list[list[str]]]:
    """Codes and levels of text, by the functions that read a job's data."""
    codes, levels, everyone = np.empty((frame.height, frame.width), np.int16), [], np.arange(0)
    for position, name in enumerate(frame.columns):
        column = ColumnSpec(name=name, kind=ColumnKind.CATEGORICAL)
        fitted, _ = fit_groups(column, frame[name], everyone, ())
        codes[:, position] = group_codes(fitted, frame[name])
        levels.append(fitted["codes"])
    return codes, levels


def by_polars(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The cells alone, an attribute each."""
    lazy = frame.lazy()
    asked = [lazy.group_by(name, "score", "label_value").agg(pl.len()) for name in LEVELS]
    return pl.collect_all(asked)


def by_pandas(frame: pd.DataFrame) -> list[pd.Series]:
    """The cells alone, an attribute each."""
    return [frame.groupby([name, "score", "label_value"]).size() for name in LEVELS]


def largest_difference(ours: list[np.ndarray], levels: list[list[str]], theirs: pd.DataFrame) -> float:
    """Over all cells and figures of all groups."""
    worst = 0.0
    for name, mine, known in zip(LEVELS, ours, levels, strict=True):
        table = theirs[theirs.attribute_name == name].set_index("attribute_value").loc[known]
        worst = max(worst, float(np.abs(table[list(FIGURES)].to_numpy(np.float64) - mine).max()))
    return worst


def main() -> int:
    """Measure, print, and write when asked."""
    warnings.simplefilter("ignore")
    try:
        from aequitas.group import Group
    except ImportError as fault:
        print(f"aequitas is required, however: {fault}\n{__doc__}", file=sys.stderr)
        return 2
    text, event, selected = rows()
    whole = text.with_columns(score=pl.Series(selected), label_value=pl.Series(event))
    frame = pd.DataFrame({name: text[name].to_list() for name in LEVELS}).astype(object)
    frame = frame.assign(score=selected, label_value=event)
    codes, levels = coded(text)
    group = Group()

    def aequitas() -> pd.DataFrame:
        return group.get_crosstabs(frame, attr_cols=list(LEVELS))[0]

    cases = {
        "testamur, from the table's codes": lambda: from_codes(event, selected, codes),
        "testamur, from text": lambda: from_codes(event, selected, coded(text)[0]),
        "aequitas": aequitas,
        "polars, cells alone": lambda: by_polars(whole),
        "pandas, cells alone": lambda: by_pandas(frame),
    }
    apart = largest_difference(from_codes(event, selected, codes), levels, aequitas())
    page = harness.Page(
        "audit_crosstabs",
        "Crosstabs of groups",
        "\n\n".join(__doc__.split("\n\n")[1:3]),
        packages=("numpy", "polars", "pandas", "aequitas"),
    )
    times = harness.measure(cases, repeats=7)
    names = list(cases)
    page.compare(f"{N:,} rows, three attributes", times, base=names[0], n_items=N, item="row")
    for name in names[:2]:
        ratio = times["aequitas"].ratio_to(times[name])
        page.goal(harness.Goal(f"{name}: aequitas' time over ours", ratio, at_least=4))
    page.goal(harness.Goal("largest difference from aequitas' figures", apart, at_most=1e-12, unit=""))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
