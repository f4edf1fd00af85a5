"""Reading a SYNTHETIC Apple Health export: MB/s and peak memory, beside the standard library's iterparse.

Three cases, each in a process of its own, in turn: the plugin's reader (parses, checks, sorts, resolves
overlaps, makes the daily table), ``xml.etree.ElementTree.iterparse`` that only walks over the records and
throws them away, and iterparse handing each record to the same log that the reader fills (the same work up
to the daily table). Then one export of 2 GB through the reader, for its peak memory. The files are made by
the plugin's generator, in the app's form; no person's export is used.

    python benchmarks/apple_health.py [--write] [--small]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

import harness  # first: it sets one thread

DAYS, EVERY_S = 1400, 150
ROUNDS = 3
LARGE_BYTES = 2_000_000_000
EXPLANATION = (
    "SYNTHETIC exports (made from a seed by `testamur_health.synthetic`). CPU time of one thread, each case "
    "in a process of its own, in turn; medians. *walk only*: iterparse that clears every record and keeps "
    "nothing. "
    "*same records*: iterparse that hands each record to the reader's own log, then the same daily table. "
    "Memory is the peak resident set of the process, imports included."
)


def child(case: str, path: str) -> None:
    """Run one case and print its figures as JSON."""
    import resource
    import time

    start = time.process_time()
    n_rows = {"reader": read, "walk only": walk, "same records": rebuild}[case](Path(path))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "n": n_rows}))


def read(path: Path) -> int:
    """The plugin's reader."""
    from testamur.contracts.dataset import ReadOptions
    from testamur_health.wearable.read import read_daily

    return read_daily(path, ReadOptions())[0].height


def walk(path: Path) -> int:
    """Iterparse as its documentation shows it for large files."""
    import xml.etree.ElementTree as ET

    n = 0
    events = ET.iterparse(path, events=("start", "end"))
    _, root = next(events)
    for event, element in events:
        if event == "end" and element.tag == "Record":
            n += 1
            root.clear()
    return n


def rebuild(path: Path) -> int:
    """Iterparse in the place of the reader's own parsing, everything else alike."""
    import xml.etree.ElementTree as ET

    from testamur_health.wearable.apple_xml import _handler
    from testamur_health.wearable.daily import daily_table
    from testamur_health.wearable.log import Log
    from testamur_health.wearable.moments import Clock

    log = Log()
    record = _handler(log, Clock())
    events = ET.iterparse(path, events=("start", "end"))
    _, root = next(events)
    for event, element in events:
        if event == "end" and element.tag == "Record":
            record("Record", element.attrib)
            root.clear()
    return len(daily_table(log)[1])


def run(case: str, path: Path) -> dict[str, float]:
    """One case in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", case, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def make(path: Path, n_days: int) -> None:
    """Write a synthetic export."""
    from testamur_health.synthetic.export import write_export
    from testamur_health.synthetic.person import make_days

    write_export(path, make_days(date(2000, 1, 1), n_days, seed=1), every_s=EVERY_S)


def main() -> int:
    """Make the files, measure, print, and write when asked."""
    page = harness.Page(
        "apple_health", "Reading a synthetic Apple Health export", EXPLANATION, ("numpy", "polars")
    )
    cases = ("reader", "walk only", "same records")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.xml")
        make(path, DAYS)
        size = path.stat().st_size / 1e6
        runs = {case: [] for case in cases}
        for round_ in range(ROUNDS):
            for case in cases if round_ % 2 == 0 else cases[::-1]:
                runs[case].append(run(case, path))
        page.lines += [
            "",
            f"## {size:,.0f} MB",
            "",
            "| case | CPU s | MB/s | peak MB |",
            "|---|---:|---:|---:|",
        ]
        seconds = {case: median(r["seconds"] for r in runs[case]) for case in cases}
        for case in cases:
            peak = max(r["peak_mb"] for r in runs[case])
            page.lines.append(f"| {case} | {seconds[case]:.2f} | {size / seconds[case]:.0f} | {peak:.0f} |")
        page.goal(
            harness.Goal(
                "as fast as iterparse that only walks", seconds["walk only"] / seconds["reader"], at_least=1.0
            )
        )
        page.goal(
            harness.Goal(
                "against iterparse doing the same", seconds["same records"] / seconds["reader"], at_least=1.5
            )
        )
        if "--small" not in sys.argv:
            n_days = round(DAYS * LARGE_BYTES / 1e6 / size)
            make(path, n_days)
            large = run("reader", path)
            size = path.stat().st_size / 1e6
            pace = f"{large['seconds']:.1f} CPU s, {size / large['seconds']:.0f} MB/s"
            page.note(
                f"One export of {size:,.0f} MB, {n_days:,} days: {pace}, peak {large['peak_mb']:.0f} MB."
            )
            page.goal(harness.Goal("peak memory, export of 2 GB", large["peak_mb"], at_most=300, unit="MB"))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(*sys.argv[2:4])
    else:
        raise SystemExit(main())
