"""A PostgreSQL server of its own that is killed in mid-transaction and started again on the same files."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from tests.postgres_server import (  # the binaries and the ordinary user are found there
    _find_binaries,
    _initialise,
    _ordinary_user,
)

_START_TIMEOUT_S = 60.0


class KillableDatabase:
    """A server on a socket; what was committed stays, because it is killed and not the machine."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tpg-", dir="/tmp"))
        self._user = _ordinary_user()
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._binaries = _find_binaries(self.folder, self._user)
        _initialise(self._binaries, self.folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None
        self.name = f"t{secrets.token_hex(4)}"

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database."""
        return f"postgresql://postgres@/{self.name}?host={self.folder}"

    def start(self) -> None:
        """Start the server, and wait until it answers; backends of a killed one must have gone before."""
        end = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            if time.monotonic() >= end:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    def create(self) -> None:
        """Make the empty database."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{self.name}"'.encode())

    def kill(self) -> bool:
        """``kill -9`` of the server; its backends notice and end."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait()
        return True

    def close(self) -> None:
        """Stop the server and remove its files."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> subprocess.Popen[bytes]:
        # commits wait for the file (synchronous_commit), not for the disk (fsync): nobody pulls the plug
        options = {
            "fsync": "off", "synchronous_commit": "on", "listen_addresses": "", "max_connections": "60",
            "shared_buffers": "16MB",
        }  # fmt: skip
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *flags]
        environ = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, user=self._user, cwd="/", env=environ, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True
