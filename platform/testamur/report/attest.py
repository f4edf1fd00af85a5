"""The seal: an in-toto statement over every file of a dossier, in a DSSE envelope.

Source: in-toto attestation framework, Statement v1, https://github.com/in-toto/attestation.
"""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Any

from testamur.contracts.report import Manifest
from testamur.report.canonical import dump_json, dump_record
from testamur.report.envelope import Envelope, encode_for_signature, write_envelope
from testamur.report.keys import SigningKey
from testamur.report.listing import ATTESTATION, MANIFEST, SUMS, make_sums

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:testamur:attestation:audit:v1"
_PREDICATE_FIELDS = ("report_id", "schema_version", "title", "cleared", "expires", "signer")


class Sealer(StrEnum):
    """Which process held the key when a dossier was sealed."""

    SUPERVISOR = "supervisor"  # in it no plugin code runs, and none can read the key where the walls stand
    JOB = "job"  # the process that ran the job, plugin code with it: `testamur run`


def make_statement(
    manifest: Manifest, digests: dict[str, str], report: dict[str, Any], sealed_by: Sealer
) -> dict[str, Any]:
    """The statement as plain values.

    Args:
        manifest: The files it covers.
        digests: SHA-256 of the manifest and of SHA256SUMS, by name.
        report: The report as plain values; the fields a verifier sorts by are repeated.
        sealed_by: Which process signs it.
    """
    files = {entry.path: entry.sha256 for entry in manifest.files} | digests
    policy = report["policy"]
    predicate = {name: report[name] for name in _PREDICATE_FIELDS}
    predicate |= {
        "job_id": manifest.job_id,
        "created_at": report["provenance"]["created_at"],
        "sealed_by": sealed_by.value,
        "policy": {"key": policy["key"], "version": policy["version"]},
    }
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }


def seal(folder: Path, manifest: Manifest, report: dict[str, Any], key: SigningKey, by: Sealer) -> Path:
    """Write manifest, SHA256SUMS and the signature over both into a folder whose files are complete.

    Args:
        folder: The files of a dossier.
        manifest: What they were found to be.
        report: The report among them, as plain values.
        key: The platform's key.
        by: Which process signs.

    Returns:
        Path of the attestation.
    """
    listed = dump_record(manifest)
    manifest_sha256 = hashlib.sha256(listed).hexdigest()
    sums = make_sums(manifest, manifest_sha256)
    digests = {MANIFEST: manifest_sha256, SUMS: hashlib.sha256(sums).hexdigest()}
    payload = dump_json(make_statement(manifest, digests, report, by))
    envelope = Envelope(payload, key.fingerprint, key.sign(encode_for_signature(payload)))
    for name, content in ((MANIFEST, listed), (SUMS, sums), (ATTESTATION, write_envelope(envelope))):
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return folder / ATTESTATION
