"""The whole demo after installation, as a user sees it, and the drawing of its report.

Each round runs ``testamur demo`` in a new, empty home: embedded broker, one worker, the queue, training,
audit, dossier, and everything stopped again. Wall time, because that is what a user waits for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from harness import Goal, Page, measure, wants_writing

from testamur.contracts.report import Report
from testamur.report import render

ROUNDS = 3


def run_demo(home: Path) -> float:
    """Wall seconds of one demo."""
    command = shutil.which("testamur", path=str(Path(sys.executable).parent)) or "testamur"
    begin = time.perf_counter()
    done = subprocess.run(
        [command, "demo"],
        env={**os.environ, "TESTAMUR_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"the demo failed\n{done.stdout}{done.stderr}")
    return time.perf_counter() - begin


def draw_cold(report: Report, evidence: dict[str, dict[str, object]]) -> int:
    """Draw the page with the templates compiled anew; its size in bytes."""
    render._environment.cache_clear()
    return len(render.render_html(report, evidence).encode())


def main() -> int:
    """Run, print, and write when asked."""
    page = Page("demo_walk", "The demo, and drawing its report", (__doc__ or "").split("\n\n", 1)[1].strip())
    with tempfile.TemporaryDirectory(prefix="tm") as folder:
        seconds = [run_demo(Path(folder) / str(n)) for n in range(ROUNDS)]
        dossier = next(Path(folder).glob(f"{ROUNDS - 1}/dossiers/*/report.json")).parent
        report = Report.model_validate_json((dossier / "report.json").read_bytes())
        evidence = {path.name: json.loads(path.read_bytes()) for path in dossier.glob("evidence/*.json")}
        times = measure({"drawing": lambda: draw_cold(report, evidence)}, repeats=5)
    listed = ", ".join(f"{s:.1f}" for s in seconds)
    page.note(f"Demo, wall seconds of {ROUNDS} rounds: {listed}.")
    stages = ", ".join(f"{stage} {s:.2f}" for stage, s in report.provenance.seconds.items())
    page.note(f"Of these, inside the walk (last round, seconds): {stages}.")
    n_bytes = draw_cold(report, evidence)
    page.note(f"The report holds {len(report.findings)} findings in {n_bytes / 1000:,.0f} kB of HTML.")
    page.goal(Goal("demo after installation", median(seconds), at_most=60, unit="s"))
    page.goal(Goal("drawing the report, CPU", times["drawing"].median, at_most=2, unit="s"))
    page.goal(Goal("size of the page", n_bytes / 1e6, at_most=2, unit="MB"))
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
