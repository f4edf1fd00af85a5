"""The key of a person who signs decisions: ed25519, in a file of their own, kept under a passphrase."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.report.keys import SigningKey, refuse_open_file, with_public_half


def make_person_key(path: Path, passphrase: str) -> SigningKey:
    """Make a key and write its private half to `path`, readable by its owner alone.

    Args:
        path: A file that does not exist yet.
        passphrase: Encrypts the file; empty leaves it open to whoever can read the file.

    Raises:
        StoreError: The file exists or cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    locked: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    except OSError as error:
        raise StoreError(
            f"a new file for the key is required, however: {path}: {error.strerror}",
            remedy="a key is never overwritten: name another file",
        ) from error
    return with_public_half(private)


def is_locked(path: Path) -> bool:
    """True where the key file asks for a passphrase.

    Raises:
        IntegrityError: It cannot be read.
    """
    return b"BEGIN ENCRYPTED PRIVATE KEY" in _content(path)


def read_person_key(path: Path, passphrase: str = "") -> SigningKey:
    """The key in a file that `make_person_key` or openssl wrote.

    Raises:
        IntegrityError: It is no ed25519 private key, the passphrase is wrong, or others may read it.
    """
    content = _content(path)
    refuse_open_file(path)
    try:
        key = load_pem_private_key(content, password=passphrase.encode() or None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IntegrityError(
            f"an ed25519 private key and its passphrase are required, however: they do not open {path}",
            remedy="make one: testamur key person FILE",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise IntegrityError(f"an ed25519 private key is required, however: {path} holds another kind")
    return with_public_half(key)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"a key file is required, however: {path}: {error.strerror}") from error
