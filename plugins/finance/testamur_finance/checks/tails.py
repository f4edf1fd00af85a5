"""Whether the outer quantiles are broken as often as stated, and one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur_finance.findings import counted, generator, json_file, measured, unknown
from testamur_finance.intervals import Floats, Interval, Ints, block_bootstrap, share_interval
from testamur_finance.market.scores import by_day
from testamur_finance.market.series import day_of, next_return, series_of
from testamur_finance.market.tests import Test, christoffersen, holm, kupiec

KEY = "finance.market.tails"
EVIDENCE = "finance_tails.json"
MOST_DRAWS = 1000
FEWEST_DAYS = 100  # per series: below it a 1 % quantile is broken once at most

Bools = NDArray[np.bool_]


def measure_tails(given: AuditInput) -> CheckOutcome:
    """Share of days beyond each outer quantile, with Kupiec's and Christoffersen's tests per series.

    Over several series, p-values are adjusted after Holm and the smallest one is told; the tests take days
    as independent, so they are made within a series and never over all rows together.
    """
    quantiles = given.predictions["model"]["test"].quantiles
    part, levels = given.table.test, given.table.problem.quantiles
    actual = next_return(part)
    known = np.flatnonzero(~np.isnan(actual))
    outer = [i for i, level in enumerate(levels) if level <= 0.05 or level >= 0.95]
    if quantiles is None or not outer or len(known) < FEWEST_DAYS:
        reason = f"{FEWEST_DAYS} known returns and a quantile of 5 % or less are required"
        return CheckOutcome((unknown(KEY, "coverage_01", "beyond the 1 % quantile", reason, Unit.SHARE),))
    findings: list[Finding] = []
    rows = []
    for i in outer:
        level = levels[i]
        lower = level < 0.5
        stated = level if lower else 1 - level
        hits = (actual < quantiles[:, 0, i]) if lower else (actual > quantiles[:, 0, i])
        found, row = _one_level(given, f"{round(level * 100):02d}", stated, lower, hits, known)
        findings += found
        rows.append({"level": level, "stated": stated, **row})
    tree = {
        "levels": rows,
        "n": len(known),
        "names": list(given.table.entities),
        "days": _worst_days(given, actual, quantiles[:, 0, outer[0]], known),
        "others": _others(given, actual, known, outer),
    }
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "Coverage of the outer quantiles"),))


def _one_level(
    given: AuditInput, name: str, stated: float, lower: bool, hits: Bools, known: Ints
) -> tuple[list[Finding], dict[str, Any]]:
    part = given.table.test
    daily, _ = by_day(hits[known].astype(np.float64), day_of(part)[known])
    side = "below" if lower else "above"
    words = f"returns {side} the {int(name)} % quantile"
    interval = _share(given, daily, name)
    per_series = _per_series(part, hits, known, stated)
    kupiec_p = _adjusted([k for _, k, _ in per_series])
    markov_p = _adjusted([c for _, _, c in per_series])
    about = {"evidence": EVIDENCE, "level": given.policy.level}
    how = "smallest p-value over series, Holm" if len(per_series) > 1 else "likelihood ratio, chi-squared"
    findings = [
        measured(KEY, f"coverage_{name}", words, interval, len(known), Unit.SHARE, **about),
        counted(
            KEY, f"kupiec_p_{name}", f"Kupiec's p-value, {words}", float(kupiec_p.min()), len(known),
            Unit.NUMBER, method=how, evidence=EVIDENCE, p_value=float(kupiec_p.min()),
        ),
        counted(
            KEY, f"christoffersen_p_{name}", f"Christoffersen's p-value, {words}", float(markov_p.min()),
            len(known), Unit.NUMBER, method=how, evidence=EVIDENCE, p_value=float(markov_p.min()),
        ),
    ]  # fmt: skip
    row = {
        "words": words,
        "lower": lower,
        "share": interval.value,
        "low": interval.low,
        "high": interval.high,
        "kupiec_p": float(kupiec_p.min()),
        "christoffersen_p": float(markov_p.min()),
        "n_series": len(per_series),
        "n_kupiec_rejected": int((kupiec_p < 0.05).sum()),
        "n_christoffersen_rejected": int((markov_p < 0.05).sum()),
        "series": [
            {"number": number, "share": float(hits[known][series_of(part)[known] == number].mean())}
            for number, _, _ in per_series
        ],
    }
    return findings, row


def _share(given: AuditInput, daily: Floats, name: str) -> Interval:
    n_draws = min(given.options.bootstrap, MOST_DRAWS)
    return share_beyond(daily, given.policy.level, n_draws, generator(given, KEY + name))


def share_beyond(daily: Floats, level: float, n_draws: int, rng: np.random.Generator) -> Interval:
    """Share of days beyond a quantile: the wider of a bootstrap of blocks and Wilson's interval over days.

    Blocks see that breaches come in rows, but nothing where there are none: no breach in 100 days would
    otherwise show a share of exactly 0.
    """
    drawn = block_bootstrap(
        lambda days: float(daily[days].mean()), len(daily), level=level, n_draws=n_draws, rng=rng
    )
    alone = share_interval(float(daily.sum()), len(daily), level)
    words = f"{drawn.method}, or {alone.method} over days where that is wider"
    return Interval(drawn.value, min(drawn.low, alone.low), max(drawn.high, alone.high), words)


def _per_series(part: Any, hits: Bools, known: Ints, stated: float) -> list[tuple[int, Test, Test]]:
    number, day = series_of(part)[known], day_of(part)[known]
    found = []
    for series in np.unique(number):
        rows = np.flatnonzero(number == series)
        ordered = hits[known][rows[np.argsort(day[rows], kind="stable")]]
        found.append((int(series), kupiec(ordered, stated), christoffersen(ordered, stated)))
    return found


def _adjusted(tests: list[Test]) -> Floats:
    return holm(np.array([test.p_value for test in tests]))


def _others(given: AuditInput, actual: Floats, known: Ints, outer: list[int]) -> list[dict[str, Any]]:
    """How often the baselines' outermost quantile is broken."""
    rows = []
    for name, parts in given.predictions.items():
        said = parts["test"].quantiles
        if name != "model" and said is not None:
            rows.append({"name": name, "share": float((actual < said[:, 0, outer[0]])[known].mean())})
    return rows


def _worst_days(given: AuditInput, actual: Floats, quantile: Floats, known: Ints) -> list[dict[str, Any]]:
    """Share of series below their lowest quantile per day: the days on which everything fell at once."""
    beyond = (actual < quantile)[known].astype(np.float64)
    share, days = by_day(beyond, day_of(given.table.test)[known])
    worst = np.argsort(-share, kind="stable")[:10]
    return [{"day": float(days[i]), "share": float(share[i])} for i in worst if share[i] > 0]
