"""Writes what ships: weights, report and evidence, in one step; and seals it where it holds the key."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.contracts.finding import Evidence, EvidenceFile
from testamur.contracts.job import JobSpec
from testamur.contracts.report import Report
from testamur.report.attest import Sealer
from testamur.report.canonical import dump_json, dump_record
from testamur.report.close import close_dossier
from testamur.report.documents import make_documents
from testamur.report.job_file import write_job
from testamur.report.keys import PublicHalf, SigningKey
from testamur.report.listing import RESTRICTED, SIGNER, checked_name
from testamur.report.readme import README


def evidence_records(files: Sequence[EvidenceFile]) -> tuple[Evidence, ...]:
    """Name, digest and place in the dossier of every evidence file, by name."""
    return tuple(
        Evidence(
            name=evidence_path(file),
            sha256=hashlib.sha256(file.content).hexdigest(),
            n_bytes=len(file.content),
            media_type=file.media_type,
            restricted=file.restricted,
            description=file.description,
        )
        for file in sorted(files, key=lambda file: file.name)
    )


def evidence_path(file: EvidenceFile) -> str:
    """Where the file lies: row-level files apart from those that may be shared."""
    return checked_name(f"{RESTRICTED if file.restricted else 'evidence'}/{file.name}")


def parse_evidence(files: Sequence[EvidenceFile], *, restricted: bool = False) -> dict[str, dict[str, Any]]:
    """JSON evidence by file name, as the pages read it.

    Args:
        files: Evidence.
        restricted: True for pages about single people: row-level files too.
    """
    return {
        file.name: json.loads(file.content)
        for file in files
        if file.media_type == "application/json" and (restricted or not file.restricted)
    }


def write_dossier(
    folder: Path,
    report: Report,
    html: str,
    *,
    model_files: Mapping[str, Path],
    encoder: Mapping[str, Any],
    evidence: Sequence[EvidenceFile],
    key: SigningKey | PublicHalf,
    job: JobSpec | None = None,
    job_notes: Sequence[str] = (),
    pages: Mapping[str, str] | None = None,
    restricted_pages: Mapping[str, str] | None = None,
) -> Path:
    """Write a dossier; it appears under its name complete or not at all.

    Args:
        folder: Where it goes; a dossier of an earlier attempt is replaced.
        report: The report as data.
        html: The report as a page.
        model_files: Name below ``model/`` -> file to copy.
        encoder: JSON-ready description of the encoding.
        evidence: Files that findings rest on.
        key: The platform's key, and the dossier is sealed here; or its public half, and it is left for
            whoever holds the other one (`close.close_dossier`).
        job: The job, written as ``job.toml`` for the reproduce command.
        job_notes: What a reader of ``job.toml`` needs to know, a line each.
        pages: Further pages (insight reports): name -> HTML.
        restricted_pages: Those about single people, which lie in ``restricted/``.

    Raises:
        IntegrityError: A name would leave the folder or is given twice, or the report names
            evidence that is not what is written.
        StoreError: The folder cannot be written.
    """
    if report.evidence != evidence_records(evidence):
        raise IntegrityError("the report must name the evidence that is written, however: they differ")
    if report.signer != key.fingerprint:
        raise IntegrityError("the report must name the key that seals it, however: it names another")
    content = _content(report, html, encoder, evidence, key) | _pages(pages or {}, restricted_pages or {})
    if job is not None:
        content["job.toml"] = write_job(job, notes=job_notes).encode()
    copies = {checked_name(f"model/{name}"): path for name, path in model_files.items()}
    try:
        _leave(folder, content, copies, key)
    except OSError as error:
        raise StoreError(
            f"the dossier must be written to {folder}, however: {error.strerror or error}",
            remedy="make room or choose another TESTAMUR_HOME, then `testamur job retry`",
        ) from error
    return folder


def _pages(shared: Mapping[str, str], restricted: Mapping[str, str]) -> dict[str, bytes]:
    """Pages by their names in the dossier."""
    named = {checked_name(f"pages/{name}"): text.encode() for name, text in shared.items()}
    return named | {
        checked_name(f"{RESTRICTED}/pages/{name}"): text.encode() for name, text in restricted.items()
    }


def _leave(
    folder: Path, content: Mapping[str, bytes], copies: Mapping[str, Path], key: SigningKey | PublicHalf
) -> None:
    """Write a draft beside the folder, seal it where the key is here, and move it into place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _fill(draft, content, copies)
        if isinstance(key, SigningKey):
            close_dossier(draft, key, Sealer.JOB)
        draft.chmod(0o755)
        _move(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _content(
    report: Report,
    html: str,
    encoder: Mapping[str, Any],
    evidence: Sequence[EvidenceFile],
    key: SigningKey | PublicHalf,
) -> dict[str, bytes]:
    content = {
        "report.html": html.encode(),
        "report.json": dump_record(report),
        "encoder.json": dump_json(dict(encoder)),
        SIGNER: key.public_pem,
        "README.txt": README.encode(),
    } | make_documents(report)
    for file in evidence:
        path = evidence_path(file)
        if path in content:
            raise IntegrityError(f"each evidence file needs a name of its own, however: {path} comes twice")
        content[path] = file.content
    return content


def _fill(draft: Path, content: Mapping[str, bytes], copies: Mapping[str, Path]) -> None:
    for name in (*content, *copies):
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (draft / name).write_bytes(data)
    for name, source in copies.items():
        shutil.copyfile(source, draft / name)
    if (draft / RESTRICTED).exists():
        (draft / RESTRICTED).chmod(0o700)
        for name in content:
            if name.startswith(f"{RESTRICTED}/"):
                (draft / name).chmod(0o600)


def _move(draft: Path, folder: Path) -> None:
    """Rename into place; an earlier dossier is set aside first and removed after."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)) / "earlier"
    try:
        folder.rename(aside)
        draft.rename(folder)
    finally:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        shutil.rmtree(aside.parent, ignore_errors=True)
