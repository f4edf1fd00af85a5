"""Describes what runs, for people and for ``--json``."""

from __future__ import annotations

from typing import Any

from testamur.contracts.errors import BrokerUnavailable
from testamur.contracts.job import State
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.connection import connect
from testamur_workers.locks import holder
from testamur_workers.places import host_name, workers_folder
from testamur_workers.probe import probe_walls
from testamur_workers.queue import CeleryQueue
from testamur_workers.reaper import reaper_lock
from testamur_workers.urls import is_embedded, printable_url
from testamur_workers.worker import worker_lock

_NOT_WORKERS = ("fleet", "reaper")


def running_workers(settings: Settings) -> list[str]:
    """Names of the workers that live, sorted."""
    paths = workers_folder(settings).glob("*.lock")
    names = [path.stem for path in paths if not path.stem.startswith("supervisor-")]
    return sorted(
        name for name in names if name not in _NOT_WORKERS and holder(worker_lock(settings, name)) is not None
    )


def describe(settings: Settings, *, broker_pid: int | None) -> dict[str, Any]:
    """What runs, JSON-ready.

    Broker (url, embedded, pid, version, answers), workers (name, pid, device, job), reaper, queue,
    walls (what this machine does not enforce, by the wall's name; empty where it does).

    Raises:
        StoreError: The database refused.
    """
    version = _broker_version(settings) if broker_pid is not None or not is_embedded(settings) else ""
    return {
        "broker": {
            "url": printable_url(settings),
            "embedded": is_embedded(settings),
            "pid": broker_pid,
            "version": version,
            "answers": bool(version),
        },
        "workers": _describe_workers(settings),
        "reaper": {"pid": holder(reaper_lock(settings))},
        "queue": _depths(settings) if version else {},
        "walls": probe_walls(),
    }


def _describe_workers(settings: Settings) -> list[dict[str, Any]]:
    names = running_workers(settings)
    busy = _running_jobs(settings) if names else {}
    return [
        {
            "name": name,
            "pid": holder(worker_lock(settings, name)),
            "device": "cuda" if name.startswith("gpu") else "cpu",
            "job": busy.get(name),
        }
        for name in names
    ]


def _running_jobs(settings: Settings) -> dict[str, str]:
    """Job ids by the name of the worker of this home that runs them."""
    with open_store(settings) as store:
        jobs = JobRepository(store)
        running = [jobs.get(job.id) for job in jobs.list([State.RUNNING], limit=1000)]
    last = [(job.id, job.attempts[-1]) for job in running if job.attempts]
    return {
        attempt.worker.partition("@")[0]: job_id
        for job_id, attempt in last
        if attempt.host == host_name(settings)
    }


def _broker_version(settings: Settings) -> str:
    """Such as ``valkey 9.1.2``; empty when the broker does not answer."""
    from redis.exceptions import RedisError

    with connect(settings) as client:
        try:
            info = client.info("server")
        except (RedisError, OSError):
            return ""
    if "valkey_version" in info:
        return f"valkey {info['valkey_version']}"
    return f"redis {info.get('redis_version', 'of unknown version')}"


def _depths(settings: Settings) -> dict[str, int]:
    try:
        return CeleryQueue(settings).depths()
    except BrokerUnavailable:
        return {}
