"""The doors between rooms: who implements them is nobody's business but the pipeline's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from testamur.contracts.energy import EnergyUse
    from testamur.contracts.event import Event, EventKind
    from testamur.contracts.table import Float64, Int64, Predictions, RowsPart


class Predictor(Protocol):
    """A trained model, seen from outside."""

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`."""
        ...


class Exchanges(Protocol):
    """Answers for rows of one part some of whose columns come from other rows of it."""

    def predict(self, columns: Sequence[int], onto: Int64, of: Int64) -> Predictions:
        """Answers for rows `onto` (m,) whose columns (positions of features) are those of rows `of` (m,)."""
        ...


@runtime_checkable
class ExchangingPredictor(Protocol):
    """A predictor that knows a shorter way to answer for exchanged columns."""

    def exchanging(self, part: RowsPart) -> Exchanges | None:
        """The shorter way for the rows of `part`, equal up to rounding; None where there is none."""
        ...


class Trainer(Protocol):
    """Trains the recipe of the audited model again on chosen rows (shadow models).

    The same model, options and training options, private or fair training among them; each model is
    stopped early on rows of the validation part.
    """

    @property
    def differences(self) -> tuple[str, ...]:
        """Where these trainings differ from that of the audited model, each in a sentence."""
        ...

    def train(self, rows: Sequence[Int64], seed: int, *, part: RowsPart | None = None) -> list[Predictor]:
        """Train one model per array of positions in `part`; None is the training part.

        Args:
            rows: Positions, one array per model.
            seed: Seed of first weights, batches and dropout; each model draws its own from it.
            part: Rows that the positions count, encoded as the table's.
        """
        ...

    def estimate_seconds(self, n_rows: int, n_models: int) -> float:
        """About how long training `n_models` models on `n_rows` rows each takes."""
        ...


class Gradients(Protocol):
    """Gradients of the loss with respect to the numeric inputs."""

    def input_gradient(self, part: RowsPart) -> Float64:
        """(n, n_numeric) gradient of the loss of each row, towards the target of the row.

        Of classifications the loss is minus the log of the probability of the true class, of a
        regression the squared error; encoded numbers as in `RowsPart.numeric`.
        """
        ...


class EnergyMeter(Protocol):
    """Tells what the work so far took in energy."""

    def read(self) -> tuple[EnergyUse, ...]:
        """What each kind of work took; the one under way up to this moment."""
        ...


class Observer(Protocol):
    """Follows one attempt from inside. Called often: must return fast."""

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Report something that happened."""
        ...

    def check_stop(self) -> None:
        """Return, or raise `Cancelled` or `Interrupted` when the attempt must end."""
        ...


class Queue(Protocol):
    """Carries job ids to workers. Built from settings by the entry point ``testamur.queue``."""

    def send(self, job_id: str, priority: str) -> None:
        """Hand a job id to the workers.

        Raises:
            BrokerUnavailable: The broker did not answer within a short time.
        """
        ...

    def ping(self) -> bool:
        """True when the broker answers."""
        ...


class Events(Protocol):
    """A stream of events per job, kept for a while after the job ended."""

    def publish(self, event: Event) -> None:
        """Append an event; a broker that is away loses it, never the job."""
        ...

    def read(self, job_id: str, *, after: str = "", block_s: float = 0.0) -> list[Event]:
        """Events of a job after the id `after`, waiting up to `block_s` seconds for the first."""
        ...

    def forget(self, job_id: str) -> None:
        """Delete the events of a job.

        Raises:
            BrokerUnavailable: The broker does not answer; nothing was deleted.
        """
        ...

    def follow(self, job_id: str, *, after: str = "") -> Iterator[Event]:
        """Events as they come, until the job's final state event."""
        ...


class Fleet(Protocol):
    """The embedded broker and the local workers, as ``testamur up | down | status`` see them."""

    def up(self, *, workers: int | None = None, wait_s: float = 20.0) -> dict[str, Any]:
        """Start what does not run; requeue what a dead worker of this host left behind."""
        ...

    def work(self, name: str, *, until_idle: bool = False) -> int:
        """Be a worker in this process until a signal says stop, or no job waits; the exit code."""
        ...

    def down(self, *, wait_s: float = 30.0) -> dict[str, Any]:
        """Stop workers (running jobs are checkpointed and queued again), then the broker."""
        ...

    def status(self) -> dict[str, Any]:
        """What runs: broker (url, pid, version), workers (name, pid, device, job), queue depth."""
        ...
