"""Is a dossier what was sealed, and by whom? Works offline, without torch and without Jinja2."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from pydantic import ValidationError

from testamur.contracts.errors import IntegrityError, Problem
from testamur.contracts.report import Manifest
from testamur.report.attest import PREDICATE_TYPE, STATEMENT_TYPE
from testamur.report.canonical import dump_record
from testamur.report.envelope import Envelope, encode_for_signature, read_envelope
from testamur.report.keys import fingerprint, read_public
from testamur.report.listing import (
    ATTESTATION,
    MANIFEST,
    RESTRICTED,
    SEALING,
    SIGNER,
    SUMS,
    checked_name,
    digest_file,
    list_files,
    make_sums,
)
from testamur.report.sign import Signature, read_signatures


class VerificationStatus(StrEnum):
    """What verification came to."""

    SIGNED = "intact, signed by the given key"
    SIGNER_UNKNOWN = "intact, signer unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome, with every problem found.

    Attributes:
        status: What it came to.
        signer: Fingerprint of the key that made the seal, or empty.
        problems: Everything that is wrong; empty when intact.
        n_files: Listed files that are here and were compared with the manifest.
        report_id: The report's name, or empty where the manifest cannot be read.
        without_restricted: True when ``restricted/`` was left out as a whole on export.
        signatures: Decisions that persons signed on this dossier; who they are is the reader's to know.
        sealed_by: Which process held the key (see `attest.Sealer`); empty where the seal does not say.
    """

    status: VerificationStatus
    signer: str
    problems: tuple[Problem, ...]
    n_files: int
    report_id: str = ""
    without_restricted: bool = False
    signatures: tuple[Signature, ...] = ()
    sealed_by: str = ""

    @property
    def ok(self) -> bool:
        """True when every file is as it was sealed (and, with a key given, sealed by it)."""
        return self.status is not VerificationStatus.FAILED

    def __str__(self) -> str:
        if not self.ok:
            return "\n  - ".join([f"failed: {len(self.problems)} problem(s)", *map(str, self.problems)])
        known = self.status is VerificationStatus.SIGNED
        line = f"intact, signed by {self.signer}" if known else f"intact, signer unknown ({self.signer})"
        return f"{line}; exported without restricted files" if self.without_restricted else line


def verify_dossier(folder: Path, *, key: Path | None = None) -> Verification:
    """Compare a dossier with its manifest, and the seal with a key the reader already has.

    Args:
        folder: The dossier.
        key: Public key in PEM form, had from elsewhere; without it the signer stays unknown,
            as the key inside the folder proves only that the folder is intact.

    Raises:
        IntegrityError: `folder` is no folder, or `key` is no public key.
    """
    if not folder.is_dir():
        raise IntegrityError(f"a dossier's folder is required, however: {folder} is none")
    trusted = None if key is None else fingerprint(read_public(_read_key(key), origin=str(key)))
    problems: list[Problem] = []
    manifest = _read_manifest(folder, problems)
    if manifest is None:
        return Verification(VerificationStatus.FAILED, "", tuple(problems), 0)
    n_files, exported = _compare_files(folder, manifest, problems)
    signer, sealed_by = _check_seal(folder, manifest, problems)
    if trusted is not None and signer != trusted:
        problems.append(
            Problem(
                ATTESTATION, f"the seal of {trusted[:16]} is required, however: unknown signer {signer[:16]}"
            )
        )
    signatures = read_signatures(folder, problems)
    intact = VerificationStatus.SIGNER_UNKNOWN if trusted is None else VerificationStatus.SIGNED
    return Verification(
        status=VerificationStatus.FAILED if problems else intact,
        signer=signer,
        problems=tuple(problems),
        n_files=n_files,
        report_id=manifest.report_id,
        without_restricted=exported,
        signatures=signatures,
        sealed_by=sealed_by,
    )


def _read_key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"a public key file is required, however: {path} cannot be read") from error


