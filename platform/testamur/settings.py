"""The only reader of the environment, and the maker of the home. Standard library only."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testamur.contracts.errors import ConfigurationError, Problem, StoreError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the platform behaves on this machine.

    Attributes:
        home: Folder for database, broker files, artifacts, dossiers, keys and logs.
        database_url: SQLAlchemy URL; default is a SQLite file in `home`.
        broker_url: ``redis://`` URL, or empty for the embedded broker in `home`.
        device: ``auto``, ``cpu`` or ``cuda``.
        lease_s: Seconds after which a silent worker loses its job.
        threads: Threads per job on a CPU worker.
        datasets: Folder of fetched data sets; may be shared by several homes, and carried to a machine
            without a network.
        user: Who asks for jobs from here; quotas and fair shares know jobs by it.
        ageing_s: Seconds of waiting after which a job counts as one of the next higher queue.
        runners: ``fork`` (from a process that has imported what jobs need) or ``spawn`` (a new interpreter).
        confine: ``auto`` (walls around plugin code as far as the kernel goes), ``required`` or ``off``.
        network_for: Plugins to which the operator grants the network that their manifest asks for.
        log_format: ``text``, or ``json`` with an object a line.
        metrics_port: Where workers serve ``/metrics`` on the loopback; 0: nowhere.
        artifacts: Folder or URL where machines without a shared home keep dossiers and checkpoints, or empty.
        copy_every_s: Seconds between copies of a running job's checkpoints to the artifacts, at least.
        data_from: Places of object stores, such as ``s3://bucket/folder``, that workers may read data from.
        traces: ``off``, ``otlp`` or ``console``: where spans of attempts go.
        runner_variables: Further variables that runners see; ``*`` stands for any letters.
        environ: The variables it was read from; a job may name one in ``url = "env:NAME"``. They may hold
            passwords: never shown.
    """

    home: Path
    database_url: str
    broker_url: str
    device: str
    lease_s: float
    threads: int
    datasets: Path = Path()
    user: str = ""
    ageing_s: float = 4 * 3600.0
    runners: str = "fork"
    confine: str = "auto"
    network_for: tuple[str, ...] = ()
    runner_variables: tuple[str, ...] = ()
    log_format: str = "text"
    metrics_port: int = 0
    traces: str = "off"
    artifacts: str = ""
    copy_every_s: float = 120.0
    data_from: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``TESTAMUR_*`` variables.

        Raises:
            ConfigurationError: A variable has a value that cannot be used.
        """
        env = os.environ if environ is None else environ
        problems: list[Problem] = []
        home = Path(env.get("TESTAMUR_HOME") or _default_home(env)).expanduser().absolute()
        device = env.get("TESTAMUR_DEVICE", "auto")
        if device not in ("auto", "cpu", "cuda"):
            problems.append(Problem("TESTAMUR_DEVICE", f"auto, cpu or cuda is required, however: {device!r}"))
        runners = env.get("TESTAMUR_RUNNERS", "fork")
        if runners not in ("fork", "spawn"):
            problems.append(Problem("TESTAMUR_RUNNERS", f"fork or spawn is required, however: {runners!r}"))
        settings = cls(
            home=home,
            database_url=env.get("TESTAMUR_DATABASE_URL") or f"sqlite:///{home / 'testamur.db'}",
            broker_url=env.get("TESTAMUR_BROKER_URL", ""),
            device=device,
            lease_s=_number(env, "TESTAMUR_LEASE_S", 30.0, problems),
            threads=int(_number(env, "TESTAMUR_THREADS", 1.0, problems)),
            datasets=datasets_folder(home, env),
            user=_user(env, problems),
            ageing_s=_number(env, "TESTAMUR_AGEING_S", 4 * 3600.0, problems),
            runners=runners,
            confine=_choice(env, "TESTAMUR_CONFINE", ("auto", "required", "off"), problems),
            network_for=_names(env, "TESTAMUR_NETWORK_FOR"),
            runner_variables=_names(env, "TESTAMUR_RUNNER_VARIABLES"),
            log_format=_choice(env, "TESTAMUR_LOG_FORMAT", ("text", "json"), problems),
            metrics_port=_port(env, "TESTAMUR_METRICS_PORT", problems),
            traces=_choice(env, "TESTAMUR_TRACES", ("off", "otlp", "console"), problems),
            artifacts=env.get("TESTAMUR_ARTIFACTS", ""),
            copy_every_s=_number(env, "TESTAMUR_COPY_EVERY_S", 120.0, problems),
            data_from=_names(env, "TESTAMUR_DATA_FROM"),
            environ=dict(env),
        )
        if problems:
            raise ConfigurationError("The environment cannot be used", problems)
        return settings

    def job_folder(self, job_id: str) -> Path:
        """Working folder of a job: checkpoints and logs of its attempts."""
        return self.home / "jobs" / job_id

    def dossier_folder(self, job_id: str) -> Path:
        """Folder of a job's finished dossier."""
        return self.home / "dossiers" / job_id


