"""Defects measured in peers beside fairlearn's (design/AUDIT.md, section 2), tried out on our checks."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.fairness import GAPS_CHECK
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.performance import DISCRIMINATION
from testamur.audit.run import run_audit, run_check
from testamur.contracts.check import CheckOutcome, CheckSpec
from testamur.contracts.finding import CheckStatus, Section
from testamur.contracts.job import AuditOptions

SECTIONS = (Section.DATA, Section.PERFORMANCE, Section.CALIBRATION, Section.FAIRNESS)
CHECKS = [check for check in ALL_CHECKS if check.section in SECTIONS]
QUICK = AuditOptions(bootstrap=100)


def world(n=600, seed=0, **more):
    r = np.random.default_rng(seed)
    event = (r.random(n) < 0.3).astype(int)
    risk = np.clip(0.3 + 0.3 * event + 0.2 * r.normal(size=n), 0.01, 0.99)
    sex, age = r.integers(0, 2, n), r.integers(0, 3, n)
    groups = {"sex": (("f", "m"), sex), "age": (("young", "old", "oldest"), age)}
    predicted = {"model": risk, "naive": np.full(n, 0.3), "boosting": np.clip(risk * 0.9, 0.01, 0.99)}
    return make_input(event, predicted, groups=groups, options=QUICK, seed=seed, **more)


def breaks(_) -> CheckOutcome:
    raise KeyError("a check that fails")


BROKEN = CheckSpec(
    key="core.fairness.broken",
    section=GAPS_CHECK.section,
    title="Broken",
    question="Does it fail?",
    formula="none",
    citation="none",
    problems=GAPS_CHECK.problems,
    run="tests_of_peers:breaks",
)


def test_ai_verify_a_failure_is_no_progress(monkeypatch):
    """AI Verify's robustness plugin swallows its exception and reports 100 % progress."""
    monkeypatch.setattr("testamur.audit.run.resolve", lambda reference: breaks)
    result = run_audit(world(), [BROKEN])
    (entry,) = result.coverage
    assert entry.status is CheckStatus.FAILED
    assert "KeyError" in entry.reason
    told = conclude(world(), result)
    assert any("core.fairness.broken failed" in line for line in told.limitations)


def test_ai_verify_every_number_has_seed_method_and_uncertainty():
    given = world()
    result = run_audit(given, CHECKS)
    for finding in (f for f in result.findings if f.value is not None):
        assert finding.seed == given.seed
        assert finding.method
        assert finding.exact or (finding.low is not None and finding.high is not None), finding.measure


@pytest.mark.parametrize("broken", ["none of the outcomes", "no protected attribute"])
def test_leakpro_and_sacro_drop_no_section(broken):
    """Sections that cannot be computed stay in the ledger with a reason; nothing comes back as `{}`."""
    given = world()
    if broken == "none of the outcomes":
        table = replace(given.table, test=replace(given.table.test, target=np.zeros(600, int)))
    else:
        bare = {
            name: replace(given.table.part(name), groups=given.table.part(name).groups[:, :0])
            for name in ("train", "validation", "test")
        }
        table = replace(given.table, attributes=(), **bare)
    result = run_audit(replace(given, table=table), CHECKS)
    assert [entry.check for entry in result.coverage] == [check.key for check in CHECKS]
    for entry in result.coverage:
        assert entry.status is not CheckStatus.FAILED, (entry.check, entry.reason)
        assert entry.status is CheckStatus.DONE or entry.reason, entry.check


def test_responsible_ai_toolbox_rows_behind_the_first_5000_count():
    """The first 5,000 rows are ranked perfectly, the other 5,000 upside down: together they are 0.5."""
    event = np.tile([0, 1], 5000)
    risk = np.where((np.arange(10_000) < 5000) == (event == 1), 0.9, 0.1)
    groups = {"half": (("first", "second"), np.repeat([0, 1], 5000))}
    given = make_input(event, {"model": risk}, groups=groups, options=QUICK)
    _, outcome = run_check(given, DISCRIMINATION)
    auc = next(f for f in outcome.findings if f.measure == "auc")
    assert auc.value == pytest.approx(0.5)
    assert auc.n == 10_000
    _, gaps = run_check(given, GAPS_CHECK)
    assert next(f for f in gaps.findings if f.measure == "equal_opportunity_gap").value == 1.0


def test_evidently_shared_evidence_does_not_grow_with_the_rows():
    """Evidently's reports reach 300 MB; what ours is drawn from does not grow with the rows."""
    sizes = []
    for n in (1000, 8000):
        result = run_audit(world(n), CHECKS)
        sizes.append(sum(len(file.content) for file in result.evidence if not file.restricted))
    assert sizes[1] < 1.2 * sizes[0]
    assert sizes[1] < 400_000


def test_giskard_p_values_of_one_family_are_corrected_and_never_crash_on_ties():
    """Giskard's Benjamini-Hochberg takes argsort for ranks; p here is Bonferroni's, at most 1."""
    from scipy.stats import fisher_exact

    cells = {"a": (60, 20, 10, 30), "b": (60, 20, 10, 30), "c": (55, 25, 12, 28)}
    event, risk, groups = from_cells(cells)
    _, outcome = run_check(make_input(event, {"model": risk}, groups=groups, options=QUICK), GAPS_CHECK)
    ratio = next(f for f in outcome.findings if f.measure == "adverse_impact_ratio")
    raw = fisher_exact([[50, 70], [53, 67]])[1]
    assert ratio.p_value == pytest.approx(min(1.0, 3 * raw))


def test_model_cards_limitations_are_never_empty_and_name_what_was_not_done():
    given = world()
    result = conclude(given, run_audit(given, CHECKS))
    assert result.limitations
    open_ = [e for e in result.coverage if e.status is CheckStatus.NOT_RUN]
    not_run = [e.check for e in open_]
    text = " ".join(result.limitations)
    assert not_run
    assert all(check in text for check in not_run)
    sheet = json.loads(next(f.content for f in result.evidence if f.name == "datasheet.json"))
    answers = [field["answer"] for group in sheet["groups"] for field in group["fields"]]
    assert len(sheet["groups"]) == 7
    assert all(answers)
    assert "not stated" in answers
