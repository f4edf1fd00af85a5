"""Hands job ids to the workers: a Celery message that carries nothing else."""

from __future__ import annotations

from testamur.settings import Settings
from testamur_workers.connection import connect, ping, unavailable

QUEUES = ("urgent", "normal", "batch")  # in the order in which a free worker looks
TASK = "testamur.run_attempt"


class CeleryQueue:
    """The queues of an installation.

    Args:
        settings: Where the broker is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, job_id: str, priority: str) -> None:
        """Hand a job id to the workers.

        Raises:
            BrokerUnavailable: The broker did not answer within a short time.
        """
        if not self.ping():  # Celery itself would try for six seconds
            raise unavailable(self._settings)
        from kombu.exceptions import OperationalError

        from testamur_workers.celery_app import make_app

        app = make_app(self._settings)
        try:
            # a connection of our own: kombu's pools are shared by the whole process and stay open
            with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
                app.send_task(TASK, kwargs={"job_id": job_id}, queue=priority, retry=False, producer=producer)
        except (OperationalError, OSError) as error:
            raise unavailable(self._settings) from error

    def ping(self) -> bool:
        """True when the broker answers."""
        return ping(self._settings)

    def depths(self) -> dict[str, int]:
        """Messages that wait, by queue.

        Raises:
            BrokerUnavailable: The broker does not answer.
        """
        from redis.exceptions import RedisError

        with connect(self._settings) as client:
            try:
                return {name: int(client.llen(name)) for name in QUEUES}
            except (RedisError, OSError) as error:
                raise unavailable(self._settings) from error
