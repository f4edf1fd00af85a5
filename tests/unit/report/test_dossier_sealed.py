"""The dossier: written in one step, sealed, and broken by any change."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.contracts.finding import EvidenceFile
from testamur.contracts.job import DatasetRequest, JobSpec
from testamur.contracts.report import Manifest
from testamur.report.attest import Sealer, seal
from testamur.report.dossier import evidence_records, write_dossier
from testamur.report.job_file import write_job
from testamur.report.keys import KEY_FILE, export, load_or_create
from testamur.report.listing import SEALING, checked_name, make_manifest
from testamur.report.verify import VerificationStatus, verify_dossier

ROOT = Path(__file__).parents[3]
PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
FILES = (
    "report.html", "report.json", "model/weights.safetensors", "model/model.json", "encoder.json", "job.toml",
    "evidence/groups.json", "restricted/predictions.csv", "manifest.json", "attestation.dsse.json",
    "SHA256SUMS", "signer.pub", "README.txt",
)  # fmt: skip


@pytest.fixture
def copy(sealed, tmp_path):
    return Path(shutil.copytree(sealed, tmp_path / "dossier"))


@pytest.fixture
def key_file(signing_key, tmp_path):
    path = tmp_path / "key.pub"
    path.write_bytes(signing_key.public_pem)
    return path


def test_a_dossier_holds_what_ships(sealed):
    assert all((sealed / name).is_file() for name in FILES)
    assert stat.S_IMODE((sealed / "restricted").stat().st_mode) == 0o700
    assert [p.name for p in sealed.parent.iterdir() if p.name.startswith(".")] == []


def test_an_untouched_dossier_is_intact(sealed, key_file, signing_key):
    unknown, known = verify_dossier(sealed, key=None), verify_dossier(sealed, key=key_file)
    assert unknown.status is VerificationStatus.SIGNER_UNKNOWN
    assert str(unknown).startswith("intact, signer unknown")
    assert known.status is VerificationStatus.SIGNED
    assert known.signer == signing_key.fingerprint
    assert known.ok
    assert not known.without_restricted


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_in_any_file_fails(copy, name):
    content = bytearray((copy / name).read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        (copy / name).write_bytes(changed)
        outcome = verify_dossier(copy, key=None)
        assert not outcome.ok, (name, place)
        assert outcome.problems
    (copy / name).write_bytes(content)
    assert verify_dossier(copy, key=None).ok


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_fails(copy, name):
    (copy / name).unlink()
    outcome = verify_dossier(copy, key=None)
    assert name in {problem.where for problem in outcome.problems}


def test_an_added_file_or_link_fails(copy):
    (copy / "evidence" / "more.json").write_text("{}")
    (copy / "link").symlink_to(copy / "report.html")
    places = {problem.where for problem in verify_dossier(copy, key=None).problems}
    assert places == {"evidence/more.json", "link"}


def test_all_problems_are_listed_at_once(copy):
    (copy / "README.txt").unlink()
    (copy / "encoder.json").write_text("{}")
    (copy / "new.txt").write_text("x")
    outcome = verify_dossier(copy, key=None)
    assert {p.where for p in outcome.problems} == {"README.txt", "encoder.json", "new.txt"}
    assert str(outcome).startswith("failed: 3 problem(s)")


def test_restricted_files_may_be_left_out_as_a_whole_only(copy, sealed, key_file):
    shutil.rmtree(copy / "restricted")
    outcome = verify_dossier(copy, key=key_file)
    assert outcome.ok
    assert "exported without restricted files" in str(outcome)
    whole = verify_dossier(sealed, key=key_file)
    assert whole.n_files - outcome.n_files == len(list((sealed / "restricted").iterdir())) > 0
    (copy / "restricted").mkdir()
    assert not verify_dossier(copy, key=key_file).ok


def test_an_unknown_signer_fails_and_a_bad_key_is_refused(sealed, tmp_path):
    other = tmp_path / "other.pub"
    other.write_bytes(load_or_create(tmp_path).public_pem)
    outcome = verify_dossier(sealed, key=other)
    assert not outcome.ok
    assert "unknown signer" in str(outcome)
    other.write_text("no key")
    with pytest.raises(IntegrityError, match="public key in PEM form"):
        verify_dossier(sealed, key=other)


def test_a_dossier_sealed_anew_by_another_fails_with_the_key(copy, tmp_path, key_file):
    thief = load_or_create(tmp_path / "thief")
    (copy / "report.html").write_text("All limits are met.")
    (copy / "signer.pub").write_bytes(thief.public_pem)
    names = [e.path for e in Manifest.model_validate_json((copy / "manifest.json").read_bytes()).files]
    manifest = make_manifest(copy, names, report_id="x", job_id="x")
    for name in SEALING:
        (copy / name).unlink()
    seal(copy, manifest, json.loads((copy / "report.json").read_bytes()), thief, Sealer.SUPERVISOR)
    assert verify_dossier(copy, key=None).status is VerificationStatus.SIGNER_UNKNOWN
    assert not verify_dossier(copy, key=key_file).ok


def test_writing_twice_gives_the_same_bytes(sealed, report, html, made, signing_key, tmp_path):
    spec = JobSpec.parse({"job": {"seed": 7}, "dataset": {"use": "health.nhefs"}})
    files = {p.name: p for p in (sealed / "model").iterdir()}
    folder = tmp_path / "again"
    for _ in range(2):
        write_dossier(folder, report, html, model_files=files, encoder={"columns": []},
                      evidence=made.evidence(), key=signing_key, job=spec)  # fmt: skip
    for name in FILES:
        assert (folder / name).read_bytes() == (sealed / name).read_bytes(), name
    assert [p.name for p in tmp_path.iterdir()] == ["again"]


def test_nothing_half_written_stays(report, html, made, signing_key, tmp_path):
    with pytest.raises(StoreError, match="must be written"):
        write_dossier(tmp_path / "d", report, html, model_files={"w": tmp_path / "absent"}, encoder={},
                      evidence=made.evidence(), key=signing_key)  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_evidence_that_the_report_does_not_name_is_refused(report, html, made, signing_key, tmp_path):
    with pytest.raises(IntegrityError, match="they differ"):
        write_dossier(tmp_path / "d", report, html, model_files={}, encoder={},
                      evidence=made.evidence()[1:], key=signing_key)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../b", "a//b", "", ".hidden", "a\nb", "a b", "C:x", "a\\b"]
)
def test_names_that_climb_are_refused(name):
    with pytest.raises(IntegrityError, match="relative name"):
        checked_name(name)
    with pytest.raises(IntegrityError, match="relative name"):
        evidence_records([EvidenceFile(name=name, content=b"")])


def test_the_key_is_private_and_kept(tmp_path):
    key = load_or_create(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert load_or_create(tmp_path).fingerprint == key.fingerprint
    assert export(tmp_path) == key.public_pem
    assert "PRIVATE" not in repr(key)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(IntegrityError, match="mode 0640"):
        load_or_create(tmp_path)


@pytest.mark.parametrize("kind", ["rsa", "text"])
def test_a_key_of_another_kind_is_refused(tmp_path, kind):
    path = tmp_path / KEY_FILE
    path.parent.mkdir()
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem if kind == "rsa" else b"nothing")
    path.chmod(0o600)
    with pytest.raises(IntegrityError, match="ed25519 private key"):
        load_or_create(tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.text(PRINTABLE, max_size=40))
def test_a_job_file_reads_back(text):
    spec = JobSpec.parse(
        {"job": {"name": text}, "dataset": {"path": "my.csv", "target": text, "protected": [text, "b"]},
         "audit": {"reference_groups": {text: "x"}, "bands": {"age": [40, 50.5]}}}
    )  # fmt: skip
    assert JobSpec.parse(tomllib.loads(write_job(spec))) == spec


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:s3cret@host/db",
        "postgresql://reader:a/s3cret@host/db",
        "postgresql://host/db?user=u&password=s3cret",
    ],
)
def test_a_job_file_holds_no_password(url):
    text = write_job(JobSpec(dataset=DatasetRequest(query="select 1", url=url, target="y")))
    assert "s3cret" not in text
    assert "host/db" in text


def test_verification_needs_neither_torch_nor_jinja(sealed):
    code = (
        "import sys; from pathlib import Path; from testamur.report.verify import verify_dossier\n"
        "assert verify_dossier(Path(sys.argv[1]), key=None).ok\n"
        "print(sorted({'torch', 'jinja2', 'numpy', 'polars', 'sqlmodel'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sealed)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def openssl_is_new() -> bool:
    if shutil.which("openssl") is None or shutil.which("sha256sum") is None:
        return False
    words = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split()
    return words[0] == "OpenSSL" and int(words[1].split(".")[0]) >= 3


def run_page(folder: Path, key: Path, work: Path) -> subprocess.CompletedProcess[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "verify.md").read_text(), re.M | re.S)
    script = work / "verify.sh"
    script.write_text("set -e\n" + "\n".join(blocks))
    return subprocess.run(
        ["sh", str(script)], cwd=folder, env={**os.environ, "KEY": str(key), "TMPDIR": str(work)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


# The page tells a reader to use these two programs; without them there is nothing of it to try.
@pytest.mark.skipif(not openssl_is_new(), reason="sha256sum and OpenSSL 3 or newer are not on this machine")
def test_the_page_verifies_without_testamur(copy, key_file, signing_key, tmp_path):
    good = run_page(copy, key_file, tmp_path)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Signature Verified Successfully" in good.stdout
    assert signing_key.fingerprint in good.stdout
    other = tmp_path / "other.pub"
    other.write_bytes(load_or_create(tmp_path / "home").public_pem)
    assert run_page(copy, other, tmp_path).returncode != 0
    (copy / "added.txt").write_text("x")
    assert run_page(copy, key_file, tmp_path).returncode != 0
    (copy / "added.txt").unlink()
    (copy / "encoder.json").write_text(json.dumps({"columns": [1]}))
    assert run_page(copy, key_file, tmp_path).returncode != 0
