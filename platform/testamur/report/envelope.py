"""DSSE envelopes with one ed25519 signature.

Source: Dead Simple Signing Envelope, protocol and envelope v1.0.2,
https://github.com/secure-systems-lab/dsse.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from testamur.contracts.errors import IntegrityError
from testamur.report.canonical import dump_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was signed, by whom, and the signature.

    Attributes:
        payload: The statement's bytes.
        key_id: Fingerprint of the signer's public key.
        signature: Over the pre-authentication encoding of the payload.
    """

    payload: bytes
    key_id: str
    signature: bytes


def encode_for_signature(payload: bytes) -> bytes:
    """Pre-authentication encoding: ``DSSEv1 LEN(type) type LEN(payload) payload``."""
    kind = PAYLOAD_TYPE.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def write_envelope(envelope: Envelope) -> bytes:
    """The envelope as canonical JSON."""
    return dump_json(
        {
            "payload": base64.b64encode(envelope.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": envelope.key_id, "sig": base64.b64encode(envelope.signature).decode()}],
        }
    )


def read_envelope(content: bytes) -> Envelope:
    """Read an envelope, refusing every spelling but the one `write_envelope` gives.

    Raises:
        IntegrityError: It is no such envelope, or a byte of it was changed.
    """
    try:
        tree = json.loads(content)
        (signed,) = tree["signatures"]
        envelope = Envelope(
            payload=base64.b64decode(tree["payload"], validate=True),
            key_id=str(signed["keyid"]),
            signature=base64.b64decode(signed["sig"], validate=True),
        )
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise IntegrityError("a DSSE envelope with one signature is required, however: it is none") from error
    if write_envelope(envelope) != content:
        raise IntegrityError("a DSSE envelope as it was written is required, however: it was changed")
    return envelope
