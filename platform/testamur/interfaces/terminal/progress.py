"""What happens in a job, live: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from testamur.contracts.event import EventKind
from testamur.interfaces.terminal.consoles import printable

_LINE_EVERY_S = 5.0  # plain lines for epochs and checks at most so often: a log file is read later
_RESTART = "attempt {}: what the one before it had learned is taken up again"


class Display(Protocol):
    """Shows what happens in one job."""

    def show(self, kind: EventKind, data: Mapping[str, Any], *, attempt: int = 1) -> None:
        """Show one event."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, and leave what was shown on the screen."""
        ...


def open_display(console: Console) -> Display:
    """Bars where there is a terminal, lines where not."""
    return BarDisplay(console) if console.is_terminal else LineDisplay(console)


class LineDisplay:
    """One line per stage; of epochs and checks one every few seconds, and the last.

    Args:
        console: Where to print.
        clock: Seconds that only grow.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._next_at = 0.0
        self._kept = ""  # line that came too soon, printed when nothing newer takes its place
        self._attempt = 1

    def show(self, kind: EventKind, data: Mapping[str, Any], *, attempt: int = 1) -> None:
        """Print a line, or keep it where one would be too many."""
        if attempt != self._attempt:
            self._attempt = attempt
            self._print(_RESTART.format(attempt))
        line = describe(kind, data)
        if kind in (EventKind.EPOCH, EventKind.CHECK) and not self._is_due():
            self._kept = line
            return
        if kind is EventKind.STAGE:
            self._flush()
            self._next_at = 0.0
        self._kept = ""
        if line:
            self._print(line)

    def _is_due(self) -> bool:
        now = self._clock()
        if now < self._next_at:
            return False
        self._next_at = now + _LINE_EVERY_S
        return True

    def _flush(self) -> None:
        if self._kept:
            self._print(self._kept)
        self._kept = ""

    def _print(self, line: str) -> None:
        self._console.print(Text(printable(line)), soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()


class BarDisplay:
    """A row per stage; epochs and checks fill its bar."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text=Text("✓", style="bright_blue")),
            TextColumn("{task.description}", markup=False),
            BarColumn(
                bar_width=24,
                complete_style="bright_blue",
                finished_style="bright_blue",
                pulse_style="bright_black",
            ),
            TextColumn("{task.fields[detail]}", markup=False, style="bright_black"),
            TimeElapsedColumn(),
            console=console,
        )
        self._row: TaskID | None = None
        self._stage = ""
        self._attempt = 1

    def show(self, kind: EventKind, data: Mapping[str, Any], *, attempt: int = 1) -> None:
        """Bring the rows up to date."""
        if attempt != self._attempt:
            self._attempt = attempt
            self._close_row(" interrupted")
            self._say(_RESTART.format(attempt))
        if kind is EventKind.STAGE:
            self._open_row(str(data.get("stage", "")), str(data.get("detail", "")))
        elif kind is EventKind.EPOCH:
            self._fill(data.get("epoch"), data.get("epochs"), describe(kind, data))
        elif kind is EventKind.CHECK:
            self._fill(data.get("done"), data.get("total"), describe(kind, data))
        elif line := describe(kind, data):
            self._say(line)

    def _open_row(self, stage: str, detail: str) -> None:
        if stage == self._stage:
            return
        self._close_row("")
        self._stage = stage
        self._row = self._progress.add_task(f"{printable(stage):<8}", total=None, detail=printable(detail))

    def _close_row(self, suffix: str) -> None:
        if self._row is not None:
            task = next(task for task in self._progress.tasks if task.id == self._row)
            total = task.total if task.total is not None else 1
            detail = str(task.fields["detail"]) + suffix
            self._progress.update(self._row, total=total, completed=total, detail=detail)
        self._row, self._stage = None, ""

    def _fill(self, done: object, total: object, detail: str) -> None:
        if self._row is None or not isinstance(done, int) or not isinstance(total, int):
            return
        # A bar that is full before its stage ends would look finished: the last step belongs to the stage.
        self._progress.update(self._row, completed=done, total=max(total, done) + 1, detail=printable(detail))

    def _say(self, line: str) -> None:
        self._progress.console.print(Text(printable(line)))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_row("" if error is None else " stopped")
        self._progress.stop()


def describe(kind: EventKind, data: Mapping[str, Any]) -> str:
    """An event in one line, or an empty text where it needs none."""
    if kind is EventKind.STAGE:
        detail = data.get("detail")
        return f"{data.get('stage', '')}" + (f": {detail}" if detail else "")
    if kind is EventKind.EPOCH:
        best = ", the best so far" if data.get("best") else ""
        loss = data.get("validation_loss")
        shown = f"{loss:.4f}" if isinstance(loss, float) else "–"
        return f"epoch {data.get('epoch')} of {data.get('epochs', '?')}, validation loss {shown}{best}"
    if kind is EventKind.CHECK:
        return f"check {data.get('done')} of {data.get('total')}, {data.get('check')}: {data.get('status')}"
    if kind is EventKind.LOG:
        return str(data.get("message", ""))
    if kind is EventKind.STATE:
        reason = data.get("reason")
        return f"{data.get('state', '')}" + (f": {reason}" if reason else "")
    return ""
