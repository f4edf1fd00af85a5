"""The check ``retail.shelf``: what is shown, to whom, against what they choose."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import acceleration_of
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Group, Unit
from testamur_retail.findings import (
    Estimate,
    from_draws,
    json_file,
    measured,
    not_estimable,
)
from testamur_retail.shelf.genres import Floats, Genres, history_mix, list_genres, list_mix, miscalibration
from testamur_retail.shelf.reasons import explain_list

KEY = "retail.shelf"
EVIDENCE = "shelf.json"
LENGTH = 10
HEAD = 0.2  # the most chosen fifth of the items
N_TOP = 15
N_LISTS = 5
METHOD = "bootstrap over users"


def measure_shelf(given: AuditInput) -> CheckOutcome:
    """Popularity and kinds of what is shown against what is chosen, for all users and by group.

    Args:
        given: A ranking with the model's lists on the test part.
    """
    ranked = given.predictions["model"]["test"].ranked
    n = given.table.test.n_rows
    if ranked is None or n < given.policy.minimum_group:
        reason = f"lists for {given.policy.minimum_group} users are required, however: {n}"
        return CheckOutcome((not_estimable(KEY, "tail_share", "places for less chosen items", reason),))
    shown = np.asarray(ranked)[:, :LENGTH]
    counts = _draw_counts(given, n)
    findings, tree = _popularity(given, shown, counts)
    genres = list_genres(given.table)
    if genres is None:
        reason = "a carried column genres (kinds of an item, joined by |) is required, however: there is none"
        findings.append(not_estimable(KEY, "miscalibration", "kinds shown against kinds chosen", reason))
    else:
        found, more = _kinds(given, shown, genres, counts)
        findings += found
        tree |= more
    files: list[EvidenceFile] = [json_file(EVIDENCE, tree, "what is shown, against what is chosen")]
    if given.predictor is not None:
        files.append(_lists(given))
    return CheckOutcome(tuple(findings), tuple(files))


def _draw_counts(given: AuditInput, n: int) -> Floats:
    rng = np.random.default_rng(given.seed)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=min(given.options.bootstrap, 1000)).astype(np.float64)


def _popularity(given: AuditInput, shown: np.ndarray, counts: Floats) -> tuple[list[Finding], dict[str, Any]]:
    table = given.table
    chosen = np.bincount(table.train.target, minlength=len(table.items) + 1)[1:]
    head = np.zeros(len(chosen) + 1, dtype=bool)
    head[1 + np.argsort(-chosen, kind="stable")[: int(np.ceil(HEAD * len(chosen)))]] = True
    places = np.column_stack([((shown > 0) & ~head[shown]).sum(axis=1), (shown > 0).sum(axis=1)]).astype(
        np.float64
    )
    tail = _ratio(places, counts, given.policy.level)
    wanted = float(chosen[~head[1:]].sum() / max(chosen.sum(), 1))
    appearances = np.bincount(shown[shown > 0], minlength=len(chosen) + 1)[1:]
    top = np.argsort(-appearances, kind="stable")[:N_TOP]
    tree = {
        "n_users": len(shown),
        "n_items": len(chosen),
        "level": given.policy.level,
        "tail": {"shown": tail.as_tree(), "chosen": wanted, "head": HEAD},
        "covered": float((appearances > 0).mean()),
        "never": int((appearances == 0).sum()),
        "top": [
            {
                "item": table.items[i],
                "users": appearances[i] / len(shown),
                "chosen": chosen[i] / max(chosen.sum(), 1),
            }
            for i in top
            if appearances[i] >= given.policy.minimum_cell
        ],
        "tenths": _tenths(chosen, appearances),
    }
    label = f"places for the less chosen four fifths of the items (choices: {wanted:.1%})"
    about = {"n": len(shown), "method": METHOD, "evidence": EVIDENCE}
    return [measured(KEY, "tail_share", label, tail, unit=Unit.SHARE, **about)], tree


def _tenths(chosen: np.ndarray, appearances: np.ndarray) -> list[dict[str, Any]]:
    order = np.argsort(-chosen, kind="stable")
    return [
        {
            "n": len(items),
            "chosen": chosen[items].sum() / max(chosen.sum(), 1),
            "shown": appearances[items].sum() / max(appearances.sum(), 1),
            "covered": (appearances[items] > 0).mean() if len(items) else 0.0,
        }
        for items in np.array_split(order, 10)
    ]


def _kinds(
    given: AuditInput, shown: np.ndarray, genres: Genres, counts: Floats
) -> tuple[list[Finding], dict[str, Any]]:
    table = given.table
    before, listed = history_mix(table.test, genres), list_mix(shown, genres)
    apart = miscalibration(before, listed)
    level = given.policy.level
    overall = _mean(apart, counts, level)
    about = {"method": METHOD, "evidence": EVIDENCE}
    label = "how far the kinds shown lie from the kinds a user chose (KL, nats)"
    findings = [measured(KEY, "miscalibration", label, overall, n=int(np.isfinite(apart).sum()), **about)]
    chosen = genres.weight[table.train.target].sum(axis=0)
    chosen = chosen / max(chosen.sum(), 1e-12)
    lines = []
    for g, name in enumerate(genres.names):
        share = _ratio(np.column_stack([listed[:, g], listed.sum(axis=1)]), counts, level)
        lines.append({"name": name, "shown": share.as_tree(), "chosen": chosen[g]})
        if chosen[g] > 0:
            ratio = Estimate(
                *(None if x is None else x / chosen[g] for x in (share.value, share.low, share.high))
            )  # type: ignore[arg-type]  # a value is never None
            findings.append(
                measured(
                    KEY, "genre_exposure", "places over choices", ratio, unit=Unit.RATIO, subject=name,
                    n=len(shown), **about,
                )
            )  # fmt: skip
    groups, found = _by_group(given, apart, before, listed)
    tree = {
        "miscalibration": overall.as_tree(),
        "genres": lines,
        "groups": groups,
        "genre_names": genres.names,
    }
    return [*findings, *found], tree


def _by_group(
    given: AuditInput, apart: Floats, before: Floats, listed: Floats
) -> tuple[list[dict[str, Any]], list[Finding]]:
    trees, findings = [], []
    for position, attribute in enumerate(given.table.attributes):
        codes = given.table.test.groups[:, position]
        for k, name in enumerate(attribute.levels):
            rows = np.flatnonzero((codes == k) & np.isfinite(apart))
            group = Group(levels={attribute.name: name})
            about: dict[str, Any] = {"attribute": attribute.name, "group": group}
            label = "how far the kinds shown lie from the kinds chosen (KL, nats)"
            if len(rows) < given.policy.minimum_group:
                reason = f"{given.policy.minimum_group} users are required in a group, however: fewer"
                findings.append(not_estimable(KEY, "miscalibration", label, reason, **about))
                continue
            estimate = _mean(apart[rows], _draw_counts(given, len(rows)), given.policy.level)
            findings.append(
                measured(
                    KEY,
                    "miscalibration",
                    label,
                    estimate,
                    n=len(rows),
                    method=METHOD,
                    evidence=EVIDENCE,
                    **about,
                )
            )
            trees.append(
                {
                    "attribute": attribute.label,
                    "group": name,
                    "n": len(rows),
                    "miscalibration": estimate.as_tree(),
                    "chosen": before[rows].mean(axis=0),
                    "shown": listed[rows].mean(axis=0),
                }
            )
    return trees, findings


def _ratio(columns: Floats, counts: Floats, level: float) -> Estimate:
    totals, draws = columns.sum(axis=0), counts @ columns
    with np.errstate(divide="ignore", invalid="ignore"):
        return from_draws(
            float(totals[0] / totals[1]) if totals[1] else 0.0,
            draws[:, 0] / draws[:, 1],
            level,
            len(columns),
            acceleration_of(columns, lambda means: means[..., 0] / means[..., 1]),
        )


def _mean(values: Floats, counts: Floats, level: float) -> Estimate:
    known = np.isfinite(values)
    columns = np.column_stack([np.where(known, values, 0.0), known.astype(np.float64)])
    return _ratio(columns, counts, level)


def _lists(given: AuditInput) -> EvidenceFile:
    table = given.table
    rng = np.random.default_rng(given.seed)
    rows = rng.permutation(table.test.n_rows)[:N_LISTS]
    entity = table.test.entity
    lists = [
        {
            "customer": table.entities[int(entity[row])]
            if entity is not None and table.entities
            else f"row {row}",
            "came_next": table.items[int(table.test.target[row]) - 1]
            if table.test.target[row] > 0
            else "an unseen item",
            **explain_list(given.predictor, table, int(row)),  # type: ignore[arg-type]  # asked before
        }
        for row in rows
    ]
    return json_file(
        "lists.json", {"lists": lists}, "lists of single customers, with reasons", restricted=True
    )
