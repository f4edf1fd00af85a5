"""Closes a dossier: every file is read once, the manifest is made of what was read, and the seal put on.

Whoever seals trusts nothing but what lies in the folder: it was perhaps written by a process in which
plugin code ran. A link or a device in it is refused, so that nothing outside is read in its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from testamur.contracts.errors import IntegrityError, Problem, StoreError
from testamur.contracts.report import Manifest
from testamur.report.attest import Sealer, seal
from testamur.report.keys import SigningKey
from testamur.report.listing import SEALING, SIGNATURES, SIGNER, checked_name, list_files, make_manifest

_BLOCK = 1 << 20  # bytes read at once
_REPORT = "report.json"
_LONGEST_REPORT = 256 << 20  # bytes; it is read as a whole, and whoever seals must outlive it


@dataclass(frozen=True, slots=True)
class Closed:
    """A sealed dossier.

    Attributes:
        report_id: Its report.
        cleared: What the report says of release.
        n_files: Listed in the manifest.
    """

    report_id: str
    cleared: bool
    n_files: int


def close_dossier(
    folder: Path,
    key: SigningKey,
    by: Sealer,
    *,
    attempt: tuple[str, int] | None = None,
    check_stop: Callable[[], None] = lambda: None,
) -> Closed:
    """Seal what lies in a folder, and have it on the disk.

    Args:
        folder: A whole dossier without its seal.
        key: The platform's key; the report names it.
        by: Which process seals.
        attempt: Job and number of the attempt that the report must be of; None: any.
        check_stop: Asked for each MiB that is read; it raises where the attempt must end.

    Raises:
        IntegrityError: It is no dossier, one of another attempt or key, or holds what must not be in one.
        StoreError: It cannot be read or written.
    """
    try:
        names = _names(folder)
        manifest = make_manifest(folder, names, digest=partial(_digest, check_stop=check_stop))
        report = _read_report(folder, manifest)
        _compare(report, manifest, key, attempt)
        manifest = manifest.model_copy(
            update={"report_id": report["report_id"], "job_id": report["provenance"]["job_id"]}
        )
        seal(folder, manifest, report, key, by)
    except OSError as error:
        raise StoreError(
            f"the dossier must be sealed in {folder}, however: {error.strerror or error}"
        ) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"a whole report is required in {_REPORT}, however: it is none") from error
    return Closed(report["report_id"], report["cleared"] is True, len(manifest.files))


def _names(folder: Path) -> list[str]:
    if folder.is_symlink():
        raise IntegrityError("a folder is required where the dossier is written, however: it is a link")
    names, problems = list_files(folder)
    if (folder / SIGNATURES).exists():
        problems.append(Problem(SIGNATURES, "nobody has signed yet"))
    problems += [Problem(name, "the seal is put on by the platform") for name in SEALING & set(names)]
    if problems:
        raise IntegrityError(f"only files of its own are sealed, however: {'; '.join(map(str, problems))}")
    return [checked_name(name) for name in names]


def _digest(path: Path, *, check_stop: Callable[[], None]) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size in bytes of a file that is no link, and that is then on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise IntegrityError(f"a regular file with one name is required, however: {path.name} is none")
        digest, size = hashlib.sha256(), 0
        while block := file.read(_BLOCK):
            check_stop()
            digest.update(block)
            size += len(block)
        os.fsync(descriptor)
    return digest.hexdigest(), size


def _read_report(folder: Path, manifest: Manifest) -> dict[str, Any]:
    listed = {entry.path: entry for entry in manifest.files}
    if listed[_REPORT].n_bytes > _LONGEST_REPORT:
        raise IntegrityError(
            f"a report of at most {_LONGEST_REPORT:,} bytes is required, however: it has "
            f"{listed[_REPORT].n_bytes:,}"
        )
    with (folder / _REPORT).open("rb") as file:
        content = file.read(_LONGEST_REPORT + 1)  # it may have grown meanwhile
    if listed[_REPORT].sha256 != hashlib.sha256(content).hexdigest():
        raise IntegrityError(f"{_REPORT} must stay as it was read, however: it was changed meanwhile")
    report: dict[str, Any] = json.loads(content)
    return report


def _compare(
    report: dict[str, Any], manifest: Manifest, key: SigningKey, attempt: tuple[str, int] | None
) -> None:
    """Hold the report against the key, the attempt and the files."""
    made = report["provenance"]
    if attempt is not None and (made["job_id"], made["attempt"]) != attempt:
        raise IntegrityError(
            f"a report on attempt {attempt[1]} of job {attempt[0]} is required, however: it is of another"
        )
    listed = {entry.path: (entry.sha256, entry.n_bytes) for entry in manifest.files}
    own = (hashlib.sha256(key.public_pem).hexdigest(), len(key.public_pem))
    if report["signer"] != key.fingerprint or listed[SIGNER] != own:
        raise IntegrityError("the report must name the key that seals it, however: it names another")
    for one in report["evidence"]:
        if listed.get(one["name"]) != (one["sha256"], one["n_bytes"]):
            raise IntegrityError(
                f"the report must name the evidence that is written, however: {one['name']} differs"
            )
