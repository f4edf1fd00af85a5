"""The whole walk in this process, on tables of a user's own: from a CSV to a dossier that verifies."""

import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from testamur.contracts.errors import Cancelled, Interrupted
from testamur.contracts.event import EventKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import JobSpec
from testamur.hooks.registry import Registry
from testamur.pipeline.run_job import JobOutcome, run_job
from testamur.report.verify import verify_dossier

QUICK = {"epochs": 4, "patience": 4}
SMALL = {"members": 4, "hidden": 16, "bins": 4}
SHORT = {"self_check": "off", "privacy_attacks": "none", "baselines": "few"}  # where no finding is asked for
OF_NO_ROWS = {"core.data.datasheet", "core.energy.training", "core.oversight.stated"}  # statements and meters


class Watcher:
    """Keeps every event; ends the attempt at a chosen one."""

    def __init__(self, *, stop_at: tuple[EventKind, str, object] | None = None, reason=Interrupted) -> None:
        self.events: list[tuple[EventKind, dict]] = []
        self._stop_at, self._reason, self._stopping = stop_at, reason, False

    def emit(self, kind, data):
        self.events.append((kind, dict(data)))
        if self._stop_at is not None:
            wanted, field, value = self._stop_at
            self._stopping |= kind is wanted and data.get(field) == value

    def check_stop(self):
        if self._stopping:
            raise self._reason("the attempt was stopped by the test")

    def of(self, kind: EventKind) -> Iterable[dict]:
        return [data for found, data in self.events if found is kind]


def write_table(path: Path, *, n: int = 500, kind: str = "binary", seed: int = 3) -> Path:
    rng = random.Random(seed)
    lines = ["id,age,sex,region,visits,income,y"]
    for i in range(n):
        age, sex, region = rng.randint(18, 80), rng.choice("fm"), rng.choice(["north", "south", "east"])
        visits = rng.randint(0, 12)
        income = "" if rng.random() < 0.1 else f"{rng.gauss(40, 9):.2f}"
        pull = 0.1 * visits - 0.02 * (age - 50) + rng.gauss(0, 0.6)
        y = {
            "binary": "yes" if pull > 0.6 else "no",
            "multiclass": "abc"[(pull > 0) + (pull > 0.8)],
            "regression": f"{pull:.4f}",
        }
        lines.append(f"{i},{age},{sex},{region},{visits},{income},{y[kind]}")
    path.write_text("\n".join(lines) + "\n")
    return path


def spec_of(path: Path, audit: dict | None = None, **dataset) -> JobSpec:
    request = {"path": str(path), "target": "y", "protected": ["sex", "age"], "identifier": "id", **dataset}
    return JobSpec.parse(
        {
            "job": {"name": "A table of my own", "seed": 11},
            "dataset": request,
            "model": {"options": SMALL},
            "training": QUICK,
            "audit": {"bands": {"age": [40, 60]}, "bootstrap": 200, **(audit or {})},
        }
    )


def walk(spec: JobSpec, tmp_path: Path, *, observer=None, attempt: int = 1, name: str = "job") -> JobOutcome:
    return run_job(
        spec,
        job_id="abcdefghijkl",
        attempt=attempt,
        registry=Registry.load(tmp_path / "home"),
        observer=observer or Watcher(),
        folder=tmp_path / name,
        dossier=tmp_path / f"{name}-dossier",
        home=tmp_path / "home",
        base=tmp_path,
    )


def weights(outcome: JobOutcome) -> bytes:
    return (outcome.dossier / "model" / "weights.safetensors").read_bytes()


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("binary")
    watcher = Watcher()
    outcome = walk(spec_of(write_table(folder / "mine.csv"), positive="yes"), folder, observer=watcher)
    return folder, outcome, watcher


def test_a_table_of_ones_own_leaves_with_a_dossier_that_verifies(binary):
    _, outcome, _ = binary
    assert verify_dossier(outcome.dossier, key=None).ok
    names = {str(p.relative_to(outcome.dossier)) for p in outcome.dossier.rglob("*") if p.is_file()}
    assert {
        "report.html",
        "report.json",
        "manifest.json",
        "model/weights.safetensors",
        "encoder.json",
    } <= names


def test_every_stage_is_announced_in_order(binary):
    stages = [data["stage"] for data in binary[2].of(EventKind.STAGE)]
    assert stages == ["load", "split", "fit", "predict", "audit", "judge", "report", "seal"]


