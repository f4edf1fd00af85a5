"""A signed receipt of an erasure: what went, named by hashes only."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from testamur.contracts.errors import IntegrityError, NotFound, StoreError
from testamur.report.attest import STATEMENT_TYPE
from testamur.report.canonical import dump_json
from testamur.report.envelope import Envelope, encode_for_signature, read_envelope, write_envelope
from testamur.report.keys import SigningKey, fingerprint, read_public
from testamur.settings import make_private

ERASURE_TYPE = "urn:testamur:attestation:erasure:v1"
FOLDER = "receipts"


def digest_text(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_receipt(home: Path, facts: dict[str, Any], key: SigningKey) -> Path:
    """Sign what was erased and keep it in ``home/receipts``.

    Args:
        home: The platform's folder.
        facts: JSON-ready; hashes, counts and moments only.
        key: The platform's key.

    Raises:
        StoreError: It cannot be written.
    """
    subject = [{"name": "erasure", "digest": {"sha256": facts["subject_sha256"]}}]
    statement = {
        "_type": STATEMENT_TYPE, "subject": subject, "predicateType": ERASURE_TYPE, "predicate": facts,
    }  # fmt: skip
    payload = dump_json(statement)
    signed = Envelope(payload, key.fingerprint, key.sign(encode_for_signature(payload)))
    path = home / FOLDER / f"erasure-{digest_text(payload.decode())[:16]}.json"
    try:
        make_private(path.parent)
        path.write_bytes(write_envelope(signed))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"the receipt must be written to {path}, however: {error.strerror}") from error
    return path


def read_receipt(path: Path, public_pem: bytes) -> dict[str, Any]:
    """What a receipt says, once its signature is found to be that of the key.

    Raises:
        NotFound: There is no such file.
        IntegrityError: It was changed, signed with another key, or is no receipt.
    """
    if not path.is_file():
        raise NotFound(f"the file of a receipt is required, however: {path} is none")
    envelope = read_envelope(path.read_bytes())
    key = read_public(public_pem, origin="the key of the receipt")
    if envelope.key_id != fingerprint(key):
        raise IntegrityError("a receipt signed with this key is required, however: it names another")
    try:
        key.verify(envelope.signature, encode_for_signature(envelope.payload))
    except InvalidSignature as error:
        raise IntegrityError("the receipt was changed after it was signed") from error
    statement = json.loads(envelope.payload)
    if statement.get("predicateType") != ERASURE_TYPE:
        raise IntegrityError("the receipt of an erasure is required, however: this key signed something else")
    facts: dict[str, Any] = statement["predicate"]
    return facts


def is_about(facts: dict[str, Any], subject: str, salt: str) -> bool:
    """Whether a receipt is about this dataset or person: only who was given the salt can ask."""
    return hmac.compare_digest(digest_text(f"{salt}:{subject}"), facts["subject_sha256"])
