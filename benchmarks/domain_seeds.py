"""The applications of health, education and retail: five seeds on one split, beside what is simpler.

Each example job as it ships (settings, split, epochs), fitted with the seeds 0 to 4; its own seed divides
the rows once, so that all seeds and all baselines meet the same test part. Nothing is tuned here, and
nothing was changed after a figure was seen. Fetched sets are left out, and named, where they are not here.

    python benchmarks/domain_seeds.py [--write] [--only health.glucose,retail.churn]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import harness  # first: it sets one thread
from parts import seed_measures as of
from parts import seed_measures_retail as shop
from parts.seed_measures_glucose import glucose
from parts.seed_runs import Runs, fit_seeds, load_example
from parts.seed_scores import Line, Measure, score

from testamur.contracts.errors import TestamurError
from testamur.contracts.policy import Policy
from testamur.hooks.registry import Registry
from testamur.settings import Settings

Measures = Callable[[Runs, Policy], of.Measured]


@dataclass(frozen=True)
class Application:
    """One example job and what it is held against.

    Attributes:
        example: ``domain:file`` of the job.
        title: As printed.
        beside: Baselines of the core and of the model.
        measures: What is measured.
        remark: What a reader must know.
    """

    example: str
    title: str
    beside: tuple[str, ...]
    measures: Measures
    remark: str = ""


def _plain(measures: Callable[[Runs], of.Measured]) -> Measures:
    return lambda runs, _: measures(runs)


ROWS = ("linear", "boosting")
BETTER = {True: "more is better", False: "less is better", None: "nearer to 1 is better"}
APPLICATIONS = (
    Application(
        "health:glucose", "Glucose early warning, one person", ("boosting",), _plain(glucose),
        "Thresholds are settled on validation at one false alarm a day at most, under each seed.",
    ),
    Application(
        "education:items", "Answers to items, verbal aggression", ("irt", "boosting", "naive"),
        _plain(of.mastery),
    ),
    Application("education:early_warning", "At risk, gpa2", ROWS, _plain(of.students)),
    Application("education:reading", "At risk in reading, Project STAR", ROWS, _plain(of.schools)),
    Application(
        "education:course", "Questions over a course", ("tfidf", "bm25", "boosting"), _plain(of.course)
    ),
    Application(
        "retail:inventory", "Reorder plan, CDNOW daily", (), _plain(shop.stock),
        "CPU seconds of the model are those of its forecast. Five blocks are too few for an interval to "
        "lean on.",
    ),
    Application("health:heart", "Coronary disease, Cleveland", ROWS, _plain(of.people)),
    Application(
        "health:monitoring", "Resting heart rate of the week ahead (SYNTHETIC)", ("naive", "boosting"),
        _plain(of.monitoring), "*naive*: last week repeated. Four blocks are too few for an "
        "interval to lean on.",
    ),
    Application(
        "retail:churn", "Customers who fall silent, CDNOW", ("bg_nbd", *ROWS), shop.churn
    ),
    Application(
        "health:activity", "Exercises from a watch", ("boosting",), _plain(of.activity),
        "The example's own division, three test people: recordings are resampled as if they were "
        "independent, "
        "which is too narrow for other people. All ten people in five folds, of one seed: "
        "[activity](activity.md).",
    ),
    Application("health:risk", "Mortality of smokers, NHEFS", ROWS, _plain(of.people)),
    Application("retail:value", "What customers spend next, CDNOW", ROWS, shop.value),
    Application(
        "education:mastery", "Mastery, Swedish SAT (quantitative)", ("irt", "boosting", "naive"),
        _plain(of.mastery), "*irt*: two-parameter IRT; *naive*: the easiness of the item.",
    ),
)  # fmt: skip
EXPLANATION = (
    "Each example job as it ships, with five seeds of training on one split (its own seed divides the rows), "
    "beside baselines without chance on the same rows. Settings, splits, seeds and measures were frozen "
    "before a figure was seen, and nothing was tuned. *Value*: mean over seeds, in brackets the lowest and "
    "the highest seed. *Interval*: 95 %, percentile bootstrap of the mean over seeds, 1,000 samples of the "
    "test units named above the table. *Model less it*: the model's mean less the baseline's, units drawn "
    "together; an interval that holds 0 shows no difference. Percentile intervals of a few dozen units or "
    "fewer are somewhat too narrow. *CPU s a fit*: with predictions; linear, boosting and naive are fitted "
    "in one go, and each bears the seconds of all. Seeds of the split are not varied: what another "
    "division would give is not measured here."
)


def write_application(page: harness.Page, app: Application, runs: Runs, policy: Policy) -> None:
    """A table of all measures and methods."""
    measures, units = app.measures(runs, policy)
    page.lines += [
        "",
        f"## {app.title}",
        "",
        f"`{app.example.replace(':', '/')}.toml`; {units.n:,} {units.name}",
    ]
    page.lines[-1] += f" resampled. {app.remark}".rstrip()
    page.lines += [
        "",
        "| measure | method | value (over seeds) | interval | model less it | CPU s a fit |",
        "|---|---|---|---|---|---:|",
    ]
    for measure, lines in zip(measures, score(measures, units), strict=True):
        for name, line in lines.items():
            page.lines.append(_row(measure, name, line, _seconds(runs, name)))


def _row(measure: Measure, name: str, line: Line, seconds: float | None) -> str:
    spread = f" ({line.lowest:.4g} to {line.highest:.4g})" if line.n_seeds > 1 else ""
    what = f"{measure.name}, {BETTER[measure.higher]}; {measure.n}"
    lead = (
        ""
        if line.lead is None
        else f"{line.lead:+.3g} ({line.lead_ends[0]:+.3g} to {line.lead_ends[1]:+.3g})"
    )
    cells = [
        what if name == "model" else "",
        name,
        f"{line.value:.4g}{spread}",
        f"{line.ends[0]:.4g} to {line.ends[1]:.4g}",
        lead,
        "" if seconds is None else f"{seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(runs: Runs, name: str) -> float | None:
    if name == "model":
        return sum(runs.seconds) / len(runs.seconds)
    return runs.beside_seconds.get({"BG/NBD with Gamma-Gamma": "bg_nbd"}.get(name, name))


def main() -> int:
    """Run every application and print (or write) the page."""
    only = sys.argv[sys.argv.index("--only") + 1].split(",") if "--only" in sys.argv else None
    page = harness.Page("domain_seeds", "Applications of the domains, five seeds", EXPLANATION)
    registry = Registry.load(Settings.from_environment().home)
    begin = harness.cpu_clock()
    for app in APPLICATIONS:
        if only and app.example not in only:
            continue
        try:
            job, table = load_example(app.example, registry)
        except TestamurError as error:
            page.note(f"**{app.title}** is left out: {str(error).splitlines()[0]}")
            continue
        written = len(page.lines)
        runs = fit_seeds(job, table, app.beside)
        write_application(page, app, runs, registry.policy(job.policy))
        if app.example == "retail:churn":
            page.lines += ["", "## Segments of the same customers", "", *shop.segments(runs)]
        print("\n".join(page.lines[written:]))
        if harness.wants_writing():  # long runs: what is done stays
            (harness.FOLDER / f"{page.name}.md").write_text(page.text())
        print(f"{app.example}: {harness.cpu_clock() - begin:.0f} s so far", flush=True)
    page.note(f"{(harness.cpu_clock() - begin) / 60:.0f} minutes of CPU time in all.")
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
