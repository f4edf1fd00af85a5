"""Data that lie in an object store are brought to this machine before they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testamur.contracts.job import DatasetRequest
from testamur.contracts.objects import is_object


@contextmanager
def at_hand(request: DatasetRequest, brought: Path | None = None) -> Iterator[DatasetRequest]:
    """The request as it can be read here: unchanged, or with a file in the place of a URL.

    Args:
        request: The ``[dataset]`` part of a job.
        brought: The file, where somebody has brought it; None: it is brought with this process's own
            rights, and goes when the block ends.

    Raises:
        ConfigurationError: The URL cannot be used, or the extra ``s3`` is not installed.
        DataError: There is no such object, or it may not be read.
        StoreError: The disk is full.
    """
    if request.path is None or not is_object(request.path):
        yield request
        return
    if brought is not None:
        yield request.model_copy(update={"path": str(brought)})
        return
    from testamur.data.objects import bring_object

    with tempfile.TemporaryDirectory(prefix="testamur-data-") as folder:
        yield request.model_copy(update={"path": str(bring_object(request.path, Path(folder)))})