def datasets_folder(home: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where fetched data sets lie: ``TESTAMUR_DATASETS``, else ``datasets`` in the home.

    Args:
        home: The platform's folder.
        environ: The variables; the process's own when None.
    """
    env = os.environ if environ is None else environ
    given = env.get("TESTAMUR_DATASETS")
    return Path(given).expanduser().absolute() if given else home / "datasets"


def shared_datasets() -> Path:
    """The folder of fetched data sets of this user, whatever home is asked for: tests share it."""
    env = {name: value for name, value in os.environ.items() if name != "TESTAMUR_HOME"}
    return Settings.from_environment(env).datasets


def make_home(home: Path) -> None:
    """Make the home, or take it back from others: it holds keys and people's data.

    Whatever the process's umask, nobody but the owner may enter afterwards.

    Raises:
        StoreError: It cannot be made or closed to others, or is a folder that all users share.
    """
    remedy = "set TESTAMUR_HOME to a folder of your own"
    try:
        make_private(home)
    except PermissionError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"the home {home} cannot be made private: {reason}", remedy=remedy) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"the home {home} cannot be made: {reason}", remedy=remedy) from error


def make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter, and every parent that is missing likewise.

    Raises:
        PermissionError: It is open to others and belongs to another user, or is shared by all.
        OSError: It cannot be made.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    mode = folder.stat().st_mode
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, "a folder is required, however: it is a file")
    if mode & 0o077 == 0:
        return
    if mode & stat.S_ISVTX or folder.resolve() == Path(folder.resolve().anchor):
        raise PermissionError(errno.EACCES, "a folder of one's own is required, however: all users share it")
    folder.chmod(0o700)


def keep_private(file: Path) -> None:
    """Close a file to everybody but its owner, making it empty where there is none.

    Raises:
        OSError: It cannot be made or belongs to another user.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _default_home(env: Mapping[str, str]) -> str:
    if sys.platform == "darwin":
        return "~/Library/Application Support/testamur"
    return str(Path(env.get("XDG_DATA_HOME") or "~/.local/share") / "testamur")


def _user(env: Mapping[str, str], problems: list[Problem]) -> str:
    """The user by whom jobs are counted: ``TESTAMUR_USER``, else the login, else the user's number."""
    given = env.get("TESTAMUR_USER", "")
    if given and not _NAME.fullmatch(given):
        message = "a name of letters, digits and ._@+- is required, at most 64 of them"
        problems.append(Problem("TESTAMUR_USER", message))
    login = given or env.get("LOGNAME") or env.get("USER") or ""
    return login if _NAME.fullmatch(login) else f"user{os.getuid()}" if hasattr(os, "getuid") else "user"


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], problems: list[Problem]) -> str:
    """One of `allowed`; the first where nothing is given."""
    given = env.get(name) or allowed[0]
    if given not in allowed:
        words = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        problems.append(Problem(name, f"{words} is required, however: {given!r}"))
    return given


def _port(env: Mapping[str, str], name: str, problems: list[Problem]) -> int:
    """A port, or 0 where none is given."""
    given = env.get(name, "")
    if given.isdecimal() and int(given) < 2**16:
        return int(given)
    if given:
        problems.append(Problem(name, f"a number below 65536 is required, however: {given!r}"))
    return 0


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _number(env: Mapping[str, str], name: str, default: float, problems: list[Problem]) -> float:
    text = env.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if value <= 0:
        problems.append(Problem(name, f"a number above 0 is required, however: {text!r}"))
    return value
