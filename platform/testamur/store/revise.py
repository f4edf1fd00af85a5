"""Writes the next migration from what changed in `testamur.store.tables`.

``python -m testamur.store.revise "Keep the owner of a job"``; then read the file that it wrote, and
set `HEAD` in `testamur.store.schema` to its revision. Tests compare the two on both databases.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script, ScriptDirectory

from testamur.store.engine import make_engine
from testamur.store.schema import script_config


def write_revision(message: str, scripts: Path | None = None) -> Path:
    """Write a migration from the newest revision to the tables as they are declared.

    Args:
        message: What it does, as a sentence without full stop.
        scripts: Folder of the migrations; the package's own when None.

    Returns:
        The file. It is a proposal: data that move from one column to another are not in it.
    """
    config = script_config(scripts, stdout=io.StringIO())
    number = 1 + sum(1 for _ in ScriptDirectory.from_config(config).walk_revisions())
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db")
        try:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        finally:
            engine.dispose()
    assert isinstance(script, Script)  # one head, so one script
    return Path(script.path)


if __name__ == "__main__":
    sys.stdout.write(f"{write_revision(' '.join(sys.argv[1:]))}\n")
