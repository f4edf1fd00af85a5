"""The platform's signing key: ed25519, made once, readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.settings import make_private

KEY_FILE = Path("keys") / "signing.pem"


@dataclass(frozen=True, slots=True)
class PublicHalf:
    """What whoever writes a dossier must know of the key that will seal it, and all that a runner gets.

    Attributes:
        public_pem: Public key as PEM (SubjectPublicKeyInfo).
        fingerprint: SHA-256 of the public key in DER form, in hexadecimal.
    """

    public_pem: bytes
    fingerprint: str

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Of a public key in PEM form.

        Raises:
            IntegrityError: It is none.
        """
        return cls(pem, fingerprint(read_public(pem, origin="the key that is to seal")))


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key together with what may be told about it.

    Attributes:
        private: The ed25519 key; never printed.
        public_pem: Public key as PEM (SubjectPublicKeyInfo).
        fingerprint: SHA-256 of the public key in DER form, in hexadecimal.
    """

    private: Ed25519PrivateKey
    public_pem: bytes
    fingerprint: str

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint[:16]})"

    def sign(self, message: bytes) -> bytes:
        """(64,) bytes of signature over `message`."""
        return self.private.sign(message)


def load_or_create(home: Path) -> SigningKey:
    """The key in ``home/keys/signing.pem``, made on first use.

    Raises:
        IntegrityError: The file is open to others, or holds no ed25519 private key.
        StoreError: There is none yet, and it cannot be written; no half of it stays.
    """
    path = home / KEY_FILE
    if not path.exists():
        try:
            _create(path)
        except OSError as error:
            raise StoreError(
                f"a signing key must be written to {path}, however: {error.strerror}",
                remedy="make room or choose another TESTAMUR_HOME, then try again",
            ) from error
    refuse_open_file(path)
    return with_public_half(_read_private(path))


def export(home: Path) -> bytes:
    """The public key as PEM, to be handed to whoever verifies dossiers."""
    return load_or_create(home).public_pem


def read_public(pem: bytes, *, origin: str) -> Ed25519PublicKey:
    """Read a public key.

    Args:
        pem: Content of a PEM file.
        origin: Where it came from, for the message.

    Raises:
        IntegrityError: It is not an ed25519 public key in PEM form.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_a_key(origin) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _not_a_key(origin)
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo in DER form, as ``openssl pkey -outform DER`` writes it."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _not_a_key(origin: str) -> IntegrityError:
    return IntegrityError(
        f"an ed25519 public key in PEM form is required, however: {origin} holds none",
        remedy="ask the platform's owner for the output of `testamur key export`",
    )


def _create(path: Path) -> None:
    make_private(path.parent.parent)  # the home
    make_private(path.parent)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process of this number that was killed
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # the first of two workers wins; the other one takes the winner's key
    except FileExistsError:
        return
    finally:
        draft.unlink()


def refuse_open_file(path: Path) -> None:
    """Return where nobody but the owner may read a private key.

    Raises:
        IntegrityError: Others may.
    """
    if os.name != "posix":
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise IntegrityError(
            f"the signing key must be readable by its owner alone, however: {path} has mode {mode:04o}",
            remedy=f"chmod 600 {path}; if others may have read it, replace it and tell those who verify",
        )


def _read_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IntegrityError(
            f"an ed25519 private key in PKCS8 PEM form is required, however: {path} holds none"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise IntegrityError(f"an ed25519 private key is required, however: {path} holds another kind")
    return key


def with_public_half(private: Ed25519PrivateKey) -> SigningKey:
    """The key with its public half and fingerprint."""
    public = private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(private=private, public_pem=pem, fingerprint=fingerprint(public))
