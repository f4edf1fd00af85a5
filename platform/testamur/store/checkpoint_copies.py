"""Copies of a job's checkpoints among the artifacts: the newest whole one, whatever breaks off when.

A copy is a folder of its own, named by attempt and number, and is there once its list is, which comes
last. Older copies go only then, so that one whole copy stays at every moment.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from testamur.contracts.errors import IntegrityError, StoreError
from testamur.store.artifacts import Artifacts

_LIST = "copy.json"
_PLACE = "checkpoints"
LINKED = ".copy-"  # what is being copied lies in a folder of a name that begins so, beside the checkpoint
Mark = tuple[int, int]  # epochs begun and batches of the last one, as far as a training has come


@dataclass(frozen=True, slots=True)
class Copy:
    """A whole copy.

    Attributes:
        name: Of its folder.
        attempt: Who made it.
        mark: How far its training had come.
        files: SHA-256 by name.
    """

    name: str
    attempt: int
    mark: Mark
    files: dict[str, str]


class CheckpointCopies:
    """The copies of one job.

    Args:
        artifacts: Where they are.
        job_id: The job.
    """

    def __init__(self, artifacts: Artifacts, job_id: str) -> None:
        self._artifacts = artifacts
        self._place = f"{_PLACE}/{job_id}"

    def put(self, folder: Path, attempt: int, mark: Mark) -> None:
        """Copy a checkpoint, then remove the copies before it; nothing happens where there is none.

        What is written while it is copied is not mixed in: names of the files are linked first.

        Args:
            folder: Of the checkpoint.
            attempt: Whose it is.
            mark: How far it is.

        Raises:
            StoreError: It could not be written; the copy before is still there.
        """
        try:
            with tempfile.TemporaryDirectory(prefix=LINKED, dir=folder.parent) as draft:
                self._put(Path(draft), _link(folder, Path(draft)), attempt, mark)
        except OSError as error:
            raise StoreError(f"a checkpoint must be copied, however: {error.strerror}") from error

    def _put(self, draft: Path, files: dict[str, str], attempt: int, mark: Mark) -> None:
        if not files:
            return
        before = self._artifacts.names(self._place)
        numbers = [int(name[7:]) for name in before if name.startswith(f"{attempt:06d}-")]
        name = f"{attempt:06d}-{max(numbers, default=0) + 1:06d}"
        (draft / _LIST).write_text(json.dumps({"attempt": attempt, "mark": mark, "files": files}))
        self._artifacts.put_files(draft, [*files, _LIST], f"{self._place}/{name}")
        for old in before:
            if old < name:
                self._artifacts.remove(f"{self._place}/{old}")

    def newest(self) -> Copy | None:
        """The whole copy of the latest attempt that left one.

        Raises:
            StoreError: The artifacts cannot be read.
        """
        for name in sorted(self._artifacts.names(self._place), reverse=True):
            content = self._artifacts.read(f"{self._place}/{name}/{_LIST}")
            copy = None if content is None else _parse(name, content)
            if copy is not None:
                return copy
        return None

    def bring(self, copy: Copy, folder: Path) -> None:
        """Put a copy into the place of whatever checkpoint lies there: whole, or not at all.

        Raises:
            IntegrityError: It is not what its list says.
            StoreError: It cannot be read, or not be written here.
        """
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=LINKED, dir=folder.parent) as place:
                draft = Path(place) / "copy"
                self._artifacts.get_files(f"{self._place}/{copy.name}", draft)
                (draft / _LIST).unlink(missing_ok=True)
                _compare(draft, copy)
                _replace(folder, draft, Path(place) / "earlier")
        except OSError as error:
            raise StoreError(
                f"a checkpoint must be written to {folder}, however: {error.strerror}"
            ) from error

    def drop(self) -> None:
        """Delete them all.

        Raises:
            StoreError: They could not be deleted.
        """
        self._artifacts.remove(self._place)


def _replace(folder: Path, draft: Path, aside: Path) -> None:
    """Put a draft into the place of a folder, or leave that as it was."""
    if folder.exists():
        folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise


def _link(folder: Path, draft: Path) -> dict[str, str]:
    """Give the files of a checkpoint second names, and tell their digests; drafts and links are left out.

    The job may be running and change folders into links meanwhile: each is held by a descriptor.
    """
    found = {}
    for place, folders, names, descriptor in os.fwalk(folder) if folder.is_dir() else ():
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in sorted(name for name in names if not name.startswith(".")):
            target = draft / Path(place).relative_to(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(name, target, src_dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:  # replaced in this moment
                continue
            if stat.S_ISREG(target.lstat().st_mode):
                with target.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                found[target.relative_to(draft).as_posix()] = digest
    return found


def _parse(name: str, content: bytes) -> Copy | None:
    try:
        tree = json.loads(content)
        epochs, batches = map(int, tree["mark"])
        files = {str(path): str(digest) for path, digest in tree["files"].items()}
        return Copy(name, int(tree["attempt"]), (epochs, batches), files)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ):  # a list that broke off: no whole copy
        return None


def _compare(folder: Path, copy: Copy) -> None:
    here = {}
    for path in (one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            here[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    if here != copy.files:
        raise IntegrityError("the copy of a checkpoint is not what its list says")
