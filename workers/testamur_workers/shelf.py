"""Moves checkpoints and dossiers between this machine and the artifacts that machines share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import Claim
from testamur.settings import Settings
from testamur.store.artifacts import Artifacts
from testamur_workers.hand_in import attempt_folder
from testamur_workers.watch import Wish

if TYPE_CHECKING:
    from testamur_workers.recorder import Recorder
    from testamur_workers.watch import Departure


class Shelf:
    """The shared artifacts, as one attempt uses them; nothing happens where none are set.

    A fault of theirs never ends a job: it is written into the log, and what this machine has stays here.

    Args:
        settings: Where they are.
        claim: The attempt.
        recorder: Who is told.
    """

    def __init__(self, settings: Settings, claim: Claim, recorder: Recorder) -> None:
        self._settings = settings
        self._claim = claim
        self._recorder = recorder

    def bring_checkpoint(self) -> None:
        """Have the newest checkpoint here before training begins, where another machine left one."""
        if not self._settings.artifacts or self._checkpoint.is_dir():
            return
        try:
            found = Artifacts(self._settings.artifacts).get_checkpoint(self._claim.job_id, self._checkpoint)
        except TestamurError as error:
            self._recorder.say(f"no checkpoint was brought: {error.message}", level="warning")
            return
        if found is not None:
            self._recorder.say(f"the checkpoint of attempt {found} was brought from the artifacts")

    def keep(self, departure: Departure) -> None:
        """Leave there what others need: the dossier of a done attempt, else the checkpoint."""
        if not self._settings.artifacts or departure.wish is Wish.FENCED:
            return
        ending = departure.ending
        job_id, attempt = self._claim.job_id, self._claim.attempt
        try:
            artifacts = Artifacts(self._settings.artifacts)
            if ending is not None and ending.kind == "done":
                sealed = attempt_folder(self._settings.dossier_folder(job_id), attempt)
                artifacts.put_dossier(sealed, job_id, attempt)
            else:
                artifacts.put_checkpoint(self._checkpoint, job_id, attempt)
        except TestamurError as error:
            self._recorder.say(f"nothing was left among the artifacts: {error.message}", level="error")

    def drop_checkpoints(self) -> None:
        """Delete the checkpoints of a job that is done; called by whoever has ended it, under its token."""
        if not self._settings.artifacts:
            return
        try:
            Artifacts(self._settings.artifacts).drop_checkpoints(self._claim.job_id)
        except TestamurError as error:
            self._recorder.say(f"checkpoints stay among the artifacts: {error.message}", level="warning")

    @property
    def _checkpoint(self) -> Path:
        return self._settings.job_folder(self._claim.job_id) / "checkpoint"
