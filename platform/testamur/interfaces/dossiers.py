"""Finds a dossier on this machine and reads its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.errors import NotFound
from testamur.settings import Settings

if TYPE_CHECKING:
    from testamur.contracts.report import Report

REPORT_JSON = "report.json"
REPORT_HTML = "report.html"


def find_dossier(name: str, settings: Settings) -> Path:
    """The folder that a path, a job id or its beginning names.

    Args:
        name: Folder of a dossier, a file in it, or a job id.
        settings: Says where the dossiers of jobs are.

    Raises:
        NotFound: No dossier, or several.
    """
    return _at_path(name) or _of_job(name, settings)


def read_report(folder: Path) -> Report:
    """The report of a dossier.

    Raises:
        NotFound: The folder holds no report.
        IntegrityError: Its report is damaged, or of a version that is not read here.
    """
    from testamur.report.read import parse_report

    try:
        content = (folder / REPORT_JSON).read_bytes()
    except OSError as error:
        raise NotFound(
            f"a dossier is required, however: {folder} holds no {REPORT_JSON}",
            remedy="see the jobs that are done with: testamur job list --state done",
        ) from error
    return parse_report(content, where=str(folder))


def _at_path(name: str) -> Path | None:
    try:
        path = Path(name).expanduser().absolute()
        if path.is_file() and path.name in (REPORT_JSON, REPORT_HTML):
            return path.parent
        return path if name and path.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # too long, no such user, NUL: it names no file
        return None


def _of_job(name: str, settings: Settings) -> Path:
    from testamur.store.job_id import check_prefix

    prefix = check_prefix(name)
    parent = settings.dossier_folder(prefix).parent
    found = sorted(path for path in parent.glob(f"{prefix}*") if path.is_dir())
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found[:5])
        raise NotFound(
            f"one dossier is required, however: several begin with {prefix!r}", remedy=f"they are {names}"
        )
    raise NotFound(
        f"no dossier of a job {prefix!r} is here",
        remedy=f"is the job done? testamur job show {prefix}",
    )
