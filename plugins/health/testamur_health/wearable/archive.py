"""Opens what a person hands over: an export archive, its XML, or CSV files; nothing is unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from testamur.contracts.errors import DataError, Problem

MOST_MEMBERS = 500_000
LARGEST_BYTES = 32 << 30  # of one member, unpacked
MOST_FILES = 1000  # CSV files that are read out of one archive
HIGHEST_RATIO = 200  # unpacked to packed; an export's is 15 to 40
_REMEDY = "export it again from the Health app, or copy it again: the transfer may have been cut short"


def is_zip(path: Path) -> bool:
    """True when a file begins as a zip archive does."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def opened(path: Path) -> Iterator[list[tuple[str, BinaryIO]]]:
    """The streams of a file: the export's XML, or else every CSV in an archive.

    Args:
        path: A zip archive, an XML or a CSV file.

    Yields:
        Pairs of name and stream of bytes; of an archive no more than is listed is ever read.

    Raises:
        DataError: The archive is damaged, encrypted, out of proportion, or holds no such file.
    """
    if not is_zip(path):
        with path.open("rb") as file:
            yield [(path.name, file)]
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = _wanted(archive, path.name)
            yield [(_plain(m.filename), _Bounded(archive.open(m), m, path.name)) for m in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise _refused(
            path.name, f"a whole zip archive is required, however: {type(error).__name__}", _REMEDY
        ) from error


class _Bounded(BinaryIO):
    """A member's stream that refuses to yield more than the archive lists."""

    def __init__(self, stream: BinaryIO, member: zipfile.ZipInfo, where: str) -> None:
        self._stream, self._left, self._where = stream, member.file_size, where

    def read(self, size: int = -1) -> bytes:
        try:
            content = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise _refused(
                self._where,
                f"a whole zip archive is required, however: it is damaged ({type(error).__name__})",
                _REMEDY,
            ) from error
        self._left -= len(content)
        if self._left < 0:
            raise _refused(self._where, "a member of the listed size is required, however: it is larger")
        return content


def _wanted(archive: zipfile.ZipFile, where: str) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise _refused(where, f"at most {MOST_MEMBERS:,} members are read, however: {len(members):,}")
    # The name is translated on phones in other languages; the folder and the root element are not.
    documents = [
        m for m in members if _level(m) <= 2 and _ends(m, ".xml") and "cda" not in m.filename.lower()
    ]
    exports = [m for m in documents if _starts_as_export(archive, m, where)]
    found = sorted(exports, key=lambda m: -m.file_size)[:1] or [m for m in members if _ends(m, ".csv")]
    if not found:
        raise _refused(
            where,
            "an archive with export.xml or CSV files is required, however: there is none in it",
            "take export.zip as the Health app writes it (profile picture, Export All Health Data)",
        )
    if len(found) > MOST_FILES:
        raise _refused(where, f"at most {MOST_FILES:,} CSV files are read, however: {len(found):,}")
    for member in found:
        _check(member, where)
    return found


def _check(member: zipfile.ZipInfo, where: str) -> None:
    if member.flag_bits & 0x1:
        raise _refused(where, "an archive without a password is required, however: it is encrypted")
    if member.file_size > LARGEST_BYTES:
        raise _refused(
            where, f"at most {LARGEST_BYTES:,} bytes are unpacked, however: {member.file_size:,} are listed"
        )
    if member.file_size > HIGHEST_RATIO * max(member.compress_size, 1024):
        raise _refused(
            where,
            f"an archive that unpacks to at most {HIGHEST_RATIO} times its size is required, however: "
            f"{member.file_size:,} bytes of {member.compress_size:,}",
            "this is how a zip bomb looks; do not unpack it",
        )


def _starts_as_export(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bool:
    _check(member, where)
    with archive.open(member) as stream:
        return b"HealthData" in stream.read(4096)


def _level(member: zipfile.ZipInfo) -> int:
    return len(PurePosixPath(member.filename).parts)


def _ends(member: zipfile.ZipInfo, ending: str) -> bool:
    name = member.filename.lower()
    return name.endswith(ending) and not name.startswith("__macosx/")


def _plain(name: str) -> str:
    return PurePosixPath(name).name


def _refused(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The health export cannot be read", [Problem(where, message, remedy)])
