"""The seal: an in-toto statement over every file of a dossier, in a DSSE envelope.

Source: in-toto attestation framework, Statement v1, https://github.com/in-toto/attestation.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from testamur.contracts.report import Manifest
from testamur.report.canonical import dump_json
from testamur.report.envelope import Envelope, encode_for_signature, write_envelope
from testamur.report.keys import SigningKey
from testamur.report.listing import ATTESTATION, MANIFEST, SUMS

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:testamur:attestation:audit:v1"
_PREDICATE_FIELDS = ("report_id", "schema_version", "title", "cleared", "expires", "signer")


def make_statement(manifest: Manifest, digests: dict[str, str], report: dict[str, Any]) -> dict[str, Any]:
    """The statement as plain values.

    Args:
        manifest: The files it covers.
        digests: SHA-256 of the manifest and of SHA256SUMS, by name.
        report: The report as plain values; the fields a verifier sorts by are repeated.
    """
    files = {entry.path: entry.sha256 for entry in manifest.files} | digests
    policy = report["policy"]
    predicate = {name: report[name] for name in _PREDICATE_FIELDS}
    predicate |= {
        "job_id": manifest.job_id,
        "created_at": report["provenance"]["created_at"],
        "policy": {"key": policy["key"], "version": policy["version"]},
    }
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }


def seal(folder: Path, key: SigningKey) -> Path:
    """Sign the manifest and SHA256SUMS of a written folder.

    Args:
        folder: A folder that holds manifest, SHA256SUMS and report.json.
        key: The platform's key.

    Returns:
        Path of the attestation.
    """
    manifest_bytes = (folder / MANIFEST).read_bytes()
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (MANIFEST, SUMS)}
    statement = make_statement(
        Manifest.model_validate_json(manifest_bytes),
        digests,
        json.loads((folder / "report.json").read_bytes()),
    )
    payload = dump_json(statement)
    envelope = Envelope(payload, key.fingerprint, key.sign(encode_for_signature(payload)))
    path = folder / ATTESTATION
    path.write_bytes(write_envelope(envelope))
    return path
