"""Moves checkpoints and dossiers between this machine and the artifacts that machines share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import Claim
from testamur.settings import Settings
from testamur.store.artifacts import Artifacts
from testamur.store.checkpoint_copies import CheckpointCopies
from testamur_workers.checkpoints import NOWHERE, how_far
from testamur_workers.copying import CopyingThread
from testamur_workers.hand_in import sealing_folder
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
        self._copying: CopyingThread | None = None
        self._known = False  # the artifacts hold what lies here

    def bring_checkpoint(self) -> None:
        """Have the checkpoint that is farthest here before training begins, whoever made it."""
        if not self._settings.artifacts:
            return
        try:
            copies = CheckpointCopies(Artifacts(self._settings.artifacts), self._claim.job_id)
            found, here = copies.newest(), how_far(self._checkpoint)
            if found is None or (here != NOWHERE and found.mark <= here):
                self._known = found is not None and found.mark == here
                return
            copies.bring(found, self._checkpoint)
            self._known = True
        except TestamurError as error:
            self._recorder.say(f"no checkpoint was brought: {error.message}", level="warning")
            return
        self._recorder.say(f"the checkpoint of attempt {found.attempt} was brought from the artifacts")

    def begin_copying(self) -> None:
        """Copy checkpoints from now on, as they are made."""
        if self._settings.artifacts:
            self._copying = CopyingThread(
                self._settings.artifacts,
                self._checkpoint,
                self._claim.job_id,
                self._claim.attempt,
                every_s=self._settings.copy_every_s,
                known=self._known,
                say=self._recorder.say,
            )

    def end_copying(self) -> None:
        """Stop; what is being copied is finished."""
        if self._copying is not None:
            self._copying.close()

    def keep(self, departure: Departure) -> None:
        """Leave there what others need: the dossier of a done attempt, else the last checkpoint."""
        self.end_copying()
        if not self._settings.artifacts or departure.wish is Wish.FENCED:
            return
        ending = departure.ending
        job_id, attempt = self._claim.job_id, self._claim.attempt
        try:
            if ending is not None and ending.kind == "done":
                sealed = sealing_folder(self._settings.dossier_folder(job_id), attempt)
                Artifacts(self._settings.artifacts).put_dossier(sealed, job_id, attempt)
            elif self._copying is not None:
                self._copying.copy()
        except TestamurError as error:
            self._recorder.say(f"nothing was left among the artifacts: {error.message}", level="error")

    def drop_checkpoints(self) -> None:
        """Delete the checkpoints of a job that is done; called by whoever has ended it, under its token."""
        if not self._settings.artifacts:
            return
        try:
            CheckpointCopies(Artifacts(self._settings.artifacts), self._claim.job_id).drop()
        except TestamurError as error:
            self._recorder.say(f"checkpoints stay among the artifacts: {error.message}", level="warning")

    @property
    def _checkpoint(self) -> Path:
        return self._settings.job_folder(self._claim.job_id) / "checkpoint"
