"""A dossier to be handed on: everything that was sealed but the row-level files."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from functools import partial
from pathlib import Path

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.report.listing import RESTRICTED
from testamur.report.verify import verify_dossier

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can name: equal dossiers give equal archives


def export_dossier(folder: Path, target: Path) -> Path:
    """Copy a dossier without ``restricted/``; its seal holds as before.

    Args:
        folder: The dossier.
        target: A folder, or a ``.zip``, that does not exist yet.

    Raises:
        IntegrityError: The dossier is not what was sealed.
        StoreError: `target` exists or cannot be written; nothing half-written stays.
    """
    found = verify_dossier(folder)
    if not found.ok:
        raise IntegrityError(
            f"a dossier as it was sealed is required, however: {len(found.problems)} problems",
            remedy=f"see them: testamur report verify {folder}",
        )
    if target.exists():
        raise StoreError(f"a new name is required, however: {target} exists", remedy="name another")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            inside = draft / "dossier"
            shutil.copytree(folder, inside, ignore=partial(_left_out, str(folder)))
            made = _pack(inside, draft / "dossier.zip") if target.suffix == ".zip" else inside
            made.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"the export must be written to {target}, however: {error.strerror}") from error
    return target


def _left_out(top: str, path: str, names: list[str]) -> list[str]:
    """What `shutil.copytree` leaves out of the folder `path`."""
    return [RESTRICTED] if str(path) == top and RESTRICTED in names else []


def _pack(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "x", compression=zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), date_time=_MOMENT)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(entry, path.read_bytes())
    return archive
