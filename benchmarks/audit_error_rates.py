"""False alarms of the fairness checks on data without bias, and the power to find a gap of ten points.

Goals: without bias, at most 5 % of the samples show any verdict "breached", and in at most 5 % a family of
joint intervals leaves out 0; a planted gap of ten points with 2,000 rows a group is shown in at least 95 %.

    python benchmarks/audit_error_rates.py [--runs 2000] [--write]
"""

from __future__ import annotations

import argparse

import harness  # first: it sets one thread
import numpy as np

from testamur.audit.fairness import GAPS_CHECK
from testamur.audit.fairness_gaps import gap_findings
from testamur.audit.fairness_table import measure_groups
from testamur.audit.golden_world import make_input
from testamur.audit.judge import judge
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding
from testamur.contracts.job import AuditOptions
from testamur.contracts.policy import VerdictStatus

FAMILIES = (
    "demographic_parity_gap",
    "equal_opportunity_gap",
    "false_positive_rate_gap",
    "equalised_odds_gap",
    "predictive_parity_gap",
)
OPTIONS = AuditOptions(bootstrap=500)
FIRST_SEED = 20_000  # of the table; the joint critical value was mended on others
EXPLANATION = (
    "Two protected attributes of 2 and 4 levels, 4,000 rows, decisions that depend on the outcome alone; "
    "and the same with one group of 2,000 rows selected ten points more often than the other. The "
    "functions are those that the audit calls; each measure is one family over all pairs of groups."
)


def sample(seed: int, gap: float) -> tuple[list[Finding], object]:
    """Findings of one sample, and what it was made from."""
    r = np.random.default_rng([seed, round(gap * 1000)])
    n = 4000
    first, second = np.repeat([0, 1], n // 2), r.integers(0, 4, n)
    event = (r.random(n) < 0.4).astype(np.int64)
    chance = 0.25 + 0.35 * event + gap * first
    risk = np.where(r.random(n) < chance, 0.9, 0.1)
    groups = {"first": (("a", "b"), first), "second": (tuple("klmn"), second)}
    given = make_input(event, {"model": risk}, groups=groups, options=OPTIONS, seed=seed)
    table = measure_groups(given, pairs=False, seed_of=GAPS_CHECK.key)
    return gap_findings(table, GAPS_CHECK.key, "groups.json", differences=False), given


def breached(findings: list[Finding], given: object) -> bool:
    """Whether the core's policy says breached of any of them."""
    entry = CoverageEntry(
        check=GAPS_CHECK.key, section=GAPS_CHECK.section, question="?", status=CheckStatus.DONE
    )
    verdicts = judge(tuple(findings), (entry,), given.policy)  # type: ignore[attr-defined]
    return any(verdict.status is VerdictStatus.BREACHED for verdict in verdicts)


def main() -> int:
    """Simulate, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="also write the page of figures")
    options = parser.parse_args()
    page = harness.Page(
        "audit_error_rates", "Fairness: false alarms and power", EXPLANATION, packages=("numpy",)
    )
    page.note(f"{options.runs} samples of each kind.")
    shown = {name: [] for name in FAMILIES}
    alarms, found = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + options.runs):
        findings, given = sample(seed, 0.0)
        alarms.append(breached(findings, given))
        for name in FAMILIES:
            shown[name].append(any(f.low > 0 for f in findings if f.measure == name and f.value is not None))
        findings, _ = sample(seed, 0.1)
        parity = [f for f in findings if f.measure == FAMILIES[0] and f.attribute == "first"]
        found.append(parity[0].low > 0)
    page.lines += ["", "| family, no bias | samples in which a gap is shown |", "|---|---:|"]
    for name, hits in shown.items():
        page.lines.append(f"| `{name}` | {100 * np.mean(hits):.1f} % |")
        page.goal(harness.Goal(f"false `{name}`", 100 * float(np.mean(hits)), at_most=5, unit="%"))
    page.goal(
        harness.Goal("any verdict breached without bias", 100 * float(np.mean(alarms)), at_most=5, unit="%")
    )
    page.goal(harness.Goal("gap of ten points shown", 100 * float(np.mean(found)), at_least=95, unit="%"))
    return page.finish(write=options.write)


if __name__ == "__main__":
    raise SystemExit(main())
