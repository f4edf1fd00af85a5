"""Copies checkpoints to the artifacts while a job trains: a machine that burns down loses little."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from testamur.contracts.errors import TestamurError
from testamur.store.artifacts import Artifacts
from testamur.store.checkpoint_copies import CheckpointCopies
from testamur_workers.checkpoints import how_far, state_of


class CopyingThread:
    """Looks now and then whether there is a newer checkpoint, and copies it. Close it.

    Args:
        url: Of the artifacts.
        folder: Where the job's checkpoints are.
        job_id: The job.
        attempt: The attempt.
        every_s: Seconds between two copies, at least.
        known: What lies there now was brought from the artifacts, or copied before.
        say: Told of what goes wrong, with a level; called from the thread.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        job_id: str,
        attempt: int,
        *,
        every_s: float,
        known: bool,
        say: Callable[..., None],
    ) -> None:
        self._url, self._folder, self._job_id, self._attempt = url, folder, job_id, attempt
        self._say, self._every_s = say, every_s
        self._copied = state_of(folder) if known else ()
        self._failed = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def copy(self) -> None:
        """Copy the checkpoint unless it was copied already.

        Raises:
            TestamurError: The artifacts cannot be used, or refuse.
        """
        state = state_of(self._folder)
        if state == self._copied:
            return
        copies = CheckpointCopies(Artifacts(self._url), self._job_id)
        copies.put(self._folder, self._attempt, how_far(self._folder))
        self._copied = state

    def close(self) -> None:
        """Stop; a copy that is under way is finished."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                self.copy()
                self._failed = False
            except TestamurError as error:
                if not self._failed:  # said once, however long the store is away
                    self._say(f"a checkpoint was not copied: {error.message}", level="warning")
                self._failed = True
