"""The list of a dossier's files: safe names, digests, manifest and SHA256SUMS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from testamur.contracts.errors import IntegrityError, Problem
from testamur.contracts.evidence_names import is_file_name
from testamur.contracts.report import Manifest, ManifestEntry

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
ATTESTATION = "attestation.dsse.json"
SIGNER = "signer.pub"
RESTRICTED = "restricted"
SIGNATURES = "signatures"
SEALING = frozenset({MANIFEST, SUMS, ATTESTATION})
"""Files that carry the seal and are therefore not listed in the manifest."""


def checked_name(name: str) -> str:
    """The name, when it is a plain relative path that cannot leave the folder.

    Raises:
        IntegrityError: It is absolute, climbs, or holds a character other than letters, digits and ``._-/``.
    """
    parts = name.split("/")
    if not all(is_file_name(part) for part in parts):
        raise IntegrityError(
            "a file of a dossier needs a relative name of letters, digits and ._-/ that does not climb, "
            f"however: {name!r}"
        )
    return name


def digest_file(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal, and size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def list_files(folder: Path) -> tuple[list[str], list[Problem]]:
    """Relative names of the sealed files in `folder`, sorted, and whatever lies there that is no file.

    What persons signed later is not among them: see `sign.read_signatures`.
    """
    names, problems = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(f"{SIGNATURES}/"):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            problems.append(Problem(name, "a regular file is required, however: it is a link or a device"))
        elif path.is_file():
            names.append(name)
    return names, problems


def make_manifest(
    folder: Path,
    names: Iterable[str],
    *,
    report_id: str = "",
    job_id: str = "",
    digest: Callable[[Path], tuple[str, int]] = digest_file,
) -> Manifest:
    """The manifest over `names`, in alphabetical order.

    Args:
        folder: Where the files lie.
        names: Below the folder.
        report_id: Name of the report.
        job_id: The job.
        digest: Gives SHA-256 and size of a file; reads each once.
    """
    entries = []
    for name in sorted(names):
        sha256, size = digest(folder / name)
        restricted = PurePosixPath(name).parts[0] == RESTRICTED
        entries.append(ManifestEntry(path=name, sha256=sha256, n_bytes=size, restricted=restricted))
    return Manifest(report_id=report_id, job_id=job_id, files=tuple(entries))


def make_sums(manifest: Manifest, manifest_sha256: str) -> bytes:
    """The text that ``sha256sum -c`` reads: every listed file, then the manifest itself."""
    lines = [f"{entry.sha256}  {entry.path}" for entry in manifest.files]
    return "\n".join([*lines, f"{manifest_sha256}  {MANIFEST}", ""]).encode()
