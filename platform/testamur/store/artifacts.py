"""Dossiers, and files of other kinds, on a shared folder or an object store, through fsspec.

An object store has no rename: a dossier is there once its manifest is, which comes last. Each attempt
writes under its own number, so that a late one never mixes with a newer; the database says which counts.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from testamur.contracts.errors import ConfigurationError, IntegrityError, NotFound, Problem, StoreError

MANIFEST = "manifest.json"
_SETTING = "TESTAMUR_ARTIFACTS"


class Artifacts:
    """Where the machines of an installation keep what all must be able to read.

    Args:
        url: A folder, or a URL that fsspec knows, such as ``s3://bucket/prefix``.

    Raises:
        ConfigurationError: The URL cannot be used, or what it needs is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec

            self._files, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            problem = Problem(
                _SETTING, f"a library for {url.partition(':')[0]}: is required, however: {error}"
            )
            remedy = "pip install 'testamur[s3]'"
            raise ConfigurationError("Artifacts cannot be kept", [problem], remedy=remedy) from error
        except ValueError as error:
            problem = Problem(_SETTING, f"a folder or a URL that fsspec knows is required, however: {error}")
            raise ConfigurationError("Artifacts cannot be kept", [problem]) from error
        self._root = PurePosixPath(root)
        self._files.invalidate_cache()  # a listing of a while ago does not show what others have put there

    def put_dossier(self, folder: Path, job_id: str, attempt: int) -> None:
        """Copy a sealed dossier; until its manifest is there, nobody takes it for one.

        Raises:
            StoreError: It could not be written whole.
        """
        names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        names.sort(key=lambda name: name == MANIFEST)  # it comes last
        self.put_files(folder, names, f"dossiers/{job_id}-{attempt}")

    def get_dossier(self, job_id: str, attempt: int, folder: Path) -> Path:
        """Bring a dossier; it appears under its name complete and held against its manifest, or not at all.

        Raises:
            NotFound: There is none.
            IntegrityError: A file is not what the manifest says.
            StoreError: It cannot be read, or not be written here.
        """
        place = f"dossiers/{job_id}-{attempt}"
        if not self._exists(f"{place}/{MANIFEST}"):
            raise NotFound(f"no dossier of job {job_id}, attempt {attempt}, is among the artifacts")
        draft = folder.with_name(f".{folder.name}.fetched")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            self.get_files(place, draft)
            _hold_against_manifest(draft)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder

    def drop(self, job_id: str) -> None:
        """Delete everything of a job.

        Raises:
            StoreError: It could not be deleted.
        """
        dossiers = [name for name in self.names("dossiers") if name.rpartition("-")[0] == job_id]
        for place in (f"checkpoints/{job_id}", *(f"dossiers/{name}" for name in dossiers)):
            self.remove(place)

    def put_files(self, folder: Path, names: list[str], place: str) -> None:
        """Copy files of a folder, in this order.

        Raises:
            StoreError: One could not be written.
        """
        for name in names:
            target = self._at(f"{place}/{name}")
            parent = str(PurePosixPath(target).parent)
            self._call("write", self._files.makedirs, parent, exist_ok=True)
            self._call("write", self._files.put_file, str(folder / name), target)

    def get_files(self, place: str, folder: Path) -> None:
        """Bring everything below a place.

        Raises:
            IntegrityError: A name would leave the folder.
            StoreError: It cannot be read, or not be written here.
        """
        begin = len(self._at(place)) + 1
        for path in self._call("read", self._files.find, self._at(place)):
            target = folder / str(path)[begin - self._lead(path) :]
            if not target.resolve().is_relative_to(folder.resolve()):
                raise IntegrityError(f"a name inside the folder is required, however: {path!r}")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._call("read", self._files.get_file, path, str(target))

    def _lead(self, path: str) -> int:
        """1 where the store's own names leave out the slash that ours begin with."""
        return int(self._at("").startswith("/") and not str(path).startswith("/"))

    def names(self, place: str) -> list[str]:
        """What lies in a place, by name; nothing where there is none.

        Raises:
            StoreError: It cannot be read.
        """
        if not self._exists(place):
            return []
        found = self._call("read", self._files.ls, self._at(place), detail=False)
        return [PurePosixPath(path).name for path in found]

    def size(self, place: str) -> tuple[int, datetime]:
        """Bytes below a place, and when something there was written last (now, where the store does not say).

        Raises:
            StoreError: It cannot be read.
        """
        found = self._call("read", self._files.find, self._at(place), detail=True).values()
        times = [moment for one in found if (moment := _written(one)) is not None]
        return sum(int(one.get("size") or 0) for one in found), max(times, default=datetime.now(UTC))

    def read(self, place: str) -> bytes | None:
        """The content of a small file, or None where there is none.

        Raises:
            StoreError: It cannot be read.
        """
        if not self._exists(place):
            return None
        content: bytes = self._call("read", self._files.cat_file, self._at(place))
        return content

    def remove(self, place: str) -> None:
        """Delete a place with everything below it, where there is one.

        Raises:
            StoreError: It could not be deleted.
        """
        if self._exists(place):
            self._call("delete", self._files.rm, self._at(place), recursive=True)

    def _exists(self, place: str) -> bool:
        return bool(self._call("read", self._files.exists, self._at(place)))

    def _at(self, place: str) -> str:
        return str(self._root / place)

    def _call(self, what: str, function: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Exception as error:
            # Their text may quote the URL and what was sent with it: the class says enough.
            reason = getattr(error, "strerror", None) or type(error).__name__
            remedy = f"look at {_SETTING} and the rights of this machine"
            raise StoreError(f"the artifacts must let us {what}, however: {reason}", remedy=remedy) from error


def _written(info: dict[str, Any]) -> datetime | None:
    """When a file was written, by whichever of its names fsspec's stores tell it under."""
    moment = info.get("LastModified") or info.get("mtime") or info.get("created")
    if isinstance(moment, int | float):
        return datetime.fromtimestamp(moment, UTC)
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _hold_against_manifest(folder: Path) -> None:
    try:
        entries = [(str(entry["path"]), entry["sha256"]) for entry in _read_entries(folder)]
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityError(
            f"{MANIFEST} must list files with their digests, however: it does not"
        ) from error
    for name, digest in entries:
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise IntegrityError(f"a name inside the folder is required, however: {name!r}")
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise IntegrityError(f"{name} is not what the manifest says, or was not copied")


def _read_entries(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_bytes())["files"]
