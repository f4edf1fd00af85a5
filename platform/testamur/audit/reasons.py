"""Local reasons: what each feature adds to a model's answer for one row, against a reference.

Shapley values of the game v(S) = mean over reference rows b of f(x_S, b_rest), by sampling orders of
the features (E. Strumbelj, I. Kononenko: Explaining prediction models and individual predictions with
feature contributions, KAIS 41, 2014). Each order is walked forwards and backwards with the same
reference row (antithetic pairs: R. Mitchell et al., JMLR 23, 2022). The whole is repeated under
several seeds, from which the sampling error and the stability of a short list of reasons are measured,
not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats
from testamur.audit.made_rows import Cells, ask, cells_of
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsPart, RowsTable

Scale = Literal["probability", "log-odds"]
Direction = Literal["up", "down", "both"]
_EDGE = 1e-6  # probabilities are held this far from 0 and 1 before log-odds are taken
_ROWS_AT_ONCE = 32_768  # asked of the model in one call, about


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much is drawn. A row costs at most ``n_seeds * n_pairs * 2 * n_features`` answers of the model.

    Attributes:
        n_pairs: Orders drawn per seed, each walked both ways.
        n_seeds: Independent repetitions; two at least.
        seed: Seed of them all.
        n_top: Length of the short list whose stability is measured.
        scale: What is divided up: the probability (or value), or log-odds of the probability.
    """

    n_pairs: int = 24
    n_seeds: int = 5
    seed: int = 0
    n_top: int = 4
    scale: Scale = "probability"


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why a model says what it says of one row.

    ``base + contributions.sum()`` is ``output`` up to the error of ``base`` (exactly, where every seed
    walks each reference row equally often).

    Attributes:
        names: Of the features, or of the groups of features that were moved together.
        contributions: (n_names,) Shapley values on the chosen scale; positive raises the output.
        errors: (n_names,) standard error of each, from the spread over seeds (n_seeds - 1 degrees
            of freedom).
        base: Mean output over the reference rows that were drawn.
        output: Output for the row.
        kept: (n_names,) share of the seeds in whose short list (largest contributions in absolute
            value) the name stands.
        agreement: Mean overlap of the short lists of two seeds, |A and B| / max(|A|, |B|); 1: all agree.
        n_walks: Walks from a reference row to the row, over all seeds.
    """

    names: tuple[str, ...]
    contributions: Floats
    errors: Floats
    base: float
    output: float
    kept: Floats
    agreement: float
    n_walks: int

    def order(self, *, direction: Direction = "both") -> NDArray[np.int64]:
        """Positions of names by weight: those that raise the output, that lower it, or all by size."""
        signed = {"up": self.contributions, "down": -self.contributions, "both": np.abs(self.contributions)}
        by_weight = np.argsort(-signed[direction], kind="stable")
        return np.asarray(by_weight[signed[direction][by_weight] > 0], dtype=np.int64)


def find_reasons(
    predictor: Predictor,
    table: RowsTable,
    part: RowsPart,
    reference: RowsPart,
    *,
    groups: Sequence[Sequence[str]] | None = None,
    sampling: Sampling | None = None,
    direction: Direction = "both",
    stop: Callable[[], None] | None = None,
) -> list[Reasons]:
    """Reasons for every row of a part.

    Args:
        predictor: The model.
        table: Names the features.
        part: The rows to explain (plain rows of a binary or regression problem).
        reference: Whom the rows are compared with, such as training rows, or those that were approved.
        groups: Names of features that move together; None: each feature by itself.
        sampling: How much is drawn; None: the defaults.
        direction: Which contributions make the short list: that raise the output, that lower it, or both.
        stop: Called before each row; raises when the work must end.

    Raises:
        ConfigurationError: The groups do not divide the features, or too little is drawn.
        TestamurError: The problem is of another kind, or rows look back on a history.
    """
    sampling = sampling or Sampling()
    names = [feature.name for feature in table.features]
    players = _players(names, groups)
    if sampling.scale == "log-odds" and table.problem.kind is not ProblemKind.BINARY:
        fault = Problem("sampling.scale", "log-odds are those of a binary problem's event", "use probability")
        raise ConfigurationError("No reasons can be drawn", [fault])
    if sampling.n_seeds < 2 or sampling.n_pairs < 1 or not reference.n_rows:
        fault = Problem(
            "sampling",
            "two seeds, one pair and one reference row at least are required, however: "
            f"{sampling.n_seeds}, {sampling.n_pairs} and {reference.n_rows}",
        )
        raise ConfigurationError("No reasons can be drawn", [fault])
    rows, others = cells_of(part), cells_of(reference)
    labels = tuple(names[p[0]] if len(p) == 1 else " + ".join(names[i] for i in p) for p in players)
    found = []
    for i in range(part.n_rows):
        if stop is not None:
            stop()
        found.append(
            _explain(predictor, rows.taken(np.array([i])), others, players, labels, sampling, direction)
        )
    return found


def _players(names: Sequence[str], groups: Sequence[Sequence[str]] | None) -> list[list[int]]:
    if groups is None:
        return [[i] for i in range(len(names))]
    given = sorted(name for group in groups for name in group)
    if given != sorted(names):
        fault = Problem(
            "groups", f"each of the {len(names)} features is required once, however: {len(given)} are named"
        )
        raise ConfigurationError("The features cannot be grouped", [fault])
    return [[names.index(name) for name in group] for group in groups]


def _explain(
    predictor: Predictor,
    row: Cells,
    others: Cells,
    players: list[list[int]],
    labels: tuple[str, ...],
    sampling: Sampling,
    direction: Direction,
) -> Reasons:
    by_seed = np.zeros((sampling.n_seeds, len(players)))
    bases = np.zeros(sampling.n_seeds)
    for s in range(sampling.n_seeds):
        rng = np.random.default_rng([sampling.seed, s])
        picked = _spread(rng, others.values.shape[0], sampling.n_pairs)
        by_seed[s], bases[s] = _walk(predictor, row, others.taken(picked), players, rng, sampling.scale)
    mean = by_seed.mean(axis=0)
    errors = by_seed.std(axis=0, ddof=1) / np.sqrt(sampling.n_seeds)
    kept, agreement = _stability(by_seed, min(sampling.n_top, len(players)), direction)
    output = float(_on_scale(ask(predictor, row), sampling.scale)[0])
    n_walks = 2 * sampling.n_pairs * sampling.n_seeds
    return Reasons(labels, mean, errors, float(bases.mean()), output, kept, agreement, n_walks)


def _spread(rng: np.random.Generator, n: int, wanted: int) -> NDArray[np.int64]:
    """(wanted,) positions below n, each drawn equally often as far as that goes."""
    turns = [rng.permutation(n) for _ in range(-(-wanted // n))]
    return np.concatenate(turns)[:wanted]


def _walk(
    predictor: Predictor,
    row: Cells,
    starts: Cells,
    players: list[list[int]],
    rng: np.random.Generator,
    scale: Scale,
) -> tuple[Floats, float]:
    """Mean contributions (n_players,) over antithetic pairs of walks from `starts`, and the mean start."""
    n_pairs = starts.values.shape[0]
    differs = (starts.values != row.values) | (starts.missing != row.missing)
    steps: list[tuple[int, NDArray[np.int64]]] = []  # (reference row, players in the order of the walk)
    for i in range(n_pairs):
        moving = np.array([p for p, cells in enumerate(players) if differs[i, cells].any()], dtype=np.int64)
        order = rng.permutation(moving)
        steps += [(i, order), (i, order[::-1])]
    total, starting = np.zeros(len(players)), np.zeros(n_pairs)
    at_once = max(1, _ROWS_AT_ONCE // (len(players) + 1))
    for begin in range(0, len(steps), at_once):
        chunk = steps[begin : begin + at_once]
        outputs = _on_scale(ask(predictor, _stations(row, starts, players, chunk)), scale)
        at = 0
        for i, order in chunk:
            along = outputs[at : at + len(order) + 1]
            total[order] += np.diff(along)
            starting[i] = along[0]
            at += len(order) + 1
    return total / len(steps), float(starting.mean())


def _stations(
    row: Cells, starts: Cells, players: list[list[int]], steps: list[tuple[int, NDArray[np.int64]]]
) -> Cells:
    """Every station of the walks, one after another: the reference row, then one player more of the row."""
    values, missing = [], []
    for i, order in steps:
        taken = np.zeros((len(order) + 1, row.values.shape[1]), dtype=bool)
        for at, player in enumerate(order, start=1):
            taken[at:, players[player]] = True
        values.append(np.where(taken, row.values, starts.values[i]))
        missing.append(np.where(taken, row.missing, starts.missing[i]))
    return Cells(np.concatenate(values), np.concatenate(missing), row.n_numeric)


def _on_scale(outputs: Floats, scale: Scale) -> Floats:
    if scale == "probability":
        return outputs
    held = np.clip(outputs, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(held) - np.log1p(-held))


def _stability(by_seed: Floats, n_top: int, direction: Direction) -> tuple[Floats, float]:
    """Share of seeds that list each name, and the mean overlap of two seeds' short lists."""
    weight = {"up": by_seed, "down": -by_seed, "both": np.abs(by_seed)}[direction]
    listed = np.zeros(by_seed.shape, dtype=bool)
    for s, own in enumerate(weight):
        first = np.argsort(-own, kind="stable")[:n_top]
        listed[s, first[own[first] > 0]] = True
    shared = (listed[:, None, :] & listed[None, :, :]).sum(axis=2)
    longer = np.maximum.outer(listed.sum(axis=1), listed.sum(axis=1))
    pairs = np.triu_indices(len(listed), k=1)
    overlap = np.where(longer > 0, shared / np.maximum(longer, 1), 1.0)  # two empty lists agree
    return listed.mean(axis=0), float(overlap[pairs].mean())
