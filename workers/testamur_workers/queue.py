"""Hands job ids to the workers: a Celery message that carries nothing else."""

from __future__ import annotations

from testamur.settings import Settings
from testamur_workers.connection import connect, ping, unavailable

QUEUES = ("urgent", "normal", "batch")  # in the order in which a free worker looks
TASK = "testamur.run_attempt"


class CeleryQueue:
    """The queues of an installation. Close it, where it keeps its connection.

    Args:
        settings: Where the broker is.
        keep: Keep the connection from one message to the next: who sends many need not connect for each.
    """

    def __init__(self, settings: Settings, *, keep: bool = False) -> None:
        self._settings = settings
        self._keep = keep
        self._sender: Sender | None = None

    def send(self, job_id: str, priority: str) -> None:
        """Hand a job id to the workers.

        Raises:
            BrokerUnavailable: The broker did not answer within a short time.
        """
        if self._sender is not None:
            try:
                self._sender.send(job_id, priority)
                return
            except _faults():  # the broker was started anew since the last message
                self.close()
        if not self.ping():  # Celery itself would try for six seconds
            raise unavailable(self._settings)
        sender = Sender(self._settings)
        try:
            sender.send(job_id, priority)
        except _faults() as error:
            sender.close()
            raise unavailable(self._settings) from error
        if self._keep:
            self._sender = sender
        else:
            sender.close()

    def close(self) -> None:
        """Give the connection back, where one is kept."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None

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


class Sender:
    """A connection of our own: kombu's pools are shared by the whole process and stay open.

    Args:
        settings: Where the broker is.
    """

    def __init__(self, settings: Settings) -> None:
        from testamur_workers.celery_app import make_app

        self._app = make_app(settings)
        self._connection = self._app.connection_for_write()
        self._producer = self._app.amqp.Producer(self._connection, auto_declare=False)

    def send(self, job_id: str, priority: str) -> None:
        """Send one message."""
        self._app.send_task(
            TASK, kwargs={"job_id": job_id}, queue=priority, retry=False, producer=self._producer
        )

    def close(self) -> None:
        """Give the connection back."""
        self._producer.release()
        self._connection.release()


def _faults() -> tuple[type[Exception], ...]:
    """What a broker that does not answer is told by."""
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    return (OperationalError, RedisError, OSError)
