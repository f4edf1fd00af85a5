"""How the processes of an installation write their logs: lines for people, or JSON for a collector."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime

from testamur.settings import Settings
from testamur_workers.scrub import Scrubber

_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message; secrets are taken out."""

    def __init__(self) -> None:
        super().__init__()
        self._scrub = Scrubber(os.environ)

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON. The text of an exception is left out: it may quote a cell."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._scrub(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0]:
            said["error"] = record.exc_info[0].__qualname__
        return json.dumps(said)


def set_up_logging(settings: Settings) -> None:
    """Have this process write warnings and worse, in the way its operator asks for."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else logging.Formatter(_PLAIN))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
