"""Evidence that cannot go into a dossier makes its check fail; the job and the other checks go on."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from testamur.audit.evidence_faults import evidence_faults
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.run import run_audit
from testamur.contracts.check import CheckOutcome, CheckSpec
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, EvidenceFile, Section

EVENT, RISK, GROUPS = from_cells({"a": (60, 20, 10, 30), "b": (40, 10, 20, 30)})
BAD = {
    "climbs": (EvidenceFile("../x.json", b"{}"),),
    "spaced": (EvidenceFile("my table.json", b"{}"),),
    "empty": (EvidenceFile("", b"{}"),),
    "no_json": (EvidenceFile("a.json", b"{"),),
    "no_text": (EvidenceFile("a.json", b"\xff{}"),),
    "a_list": (EvidenceFile("a.json", b"[1]"),),
    "not_finite": (EvidenceFile("a.json", b'{"x": NaN}'),),
    "too_large": (EvidenceFile("a.json", b'{"x": 1e999}'),),
    "deep": (EvidenceFile("a.json", b'{"x": ' + b"[" * 100_000),),
    "no_bytes": (EvidenceFile("a.json", "{}"),),
    "twice": (EvidenceFile("a.json", b"{}"), EvidenceFile("a.json", b"{}")),
    "predictions": (EvidenceFile("predictions.csv", b"row\n", "text/csv", restricted=True),),
    "training": (EvidenceFile("training.json", b"{}"),),
    "another_type": ("a.json",),
}


def check_of(name):
    return CheckSpec(
        key=f"mine.{name}", section=Section.OVERSIGHT, title=name, question="Is it?", formula="-",
        citation="-", problems=(ProblemKind.BINARY,), run=f"evidence_of_the_tests:{name}",
    )  # fmt: skip


@pytest.fixture
def module(monkeypatch):
    made = ModuleType("evidence_of_the_tests")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


@pytest.mark.parametrize("name", BAD)
def test_unusable_evidence_fails_its_check_alone(name, module):
    setattr(module, name, lambda given: CheckOutcome((), BAD[name]))
    module.good = lambda given: CheckOutcome((), (EvidenceFile("good.json", b'{"x": 1}'),))
    given = make_input(EVENT, {"model": RISK, "naive": np.full(len(EVENT), 0.4)}, groups=GROUPS)
    result = run_audit(given, (check_of(name), check_of("good")))
    assert [entry.status for entry in result.coverage] == [CheckStatus.FAILED, CheckStatus.DONE]
    assert "required" in result.coverage[0].reason or "given once" in result.coverage[0].reason
    files = {file.name: file for file in result.evidence}
    assert {"good.json", "predictions.csv"} <= set(files) <= {"good.json", "predictions.csv", "training.json"}
    assert files["predictions.csv"].content.startswith(b"row,target,probability")


def test_all_faults_of_a_check_are_told_at_once():
    files = (EvidenceFile("../x", b"{}"), EvidenceFile("training.json", b"{}"), EvidenceFile("a.json", b"1"))
    assert len(evidence_faults(files, {})) == 3


def test_row_level_evidence_of_another_check_cannot_be_opened_up():
    earlier = EvidenceFile("rows.csv", b"1\n", "text/csv", restricted=True)
    same = EvidenceFile("rows.csv", b"1\n", "text/csv", restricted=True, description="again")
    shared = EvidenceFile("rows.csv", b"1\n", "text/csv")
    assert evidence_faults((same,), {"rows.csv": earlier}) == []
    assert "another check" in evidence_faults((shared,), {"rows.csv": earlier})[0]


def test_text_that_is_no_json_needs_no_object():
    assert evidence_faults((EvidenceFile("notes.txt", b"[", "text/plain"),), {}) == []
