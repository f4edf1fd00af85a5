"""The Celery application. Its settings are measured facts, not tastes: see docs/operating.md.

Early acknowledgement with prefetch switched off delivers a message once even behind a busy worker;
late acknowledgement ran a job that outlived the visibility timeout three times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.entity import Queue

from testamur.settings import Settings
from testamur_workers.queue import QUEUES
from testamur_workers.urls import celery_url


def _declare(name: str) -> Queue:
    declare: Callable[..., Queue] = Queue  # kombu is not typed
    return declare(name, routing_key=name)


_CONFIGURATION: dict[str, Any] = {
    "accept_content": ["json"],
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "queue_order_strategy": "priority",  # the order in which the queues are declared
        "health_check_interval": 30,
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
    },
    "result_serializer": "json",
    "task_acks_late": False,
    "task_create_missing_queues": False,
    "task_default_queue": "normal",
    "task_ignore_result": True,
    "task_queues": tuple(_declare(name) for name in QUEUES),
    "task_reject_on_worker_lost": False,
    "task_serializer": "json",
    "worker_disable_prefetch": True,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
    "worker_max_tasks_per_child": 1000,  # with its process goes its zygote: seconds of imports
    "worker_prefetch_multiplier": 1,
    "worker_redirect_stdouts": False,
    "worker_send_task_events": False,
    "worker_soft_shutdown_timeout": 60.0,
}


def make_app(settings: Settings) -> Celery:
    """A Celery application for the broker of `settings`; it knows the queues, no task yet."""
    app = Celery("testamur", broker=celery_url(settings), set_as_current=False)
    app.conf.update(_CONFIGURATION)
    return app


def __getattr__(name: str) -> Celery:
    """Make ``celery -A testamur_workers.celery_app`` work without anything happening at import."""
    if name != "app":
        raise AttributeError(name)
    from testamur_workers.tasks import register_tasks

    settings = Settings.from_environment()
    return register_tasks(make_app(settings), settings)
