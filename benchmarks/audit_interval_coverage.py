"""How often each kind of interval holds the truth: 2,000 samples each of worlds whose truth is known.

Goal: every method holds it in at least 93.5 % of the samples at a level of 95 %. The joint intervals of
fairness are judged family-wise in `interval_coverage.py` and `audit_error_rates.py`. Truths are closed
forms, or values of a population of a million rows and more where there is none.

    python benchmarks/audit_interval_coverage.py [--runs 2000] [--seed 41] [--write]
"""

from __future__ import annotations

import argparse

import harness  # first: it sets one thread
import numpy as np
from parts import coverage_closed, coverage_distances, coverage_resampled
from parts.coverage_worlds import N_BOOT

LEAST = 93.5
SEED = 41  # of the table; methods were chosen on others
EXPLANATION = (
    "Each row is one way of making an interval, tried on samples of a world whose true value is known. "
    f"Bootstraps draw {N_BOOT} replicates, curves 200. Methods were chosen by theory and on other seeds; "
    "the seed of this table was fixed before its first figure. The standard error of 95 % is 0.5 points."
)


def main() -> int:
    """Simulate, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", action="store_true", help="also write the page of figures")
    options = parser.parse_args()
    page = harness.Page(
        "audit_interval_coverage", "Intervals: coverage", EXPLANATION, packages=("numpy", "scipy")
    )
    page.note(f"{options.runs} samples for each.")
    page.lines += ["", "| method and world | holds the truth |", "|---|---:|"]
    methods = [
        each
        for part in (coverage_closed, coverage_resampled, coverage_distances)
        for each in part.methods().items()
    ]
    for number, (name, run) in enumerate(methods):
        r = np.random.default_rng([options.seed, number])
        held = 100 * np.mean([run(r) for _ in range(options.runs)])
        page.lines.append(f"| {name} | {held:.1f} % |")
        page.goal(harness.Goal(name, float(held), at_least=LEAST, unit="%"))
        print(f"{held:5.1f}  {harness.cpu_clock():6.0f} s  {name}", flush=True)
    return page.finish(write=options.write)


if __name__ == "__main__":
    raise SystemExit(main())
