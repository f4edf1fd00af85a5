"""Figures of privacy: the attack's ROC curve on logarithmic scales, and the ladder of epsilon."""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10

from testamur.contracts.finding import Section
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.forest import ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Curve, draw_lines
from testamur.report.charts.scale import Scale, Tick
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_number

_FLOOR = 1e-3  # of both axes where few were attacked


def attack_lines(tree: Tree, _: Names) -> Figure | None:
    """Members found against others wrongly suspected, both on logarithmic scales."""
    curves = [c for c in tree["curves"] if any(0 < x < 1 and y > 0 for x, y in c["points"])]
    if not curves:
        return None
    least = min(x for c in curves for x, y in c["points"] if x > 0 and y > 0)
    low = max(floor(log10(min(least, 0.1))), log10(_FLOOR))
    drawn = [
        Curve(
            c["label"],
            tuple((max(log10(x), low), max(log10(y), low)) for x, y in c["points"] if x > 0 and y > 0),
        )
        for c in curves
    ]
    chart = draw_lines(
        "attack-roc",
        "How many members does an attack find?",
        drawn,
        axes=Axes("others wrongly suspected", "members found", (low, 0.0), (low, 0.0)),
        caption=(
            f"{tree['threat']} Both scales are logarithmic: what counts is how many are found while hardly "
            f"anybody is suspected wrongly. Dashed: guessing blindly. {_capital(tree['trained'])}."
        ),
        desc=f"{'; '.join(_words(c) for c in curves)}.",
        reference=((low, low), (0.0, 0.0)),
    )
    across = Scale(low, 0.0, chart.left, chart.right)
    upright = Scale(low, 0.0, chart.bottom, chart.top)
    return replace(chart, x_ticks=_decades(across), y_ticks=_decades(upright))


def _decades(scale: Scale) -> tuple[Tick, ...]:
    """Ticks at 100 %, 10 %, 1 % and so on."""
    steps = range(0, floor(scale.low) - 1, -1)
    return tuple(Tick(scale.at(p), f"{100 * 10.0**p:g}\u00a0%") for p in steps if p >= scale.low - 1e-9)


def _words(curve: Tree) -> str:
    """What a curve reaches at one in a hundred suspected wrongly, at most."""
    reached = max((y for x, y in curve["points"] if x <= 0.01), default=0.0)
    return f"{curve['label']}: {100 * reached:.1f} % found at 1 % wrongly suspected"


def epsilon_ladder(tree: Tree, _: Names) -> Figure | None:
    """Each budget's lower bound, the largest of them, and the accountant's upper bound, one rung each."""
    if not tree["budgets"]:
        return None
    rungs = [
        _rung(
            f"{format_number(100 * b['share'], 0)} % of the rows guessed",
            b["epsilon"],
            f"{format_count(b['right'])} of {format_count(b['n'])} right",
        )
        for b in tree["budgets"]
    ]
    rungs[0] = replace(rungs[0], heading="What the attack refutes, by budget of guesses")
    shown = _rung("Shown by the attack, at least", tree["lower"], "", strong=True)
    rungs.append(replace(shown, heading="Lower and upper bound"))
    upper = tree["upper"]
    if upper is None:
        guarantee = ForestEntry("Guaranteed by training, at most", None, None, None, "no guarantee")
    else:
        guarantee = _rung("Guaranteed by training, at most", upper, "")
    rungs.append(guarantee)
    by = (
        f" Guaranteed as the {tree['accountant']} reckons."
        if upper is not None and tree["accountant"]
        else ""
    )
    told = "Training guarantees nothing." if upper is None else (
        "The attack contradicts the guarantee." if tree["contradicted"] else
        "The attack does not contradict the guarantee; it cannot show it."
    )  # fmt: skip
    return draw_forest(
        "epsilon-ladder",
        "Epsilon: what is shown, what is guaranteed",
        rungs,
        caption=(
            f"Seven budgets fixed in advance, jointly at {100 * tree['level']:.0f} %, on "
            f"{format_count(tree['n_units'])} rows dealt by coins; delta {tree['delta']:g}.{by} {told}"
        ),
        reference=upper,
        reference_words="" if upper is None else "the guarantee",
        holds=(0.0, 1.0),
    )


def _rung(label: str, value: float, n: str, *, strong: bool = False) -> ForestEntry:
    return ForestEntry(label, value, value, value, format_number(value, 2), n, strong=strong)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


FIGURES: tuple[Entry, ...] = (
    (Section.PRIVACY, "membership.json", attack_lines),
    (Section.PRIVACY, "epsilon.json", epsilon_ladder),
)