def _read_manifest(folder: Path, problems: list[Problem]) -> Manifest | None:
    path = folder / MANIFEST
    if not path.is_file() or path.is_symlink():
        problems.append(Problem(MANIFEST, "a manifest is required, however: it is missing"))
        return None
    content = path.read_bytes()
    try:
        manifest = Manifest.model_validate_json(content)
        for entry in manifest.files:
            checked_name(entry.path)
    except (ValidationError, IntegrityError):
        problems.append(Problem(MANIFEST, "a manifest of safe names is required, however: it cannot be read"))
        return None
    if dump_record(manifest) != content:
        problems.append(Problem(MANIFEST, "changed since it was sealed"))
    return manifest


def _compare_files(folder: Path, manifest: Manifest, problems: list[Problem]) -> tuple[int, bool]:
    """Note what is missing, changed or added.

    Returns:
        The number of files that were compared, and whether all of ``restricted/`` was left out.
    """
    present, strange = list_files(folder)
    problems.extend(strange)
    here, listed = set(present), {entry.path: entry for entry in manifest.files}
    restricted = {name for name, entry in listed.items() if entry.restricted}
    exported = bool(restricted) and not (folder / RESTRICTED).exists()
    expected = set(listed) - restricted if exported else set(listed)
    problems.extend(Problem(name, "missing") for name in sorted((expected | SEALING) - here))
    problems.extend(
        Problem(name, "not in the manifest: added after sealing")
        for name in sorted(here - set(listed) - SEALING)
    )
    for name in sorted(expected & here):
        if digest_file(folder / name) != (listed[name].sha256, listed[name].n_bytes):
            problems.append(Problem(name, "changed since it was sealed"))
    return len(expected & here), exported


def _check_seal(folder: Path, manifest: Manifest, problems: list[Problem]) -> tuple[str, str]:
    """Fingerprint of the key whose signature holds and who sealed; or empty with the problem noted."""
    if any(not (folder / name).is_file() for name in (ATTESTATION, SIGNER, SUMS)):
        return "", ""  # already noted as missing
    manifest_sha256 = digest_file(folder / MANIFEST)[0]
    if (folder / SUMS).read_bytes() != make_sums(manifest, manifest_sha256):
        problems.append(Problem(SUMS, "does not list what the manifest lists"))
    try:
        envelope = read_envelope((folder / ATTESTATION).read_bytes())
        signer = _check_signature(envelope, (folder / SIGNER).read_bytes())
    except IntegrityError as error:
        problems.append(Problem(ATTESTATION, error.message))
        return "", ""
    digests = {MANIFEST: manifest_sha256, SUMS: digest_file(folder / SUMS)[0]}
    wanted = {entry.path: entry.sha256 for entry in manifest.files} | digests
    subjects, sealed_by = _read_statement(envelope.payload)
    if subjects != wanted:
        problems.append(Problem(ATTESTATION, "the statement does not name the files of the manifest"))
    return signer, sealed_by


def _check_signature(envelope: Envelope, public_pem: bytes) -> str:
    public = read_public(public_pem, origin=SIGNER)
    if envelope.key_id != fingerprint(public):
        raise IntegrityError(f"the seal must be of the key in {SIGNER}, however: it names another key")
    try:
        public.verify(envelope.signature, encode_for_signature(envelope.payload))
    except InvalidSignature as error:
        raise IntegrityError(
            "a valid signature is required, however: it does not fit the statement"
        ) from error
    return envelope.key_id


def _read_statement(payload: bytes) -> tuple[dict[str, str] | None, str]:
    """Digests by name, None where it is no statement of ours; and which process sealed."""
    try:
        statement: dict[str, Any] = json.loads(payload)
        if (statement["_type"], statement["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
            return None, ""
        digests = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
        return digests, str(statement["predicate"].get("sealed_by", ""))  # earlier seals do not say it
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, ""
