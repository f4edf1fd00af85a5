"""Fairness of decisions: rates per group, gaps between groups, intersections."""

from __future__ import annotations

from testamur.audit.fairness_evidence import groups_file
from testamur.audit.fairness_gaps import gap_findings
from testamur.audit.fairness_rates import rate_findings
from testamur.audit.fairness_table import GroupTable, measure_groups
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Section

_HERE = "testamur.audit.fairness"
_NEEDS = (Need.PREDICTIONS, Need.PROTECTED, Need.THRESHOLD)
_BINARY = (ProblemKind.BINARY,)

RATES_CHECK = CheckSpec(
    key="core.fairness.rates",
    section=Section.FAIRNESS,
    title="Rates per group",
    question="How often does the model select people of each group, and how often rightly?",
    formula="selection (TP+FP)/n, TPR TP/(TP+FN), FPR FP/(FP+TN), PPV TP/(TP+FP), accuracy (TP+TN)/n",
    citation="Wilson 1927; Brown, Cai and DasGupta 2001, Stat Sci 16:101; joint: Romano and Wolf 2005",
    needs=_NEEDS,
    problems=_BINARY,
    run=f"{_HERE}:run_rates",
    golden="testamur.audit.golden_fairness:rates_cases",
)
GAPS_CHECK = CheckSpec(
    key="core.fairness.gaps",
    section=Section.FAIRNESS,
    title="Gaps between groups",
    question="How far apart do the groups of an attribute lie in how the model treats them?",
    formula="max - min of a rate over groups; adverse-impact ratio min / max; equalised odds max(dTPR, dFPR)",
    citation=(
        "Hardt, Price and Srebro 2016; 29 CFR 1607.4(D); Newcombe 1998, Stat Med 17:873; "
        "Donner and Zou 2012, Stat Methods Med Res 21:347"
    ),
    needs=_NEEDS,
    problems=_BINARY,
    run=f"{_HERE}:run_gaps",
    golden="testamur.audit.golden_fairness:gaps_cases",
)
INTERSECTIONS_CHECK = CheckSpec(
    key="core.fairness.intersections",
    section=Section.FAIRNESS,
    title="Intersections of two attributes",
    question="Are people who belong to two groups at once treated differently from others?",
    formula="as rates and gaps, for every pair of attributes",
    citation="Crenshaw 1989; Buolamwini and Gebru 2018; intervals as for gaps",
    needs=_NEEDS,
    problems=_BINARY,
    run=f"{_HERE}:run_intersections",
    golden="testamur.audit.golden_fairness:intersection_cases",
)


def run_rates(given: AuditInput) -> CheckOutcome:
    """Rates of every group of every attribute, with joint intervals."""
    table = _measure(given, pairs=False)
    return CheckOutcome(
        tuple(rate_findings(table, RATES_CHECK.key, "groups.json")), (groups_file(table, "groups.json"),)
    )


def run_gaps(given: AuditInput) -> CheckOutcome:
    """Gaps, ratios and differences from the reference group, with joint intervals."""
    table = _measure(given, pairs=False)
    return CheckOutcome(
        tuple(gap_findings(table, GAPS_CHECK.key, "groups.json")), (groups_file(table, "groups.json"),)
    )


def run_intersections(given: AuditInput) -> CheckOutcome:
    """Rates and gaps of every pair of attributes, with joint intervals."""
    if len(given.table.attributes) < 2:
        raise Skip(CheckStatus.NOT_APPLICABLE, "fewer than two protected attributes are declared")
    if not given.options.intersections:
        raise Skip(CheckStatus.NOT_RUN, "the job turned intersections off (audit.intersections = false)")
    table = _measure(given, pairs=True)
    key, name = INTERSECTIONS_CHECK.key, "intersections.json"
    found = rate_findings(table, key, name) + gap_findings(table, key, name, differences=False)
    return CheckOutcome(tuple(found), (groups_file(table, name),))


def _measure(given: AuditInput, *, pairs: bool) -> GroupTable:
    # Both checks of single attributes draw from one seed, so that they write the same evidence.
    return measure_groups(given, pairs=pairs, seed_of=INTERSECTIONS_CHECK.key if pairs else GAPS_CHECK.key)


CHECKS: tuple[CheckSpec, ...] = (RATES_CHECK, GAPS_CHECK, INTERSECTIONS_CHECK)
