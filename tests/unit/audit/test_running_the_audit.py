"""The walk of the audit: ledger, guard, events, evidence, limitations, bad input."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.run import run_audit
from testamur.contracts.check import CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import Cancelled, ConfigurationError, DataError
from testamur.contracts.event import EventKind
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Section
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Predictions

EVENT, RISK, GROUPS = from_cells({"a": (60, 20, 10, 30), "b": (40, 10, 20, 30)})


def audited(given, checks, **more):
    return conclude(given, run_audit(given, checks, **more))


def _given(**more):
    return make_input(EVENT, {"model": RISK, "naive": np.full(len(EVENT), 0.4)}, groups=GROUPS, **more)


def _check(name, **more):
    fields = {
        "key": f"core.{name}",
        "section": Section.OVERSIGHT,
        "title": name,
        "question": "Is it?",
        "formula": "-",
        "citation": "-",
        "problems": (ProblemKind.BINARY,),
        "run": f"audit_checks_of_the_tests:{name}",
    }
    return CheckSpec(**(fields | more))


@pytest.fixture(autouse=True)
def checks_of_the_tests(monkeypatch):
    import sys
    from types import ModuleType

    module = ModuleType("audit_checks_of_the_tests")

    def raises(given):
        raise ZeroDivisionError("a fault of the check")

    def wrong_type(given):
        return ["nothing"]

    def foreign(given):
        return CheckOutcome((Finding(check="core.other", measure="m", label="m", value=1.0),))

    def lost_evidence(given):
        return CheckOutcome(
            (Finding(check="core.lost_evidence", measure="m", label="m", value=1.0, evidence="no.json"),)
        )

    def taken(given):
        return CheckOutcome((), (EvidenceFile("leakage.json", b"{}"),))

    def cancelled(given):
        raise Cancelled("by its owner")

    def lacks_a_package(given):
        import a_package_that_nobody_has  # noqa: F401

    for function in (lacks_a_package, raises, wrong_type, foreign, lost_evidence, taken, cancelled):
        setattr(module, function.__name__, function)
    monkeypatch.setitem(sys.modules, module.__name__, module)


class Watcher:
    def __init__(self, stop_at=None):
        self.events, self.asked, self.stop_at = [], 0, stop_at

    def emit(self, kind, data):
        self.events.append((kind, dict(data)))

    def check_stop(self):
        self.asked += 1
        if self.asked == self.stop_at:
            raise Cancelled("by its owner")


def test_a_package_that_is_missing_is_named_in_the_ledger():
    result = audited(_given(), [_check("lacks_a_package")])
    entry = next(e for e in result.coverage if e.check == "core.lacks_a_package")
    assert entry.status is CheckStatus.FAILED
    assert entry.reason == "a package is required that is not installed: a_package_that_nobody_has"


def test_every_planned_check_is_in_the_ledger_and_every_finding_rests_on_evidence():
    watcher = Watcher()
    result = audited(_given(), ALL_CHECKS, observer=watcher)
    keys = [entry.check for entry in result.coverage]
    assert keys[: len(ALL_CHECKS)] == [check.key for check in ALL_CHECKS]
    assert all(e.status is not CheckStatus.FAILED for e in result.coverage), [
        e.reason for e in result.coverage
    ]
    assert all(e.reason for e in result.coverage if e.status is not CheckStatus.DONE)
    names = {file.name for file in result.evidence}
    for finding in result.findings:
        assert finding.evidence in names or finding.status is not CheckStatus.DONE, finding
        assert finding.seed == 0
        assert finding.status is not CheckStatus.DONE or finding.method
        assert (finding.value is None) == (finding.status is not CheckStatus.DONE)
    assert [data["done"] for _, data in watcher.events] == list(range(1, len(ALL_CHECKS) + 1))
    assert {kind for kind, _ in watcher.events} == {EventKind.CHECK}
    assert {data["total"] for _, data in watcher.events} == {len(ALL_CHECKS)}
    for file in result.evidence:
        if file.name.endswith(".json"):
            json.loads(file.content, parse_constant=lambda name: pytest.fail(name))


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (audited(_given(seed=s), ALL_CHECKS) for s in (1, 1, 2))
    assert [f.content for f in first.evidence] == [f.content for f in again.evidence]
    drop = {"seconds": 0.0}
    assert [f.model_copy(update=drop) for f in first.findings] == [
        f.model_copy(update=drop) for f in again.findings
    ]
    assert [f.low for f in first.findings] != [f.low for f in other.findings]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "ZeroDivisionError at test_running_the_audit.py, line "),
        ("wrong_type", "a CheckOutcome is required, however: list"),
        ("foreign", "core.other"),
        ("lost_evidence", "no.json"),
        ("unknown", "unknown"),
    ],
)
def test_a_check_that_fails_is_in_the_ledger_and_the_others_run_on(name, reason):
    result = audited(_given(), [_check(name), *ALL_CHECKS[:2]])
    assert result.coverage[0].status is CheckStatus.FAILED
    assert reason in result.coverage[0].reason
    assert "a fault of the check" not in result.coverage[0].reason  # words that are not ours may quote a cell
    assert all(e.status is CheckStatus.DONE for e in result.coverage[1:3])
    assert any(f"core.{name} failed" in line for line in result.limitations)


def test_evidence_of_another_check_is_not_overwritten():
    twins = next(c for c in ALL_CHECKS if c.key == "core.leakage.twins")
    result = audited(_given(), [twins, _check("taken")])
    assert result.coverage[1].status is CheckStatus.FAILED
    assert json.loads({f.name: f.content for f in result.evidence}["leakage.json"])["n_test"] == len(EVENT)


def test_a_request_to_stop_is_obeyed_between_checks_and_within():
    with pytest.raises(Cancelled):
        audited(_given(), ALL_CHECKS, observer=Watcher(stop_at=3))
    with pytest.raises(Cancelled):
        audited(_given(), [_check("cancelled")])


def test_what_is_missing_is_named():
    given = make_input(EVENT, {"model": RISK}, threshold=None)
    everything = _check("raises", needs=tuple(Need))
    entry, *_ = audited(given, [everything]).coverage
    assert entry.status is CheckStatus.NOT_RUN
    for word in (
        "baseline",
        "protected",
        "threshold",
        "recipe",
        "entity",
        "time",
        "gradients",
        "model itself",
    ):
        assert word in entry.reason


def test_another_kind_of_problem_is_not_applicable():
    entry, *_ = audited(_given(), [_check("raises", problems=(ProblemKind.RANKING,))]).coverage
    assert entry.status is CheckStatus.NOT_APPLICABLE


def test_without_rows_nothing_is_run():
    empty = {"g": (("a",), np.zeros(0, int))}
    given = make_input(np.zeros(0), {"model": np.zeros(0)}, groups=empty)
    result = audited(given, ALL_CHECKS)
    assert {e.status for e in result.coverage} == {CheckStatus.NOT_RUN, CheckStatus.NOT_APPLICABLE}
    assert not result.cleared


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.where(np.arange(len(EVENT)) == 7, np.nan, 0.5), "first in row 7"),
        (np.full(len(EVENT), 1.2), "0 to 1"),
        (np.full(len(EVENT) - 1, 0.5), "shape"),
    ],
)
def test_predictions_that_cannot_be_used_are_refused(values, words):
    with pytest.raises(DataError, match=words):
        audited(make_input(EVENT, {"model": values}), ALL_CHECKS)


def test_every_fault_of_the_predictions_is_listed_at_once():
    given = make_input(EVENT, {"naive": np.full(len(EVENT), -1.0)})
    given = replace(given, predictions={**given.predictions, "odd": {"test": Predictions()}})
    with pytest.raises(DataError) as caught:
        audited(given, ALL_CHECKS)
    assert len(caught.value.problems) == 3


def test_reference_groups_that_do_not_exist_are_refused_with_a_proposal():
    options = AuditOptions(reference_groups={"grup": "a", "group": "c"}, bootstrap=100)
    with pytest.raises(ConfigurationError, match="did you mean group") as caught:
        audited(_given(options=options), ALL_CHECKS)
    assert len(caught.value.problems) == 2


def test_the_reference_group_is_the_one_asked_for_else_the_largest():
    gaps = [c for c in ALL_CHECKS if c.key == "core.fairness.gaps"]
    for options, reference in (
        (None, "a"),
        (AuditOptions(reference_groups={"group": "b"}, bootstrap=100), "b"),
    ):
        result = audited(_given(options=options), gaps)
        found = [f for f in result.findings if f.measure == "true_positive_rate_difference"]
        assert [str(f.reference) for f in found] == [reference]


def test_predictions_are_restricted_and_safe_to_open():
    given = make_input(EVENT, {"model": RISK}, groups={"=cmd()": GROUPS["group"]})
    result = audited(given, ALL_CHECKS[:1])
    file = next(f for f in result.evidence if f.name == "predictions.csv")
    assert file.restricted
    assert not any(f.restricted for f in result.evidence if f is not file)
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert rows[0] == ["row", "target", "probability", "selected", "'=cmd()"]
    assert len(rows) == len(EVENT) + 1


@pytest.mark.parametrize("kind", [ProblemKind.REGRESSION, ProblemKind.MULTICLASS])
def test_other_problems_walk_through_with_the_default_policy(kind):
    r = np.random.default_rng(0)
    groups = {"g": (("a", "b"), r.integers(0, 2, 300)), "h": (("c", "d"), r.integers(0, 2, 300))}
    if kind is ProblemKind.REGRESSION:
        target = r.normal(size=300)
        predicted = {"model": target + r.normal(size=300) * 0.3, "naive": np.zeros(300)}
        given = make_input(target, predicted, groups=groups, kind=kind)
    else:
        target = r.integers(0, 3, 300)
        sure = np.eye(3)[np.where(r.random(300) < 0.7, target, 0)] * 0.7 + 0.1
        given = make_input(
            target,
            {"model": sure, "naive": np.full((300, 3), 1 / 3)},
            groups=groups,
            kind=kind,
            classes=("k", "l", "m"),
        )
    result = audited(given, ALL_CHECKS)
    assert not [e for e in result.coverage if e.status is CheckStatus.FAILED]
    assert {v.limit.id for v in result.verdicts} == {
        "no_leaked_rows",
        "errors_beat_naive" if kind is ProblemKind.REGRESSION else "classes_beat_naive",
        "members_not_found",
    }
    assert result.cleared


def test_small_groups_and_shared_entities_become_limitations():
    cells = {"a": (60, 20, 10, 30), "tiny": (2, 1, 1, 1)}
    event, risk, groups = from_cells(cells)
    given = make_input(
        event, {"model": risk}, groups=groups, entity=np.arange(len(event)) // 2, weight=np.ones(len(event))
    )
    result = audited(given, ALL_CHECKS)
    assert not [e for e in result.coverage if e.status is CheckStatus.FAILED]
    text = " ".join(result.limitations)
    assert "could not be estimated for: tiny" in text
    assert "share entities" in text
    assert "sample weights" in text
