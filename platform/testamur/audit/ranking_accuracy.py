"""How well the lists find the next choice, beside the baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.disclosure import small
from testamur.audit.enough import least, too_few_rows
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, generator, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.ranking import ACCURACY
from testamur.audit.ranks import CUT, discounted, history_lengths, ranks_of
from testamur.audit.rounding import step_of_mean
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

FILE = "ranking.json"
SCORES = (
    Score("ndcg_10", "NDCG@10"),
    Score("hit_rate_10", "hit rate among ten", Unit.SHARE),
    Score("mrr", "mean reciprocal rank"),
    Score("hit_rate_50", "hit rate among fifty", Unit.SHARE),
)
_BANDS = 5


def run(given: AuditInput) -> CheckOutcome:
    """Scores of model and baselines from one set of resampled users, so that gains are paired."""
    target: Ints = given.table.test.target.astype(np.int64)
    reason = too_few_rows(given)
    if reason:
        return CheckOutcome(
            tuple(not_estimable(ACCURACY.key, s.name, s.label, reason, s.unit, n=len(target)) for s in SCORES)
        )
    predicted = {MODEL: predictions_of(given)} | baselines(given)
    ranks = {name: ranks_of(target, predictions) for name, predictions in predicted.items()}
    values = {name: per_row(rank) for name, rank in ranks.items()}
    found: list[Finding] = []
    rng = generator(given, ACCURACY.key)
    for position, score in enumerate(SCORES):
        columns = np.stack([values[name][:, position] for name in values], axis=1)
        estimates = mean_gains(
            columns,
            _with_gains,
            level=given.policy.level,
            n_boot=given.options.bootstrap,
            rng=rng,
            cluster=clusters(given),
            n_own=len(values),
        )
        own = dict(zip(values, estimates[: len(values)], strict=True))
        gains = dict(zip(list(values)[1:], estimates[len(values) :], strict=True))
        found += compare(ACCURACY.key, FILE, given.policy.level, score, own, gains)
    found = [_stepped(f, ranks, given) for f in found]
    scores, gain_rows = score_rows(found)
    tree = {
        "n": len(target),
        "n_unseen": _shown(int((target == 0).sum()), len(target), given),
        "list_length": int(np.asarray(predicted[MODEL].ranked).shape[1]),
        "scores": scores,
        "gains": gain_rows,
        "by_history": _by_history(given, values),
    }
    return CheckOutcome(tuple(found), (json_file(FILE, tree, "Lists of model and baselines"),))


def per_row(rank: Floats) -> Floats:
    """(n, 4) NDCG@10, hit among ten, reciprocal rank, hit among fifty of every list."""
    return np.stack([discounted(rank), rank <= CUT, 1.0 / rank, rank <= 50], axis=1).astype(np.float64)


def _with_gains(means: Floats) -> Floats:
    """Means, then the model's mean, which comes first, minus each baseline's."""
    return np.concatenate([means, means[..., :1] - means[..., 1:]], axis=-1)


def _stepped(finding: Finding, ranks: dict[str, Floats], given: AuditInput) -> Finding:
    """Rounded where a handful of lists hold (or lack) their choice: the handful could be worked out."""
    of = {MODEL, finding.subject or MODEL}
    cut = 50 if "50" in finding.measure else CUT
    n, minimum = len(next(iter(ranks.values()))), given.policy.minimum_cell
    hits = [int((ranks[name] <= cut).sum()) for name in of if name in ranks]
    if not any(small(h, minimum) or small(n - h, minimum) for h in hits):
        return finding
    return finding.model_copy(update={"step": max(step_of_mean(n), 0.01)})


def _shown(count: int, n: int, given: AuditInput) -> int | None:
    minimum = given.policy.minimum_cell
    return None if small(count, minimum) or small(n - count, minimum) else count


def _by_history(given: AuditInput, values: dict[str, Floats]) -> list[dict[str, Any]]:
    """NDCG@10 of users with short and long histories: fifths of the test rows, if each is large enough."""
    length = history_lengths(given.table)
    edges = np.unique(np.quantile(length, np.linspace(0, 1, _BANDS + 1)[1:-1], method="higher"))
    band = np.searchsorted(edges, length, side="right")
    rows = []
    for number in np.unique(band):
        mine = band == number
        if int(mine.sum()) < least(given):
            continue
        lengths = length[mine]
        means = {name: float(value[mine, 0].mean()) for name, value in values.items()}
        rows.append(
            {
                "shortest": int(lengths.min()),
                "longest": int(lengths.max()),
                "median": float(np.median(lengths)),
                "n": int(mine.sum()),
                "ndcg_10": means,
            }
        )
    return rows
