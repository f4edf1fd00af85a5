"""A person's signature beside the seal, and a dossier handed on without its row-level files."""

import json
import shutil
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from testamur.contracts.decision import Decision, DecisionKind
from testamur.contracts.errors import ConfigurationError, IntegrityError, StoreError
from testamur.contracts.policy import Severity, VerdictStatus
from testamur.interfaces.cli import main
from testamur.report.export import export_dossier
from testamur.report.person_key import is_locked, make_person_key, read_person_key
from testamur.report.sign import check_decision, sign_decision
from testamur.report.verify import verify_dossier


@pytest.fixture
def copy(sealed, tmp_path):
    return Path(shutil.copytree(sealed, tmp_path / "dossier"))


@pytest.fixture
def person(tmp_path):
    return make_person_key(tmp_path / "person.pem", "")


def decide(report, person, kind=DecisionKind.REFUSE, **more):
    fields = {
        "report_id": report.report_id,
        "kind": kind,
        "name": "Ada Officer",
        "role": "data-protection officer",
        "expires": report.expires,
        "decided_at": datetime(report.expires.year - 1, 1, 2, 3, 4, 5, tzinfo=UTC),
        "signer": person.fingerprint,
    }
    return Decision(**{**fields, **more})


def met(report, *, should=VerdictStatus.MET):
    """The report with every binding limit met and the others as asked."""
    verdicts = tuple(
        v.model_copy(update={"status": VerdictStatus.MET if v.limit.severity is Severity.MUST else should})
        for v in report.verdicts
    )
    return report.model_copy(update={"verdicts": verdicts})


def test_a_signature_leaves_the_seal_as_it_is_and_is_found(copy, report, person):
    path = sign_decision(copy, decide(report, person), report, person)
    found = verify_dossier(copy)
    assert found.ok
    (signature,) = found.signatures
    assert signature.decision == decide(report, person)
    assert copy / signature.name == path


@pytest.mark.parametrize("suffix", [".dsse.json", ".pub"])
def test_one_changed_byte_of_a_signature_or_its_key_is_seen(copy, report, person, suffix):
    path = sign_decision(copy, decide(report, person), report, person)
    touched = path.with_name(path.name.replace(".dsse.json", suffix))
    content = bytearray(touched.read_bytes())
    content[len(content) // 2] ^= 1
    touched.write_bytes(content)
    found = verify_dossier(copy)
    assert not found.ok
    assert found.signatures == ()


def test_a_signature_on_another_dossier_does_not_count(copy, report, person, tmp_path):
    path = sign_decision(copy, decide(report, person), report, person)
    other = tmp_path / "other"
    shutil.copytree(copy, other)
    manifest = json.loads((other / "manifest.json").read_bytes())
    manifest["job_id"] = "another"
    (other / "manifest.json").write_text(json.dumps(manifest))
    assert any(p.where == f"signatures/{path.name}" for p in verify_dossier(other).problems)


def test_whatever_else_lies_among_the_signatures_is_told(copy, report, person):
    sign_decision(copy, decide(report, person), report, person)
    (copy / "signatures" / "note.txt").write_text("hello")
    (problem,) = verify_dossier(copy).problems
    assert problem.where == "signatures/note.txt"


def test_a_release_needs_every_binding_limit(report, person):
    assert not report.cleared
    with pytest.raises(ConfigurationError, match="binding limit is required to be met"):
        check_decision(decide(report, person, DecisionKind.RELEASE), report)


def test_a_release_needs_a_reason_for_every_other_limit_that_is_not_met(report, person):
    held = met(report, should=VerdictStatus.NOT_SHOWN)
    wanted = [v.limit.id for v in held.verdicts if v.limit.severity is Severity.SHOULD]
    assert wanted
    with pytest.raises(ConfigurationError) as caught:
        check_decision(decide(report, person, DecisionKind.RELEASE), held)
    assert [p.where for p in caught.value.problems] == [f"limit {name}" for name in wanted]
    reasons = dict.fromkeys(wanted, "too few people to tell; reviewed monthly")
    check_decision(decide(report, person, DecisionKind.RELEASE, reasons=reasons), held)
    check_decision(decide(report, person, DecisionKind.RELEASE), met(report))


def test_a_decision_ends_with_the_report_at_the_latest(report, person):
    late = decide(report, person, expires=report.expires + timedelta(days=1))
    with pytest.raises(ConfigurationError, match="up to the end of the report"):
        check_decision(late, report)
    past = decide(report, person, expires=date(2001, 1, 1))
    with pytest.raises(ConfigurationError, match="a day ahead is required"):
        check_decision(past, report)


def test_conditions_belong_to_a_conditional_release_alone(report, person):
    with pytest.raises(ValidationError, match="names them"):
        decide(report, person, DecisionKind.CONDITIONAL)
    with pytest.raises(ValidationError, match="names them"):
        decide(report, person, DecisionKind.REFUSE, conditions=("only adults",))


def test_a_persons_key_is_locked_never_overwritten_and_refused_where_others_can_read_it(tmp_path):
    path = tmp_path / "ada.pem"
    made = make_person_key(path, "long and secret")
    assert is_locked(path)
    assert read_person_key(path, "long and secret").fingerprint == made.fingerprint
    with pytest.raises(IntegrityError, match="passphrase"):
        read_person_key(path, "guess")
    with pytest.raises(StoreError, match="a new file"):
        make_person_key(path, "")
    path.chmod(0o644)
    with pytest.raises(IntegrityError, match="mode 0644"):
        read_person_key(path, "long and secret")


def test_an_export_leaves_restricted_out_and_verifies(copy, report, person, tmp_path):
    sign_decision(copy, decide(report, person), report, person)
    made = export_dossier(copy, tmp_path / "out" / "shared")
    found = verify_dossier(made)
    assert (found.ok, found.without_restricted, len(found.signatures)) == (True, True, 1)
    assert not (made / "restricted").exists()
    with pytest.raises(StoreError, match="exists"):
        export_dossier(copy, made)


def test_an_archive_holds_the_same_and_is_the_same_each_time(copy, tmp_path):
    first, second = (export_dossier(copy, tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert not any(name.startswith("restricted/") for name in archive.namelist())
    assert verify_dossier(tmp_path / "unpacked").ok


def test_a_changed_dossier_is_neither_exported_nor_signed(copy, tmp_path, person):
    (copy / "report.html").write_text("changed")
    with pytest.raises(IntegrityError, match="as it was sealed"):
        export_dossier(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    asked = ["--key", str(tmp_path / "person.pem"), "--name", "A", "--role", "B", "--decision", "refuse"]
    done = CliRunner().invoke(main, ["report", "sign", str(copy), *asked])
    assert done.exit_code == IntegrityError.exit_code


def test_the_commands_make_a_key_sign_and_show_the_signature(copy, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("long and secret\n")
    key = tmp_path / "ada.pem"
    lock = ["--passphrase-file", str(secret)]
    runner = CliRunner()
    assert runner.invoke(main, ["key", "person", str(key), *lock]).exit_code == 0
    asked = ["report", "sign", str(copy), "--key", str(key), *lock, "--name", "Ada", "--role", "officer"]
    signed = runner.invoke(main, [*asked, "--decision", "refuse", "--json"])
    assert signed.exit_code == 0, signed.output
    assert json.loads(signed.stdout)["kind"] == "do not release"
    shown = runner.invoke(main, ["report", "verify", str(copy)])
    assert "do not release: signed as Ada, officer" in shown.stdout
    faulty = runner.invoke(main, [*asked, "--decision", "refuse", "--expires", "soon"])
    assert faulty.exit_code == 2
