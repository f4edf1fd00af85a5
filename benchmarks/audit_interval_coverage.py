"""How often each kind of interval holds the truth: 2,000 samples each of worlds whose truth is known.

Goal: every method holds it in at least 93.5 % of the samples at a level of 95 %. The joint intervals of
fairness are judged family-wise in `interval_coverage.py` and `audit_error_rates.py`. Truths are closed
forms, or values of a population of a million rows and more where there is none.

    python benchmarks/audit_interval_coverage.py [--runs 2000] [--seed 41] [--write]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import harness  # first: it sets one thread
import numpy as np
from parts import (
    coverage_closed,
    coverage_distances,
    coverage_groups,
    coverage_models,
    coverage_plugins,
    coverage_resampled,
    coverage_windows,
)
from parts import coverage_registry as registry
from parts.coverage_worlds import N_BOOT, Method

PARTS = (
    coverage_closed, coverage_resampled, coverage_distances,
    coverage_models, coverage_windows, coverage_groups, coverage_plugins,
)  # fmt: skip

LEAST = 93.5
SEED = 41  # of the table; methods were chosen on others
EXPLANATION = (
    "Each row is one way of making an interval, tried on samples of a world whose true value is known. "
    f"Bootstraps draw {N_BOOT} replicates, curves 200. Methods were chosen by theory and on other seeds; "
    "the seed of this table was fixed before its first figure. The standard error of 95 % is 0.5 points. "
    "Methods that were changed later were measured anew, once, with the same seed: those of AUC (DeLong's "
    "interval on the logit scale had held 93.3 % at an AUC of 0.92), bootstraps of means, influences, and "
    "the domains' bootstrap of a correlation (93.2 % without its skewness)."
)


def main() -> int:
    """Simulate, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", action="store_true", help="also write the page of figures")
    parser.add_argument("--store", type=Path, help="folder of figures: what lies there is not measured again")
    parser.add_argument("--stripe", default="0/1", help="measure every K-th row from the I-th: I/K")
    options = parser.parse_args()
    page = harness.Page(
        "audit_interval_coverage", "Intervals: coverage", EXPLANATION, packages=("numpy", "scipy")
    )
    page.note(f"{options.runs} samples for each.")
    page.lines += ["", "| method and world | holds the truth |", "|---|---:|"]
    first, step = (int(part) for part in options.stripe.split("/"))
    for number, (name, run) in list(enumerate(rows().items()))[first::step]:
        held = _kept(options, number, name) or _measured(options, number, name, run)
        page.lines.append(f"| {name} | {held:.1f} % |")
        page.goal(harness.Goal(name, held, at_least=LEAST, unit="%"))
        print(f"{held:5.1f}  {harness.cpu_clock():6.0f} s  {name}", flush=True)
    page.lines += registry.lines()
    return page.finish(write=options.write)


def rows() -> dict[str, Method]:
    """Every row of the table, in its order; a row's seed is its place, so that new rows come last."""
    return {name: run for part in PARTS for name, run in part.methods().items()}


def _measured(options: argparse.Namespace, number: int, name: str, run: Method) -> float:
    r = np.random.default_rng([options.seed, number])
    held = 100 * float(np.mean([run(r) for _ in range(options.runs)]))
    if options.store is not None:
        kept = {"name": name, "seed": options.seed, "runs": options.runs, "held": held}
        (options.store / f"{number}.json").write_text(json.dumps(kept))
    return held


def _kept(options: argparse.Namespace, number: int, name: str) -> float | None:
    path = None if options.store is None else options.store / f"{number}.json"
    if path is None or not path.exists():
        return None
    kept = json.loads(path.read_text())
    same = (kept["name"], kept["seed"], kept["runs"]) == (name, options.seed, options.runs)
    return float(kept["held"]) if same else None


if __name__ == "__main__":
    raise SystemExit(main())
