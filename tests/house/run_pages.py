"""Runs scripts one after the other: ``python run_pages.py SCRIPT...``; what came of each is told as JSON.

Each has a folder, a home and a namespace of its own; what they share is that torch was imported before.
"""

import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def run(script: Path) -> str:
    """What it raised, or nothing."""
    os.chdir(script.parent)
    os.environ["TESTAMUR_HOME"] = str(script.parent / "testamur-home")
    try:
        runpy.run_path(str(script), run_name="__main__")
    except BaseException:  # noqa: BLE001 - whatever a page raises is told by its test
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    told = {path: run(Path(path)) for path in sys.argv[1:]}
    sys.stdout.write("\n" + json.dumps(told))
