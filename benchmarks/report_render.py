"""Time to draw the audit report of a finished job: `python benchmarks/report_render.py DOSSIER`.

Without an argument, a dossier is looked for below TESTAMUR_HOME. The promise: at most 2 s, with the
templates compiled anew each time.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from testamur.contracts.report import Report
from testamur.report import render
from testamur.settings import Settings

PROMISE_S = 2.0
REPEATS = 5


def find_dossier() -> Path:
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        return Path(sys.argv[1])
    found = sorted(Settings.from_environment().home.glob("dossiers/*/report.json"))
    if not found:
        sys.exit("a dossier is required: name its folder, or run `testamur demo` first")
    return found[-1].parent


def time_cold(report: Report, evidence: dict[str, dict[str, object]]) -> tuple[float, int]:
    render._environment.cache_clear()
    begin = time.process_time()
    page = render.render_html(report, evidence)
    return time.process_time() - begin, len(page.encode())


def main() -> None:
    dossier = find_dossier()
    report = Report.model_validate_json((dossier / "report.json").read_bytes())
    evidence = {path.name: json.loads(path.read_bytes()) for path in dossier.glob("evidence/*.json")}
    runs = [time_cold(report, evidence) for _ in range(REPEATS)]
    seconds = statistics.median(run[0] for run in runs)
    size = f"{len(report.findings)} findings, {runs[0][1] / 1000:.0f} kB"
    print(f"| report, {size} | {seconds:.3f} s CPU | at most {PROMISE_S} s |")
    sys.exit(0 if seconds <= PROMISE_S else 1)


if __name__ == "__main__":
    main()