def test_every_finding_rests_on_evidence_in_the_dossier(binary):
    _, outcome, _ = binary
    known = {evidence.name: evidence for evidence in outcome.report.evidence}
    done = [finding for finding in outcome.report.findings if finding.status is CheckStatus.DONE]
    assert len(done) > 30
    for finding in done:
        assert finding.n > 0 or finding.check in OF_NO_ROWS, finding
        match = [name for name in known if name.endswith("/" + finding.evidence)] or [finding.evidence]
        assert (outcome.dossier / match[0]).is_file(), finding.evidence
        assert finding.low is None or finding.low <= finding.value, finding
        assert finding.high is None or finding.value <= finding.high, finding


def test_every_registered_check_is_in_the_ledger(binary):
    folder, outcome, _ = binary
    checks = Registry.load(folder / "home").checks()
    planned = {key for key, check in checks.items() if not check.datasets}  # others are bound to their data
    assert {entry.check for entry in outcome.report.coverage} == planned
    assert all(entry.reason for entry in outcome.report.coverage if entry.status is not CheckStatus.DONE)
    assert not [entry for entry in outcome.report.coverage if entry.status is CheckStatus.FAILED]


def test_the_identifier_and_the_protected_columns_are_no_features(binary):
    model = json.loads((binary[1].dossier / "encoder.json").read_text())
    features = json.dumps(model.get("features", model))
    assert '"visits"' in features
    for name in ("id", "sex", "age"):
        assert name not in {column["name"] for column in json.loads(features)}


def test_no_row_level_value_is_outside_restricted(binary):
    outcome = binary[1]
    shared = [p for p in outcome.dossier.rglob("*.json") if "restricted" not in p.parts]
    assert shared
    assert all('"row"' not in p.read_text() for p in shared)


def test_the_same_seed_gives_the_same_weights(binary):
    folder, outcome, _ = binary
    again = walk(spec_of(folder / "mine.csv", SHORT, positive="yes"), folder, name="again")
    assert weights(again) == weights(outcome)


def test_an_interrupted_attempt_resumes_to_the_same_weights(binary):
    folder, outcome, _ = binary
    spec = spec_of(folder / "mine.csv", SHORT, positive="yes")
    with pytest.raises(Interrupted):
        walk(spec, folder, name="cut", observer=Watcher(stop_at=(EventKind.EPOCH, "epoch", 2)))
    resumed = walk(spec, folder, name="cut", attempt=2)
    assert weights(resumed) == weights(outcome)
    assert resumed.report.training.resumed_from_epoch in (1, 2)


@pytest.mark.parametrize("stage", ["load", "fit", "predict", "audit", "report"])
def test_a_cancelled_job_leaves_no_dossier(binary, stage):
    folder, _, _ = binary
    watcher = Watcher(stop_at=(EventKind.STAGE, "stage", stage), reason=Cancelled)
    spec = spec_of(folder / "mine.csv", SHORT, positive="yes")
    with pytest.raises(Cancelled):
        walk(spec, folder, name=f"cancel-{stage}", observer=watcher)
    assert not (folder / f"cancel-{stage}-dossier").exists()


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_other_problems_walk_the_same_way(tmp_path, kind):
    outcome = walk(spec_of(write_table(tmp_path / "mine.csv", kind=kind, n=400)), tmp_path)
    assert verify_dossier(outcome.dossier, key=None).ok
    assert outcome.report.data.problem_kind.value == kind
    assert not [entry for entry in outcome.report.coverage if entry.status is CheckStatus.FAILED]
    assert "<script" not in (outcome.dossier / "report.html").read_text()


def test_hostile_names_are_text_in_the_report(tmp_path):
    path = write_table(tmp_path / "mine.csv")
    hostile = "<img src=x onerror=alert(1)>"
    text = (
        path.read_text()
        .replace("region", hostile)
        .replace("north", "=HYPERLINK(1)")
        .replace(",f,", ",<b>f</b>,")
    )
    path.write_text(text)
    outcome = walk(spec_of(path, positive="yes"), tmp_path)
    page = (outcome.dossier / "report.html").read_text()
    assert "<img" not in page
    assert "<b>f</b>" not in page
    assert "&lt;img" in page
