"""Which dossiers without a stored job an erasure concerns: by the digest of the data that each states.

A dossier does not name people. Whether it rests on data that hold a person is known where data of that
digest are at hand: a registered dataset, the data of a stored job, or a file that is named.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import DatasetRequest
from testamur.contracts.objects import is_object
from testamur.pipeline.dossiers_on_disk import FoundDossier

if TYPE_CHECKING:
    from testamur.hooks.registry import Registry


@dataclass(frozen=True, slots=True)
class AffectedDossier:
    """One dossier that an erasure concerns.

    Attributes:
        dossier: Where it lies, and what it says.
        known: False when nobody can say whether it is concerned; it stays.
        reason: Why they cannot.
    """

    dossier: FoundDossier
    known: bool = True
    reason: str = ""


def dossiers_on_dataset(
    found: Iterable[FoundDossier], dataset: str, digests: Iterable[str] = ()
) -> list[AffectedDossier]:
    """Dossiers that rest on a dataset.

    Args:
        found: What lies there.
        dataset: A key, a path, or a URL.
        digests: Of the data of stored jobs on it.
    """
    from testamur.data.locate import sha256_of

    path = Path(dataset).expanduser()
    here = {sha256_of(path)} if path.is_file() else set()
    wanted = {*digests, *here} - {""}
    return [one for dossier in found if (one := _on_dataset(dossier, dataset, wanted)) is not None]


def _on_dataset(dossier: FoundDossier, dataset: str, wanted: set[str]) -> AffectedDossier | None:
    if not dossier.sha256:
        return AffectedDossier(dossier, known=False, reason="its report cannot be read")
    url = is_object(dataset) and dossier.file_name == dataset
    if url or dossier.key == dataset or dossier.sha256 in wanted:
        return AffectedDossier(dossier)
    if dossier.file_name and dossier.file_name == Path(dataset).name:
        reason = "its data had the same file name and other content"
        return AffectedDossier(dossier, known=False, reason=reason)
    return None


class PersonInData:
    """Answers whether data of a digest hold a person; each is read once.

    Args:
        entity: The person's id, as it stands in the data.
        registry: What is installed.
        datasets: Folder of fetched data sets.
        environ: The variables that ``url = "env:NAME"`` may name.
        files: Data of one's own in which the person is looked for.
    """

    def __init__(
        self,
        entity: str,
        *,
        registry: Registry,
        datasets: Path,
        environ: Mapping[str, str],
        files: Iterable[Path] = (),
    ) -> None:
        from testamur.data.locate import sha256_of

        self._entity, self._registry = entity, registry
        self._datasets, self._environ = datasets, environ
        self._files = {sha256_of(path): path.absolute() for path in files}
        self._known: dict[str, bool] = {}

    def dossiers(self, found: Iterable[FoundDossier]) -> list[AffectedDossier]:
        """Those that rest on data which hold the person, and those of which it is not known."""
        answers = [(dossier, self._ask(dossier)) for dossier in found]
        return [
            AffectedDossier(dossier, known=not reason, reason=reason)
            for dossier, reason in answers
            if reason is not None
        ]

    def look(self, request: DatasetRequest, base: Path) -> tuple[bool | None, str]:
        """Whether the data of a request hold the person, None where no column names people; and their digest.

        Raises:
            TestamurError: They cannot be read.
        """
        from testamur.data.erased import find_marked, mark_entity, person_columns
        from testamur.data.load import load_source
        from testamur.pipeline.at_hand import at_hand

        spec = self._registry.dataset(request.use) if request.use else None
        with at_hand(request) as here:
            source = load_source(here, spec, base=base, environ=self._environ, datasets=self._datasets)
        columns = person_columns(source.spec)
        if not columns:
            return None, source.sha256
        mark = mark_entity(self._entity, secrets.token_hex(16))
        return bool(find_marked(source.frame, columns, [mark]).any()), source.sha256

    def note(self, sha256: str, *, holds: bool) -> None:
        """Remember what was found in the data of a stored job."""
        self._known[sha256] = self._known.get(sha256, False) or holds

    def _ask(self, dossier: FoundDossier) -> str | None:
        """None: not concerned; empty: concerned; else why that is not known."""
        request = dossier.request
        if not dossier.sha256 or request is None:
            return "its report or job file cannot be read"
        if self._left_out(request):
            return None
        if dossier.sha256 not in self._known:
            try:
                holds, digest = self.look(self._at_hand(dossier, request), dossier.folder)
            except (TestamurError, OSError, ValueError) as error:
                return f"its data are not at hand ({type(error).__name__}): name the file with --data"
            if holds is None:
                return "no column of its data names people"
            if digest != dossier.sha256:
                return "its data were others than those at hand: name the file with --data"
            self.note(digest, holds=holds)
        return "" if self._known[dossier.sha256] else None

    def _at_hand(self, dossier: FoundDossier, request: DatasetRequest) -> DatasetRequest:
        """The request with the file of that digest, where one was named."""
        path = self._files.get(dossier.sha256)
        return request if path is None else request.model_copy(update={"path": str(path)})

    def _left_out(self, request: DatasetRequest) -> bool:
        """Whether the job left this person out of its rows already."""
        from testamur.data.erased import mark_entity

        return any(mark_entity(self._entity, mark.partition(":")[0]) == mark for mark in request.erased)
