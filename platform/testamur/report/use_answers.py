"""The sentences that open privacy, explanation, robustness, energy and oversight."""

from __future__ import annotations

from testamur.contracts.finding import Finding
from testamur.contracts.report import Report
from testamur.report.headline import find_first, list_done
from testamur.report.names import Names
from testamur.report.numbers import format_value

_MOST_NAMED = 3


def privacy_words(report: Report, names: Names) -> str:
    """What an attack finds of the audited model's members, and what training guarantees."""
    parts = []
    hits = find_first(report, "released_rmia_tpr_1", check="core.privacy.membership")
    recipe = find_first(report, "rmia_auc", check="core.privacy.membership")
    if hits is not None:
        parts.append(
            f"At 1 % false alarms an attack finds {names.interval(hits)} of the rows that the model learnt "
            "from; guessing finds 1 %."
        )
    elif recipe is not None:
        parts.append(
            f"An attack tells rows that were learnt from with an AUC of {names.interval(recipe)}; guessing "
            "has 0.5."
        )
    upper = find_first(report, "epsilon_upper", check="core.privacy.private_training")
    lower = find_first(report, "epsilon_lower", check="core.privacy.epsilon")
    shown = "" if lower is None else f"; the attack shows at least {names.value(lower)}"
    if upper is not None:
        parts.append(f"Training guarantees an epsilon of {names.value(upper)} at most{shown}.")
    elif parts:
        parts.append("No training guarantee bounds what a better attack could find.")
    return " ".join(parts)


def explanation_words(report: Report, names: Names) -> str:
    """What the model rests on, and for how many changes were found."""
    shown = [
        f for f in _of(report, "core.explanation.importance", "importance") if f.low is not None and f.low > 0
    ]
    some = bool(_of(report, "core.explanation.importance", "importance"))
    parts = []
    if shown:
        named = ", ".join(f"{names.column(f.subject)} {names.interval(f)}" for f in shown[:_MOST_NAMED])
        more = f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
        label = shown[0].label
        parts.append(f"The model is shown to rest on: {named}{more} ({label}).")
    elif some:
        parts.append("No single column is shown to matter: each interval of a loss by shuffling holds 0.")
    parts += _past_words(report, names)
    share = find_first(report, "recourse_share", check="core.explanation.counterfactuals")
    if share is not None:
        parts.append(f"For {names.interval(share)} of the flagged people changes were found that end it.")
    return " ".join(parts)


def _past_words(report: Report, names: Names) -> list[str]:
    """What a model loses without its past, or the stretch of a window that is worth most."""
    found = _of(report, "core.explanation.past", "past_importance")
    by = {f.subject: f for f in found}
    if "without any past" in by:
        of = by["without any past"].label.partition(" when ")[0]
        text = f"Without any past the {of} is {names.interval(by['without any past'])}"
        kept = next((f for f in found if f.subject.endswith(" alone")), None)
        return [text + ("." if kept is None else f", {kept.subject} {names.interval(kept)}.")]
    shown = [f for f in found if f.low is not None and f.low > 0]
    if shown:
        most = max(shown, key=lambda f: f.value or 0.0)
        return [f"Of its past, what lies {most.subject} is worth most: {names.interval(most)}."]
    return ["No stretch of the past is shown to matter by itself."] if found else []


def robustness_words(report: Report, names: Names) -> str:
    """The largest loss under noise and missing values, and the column that moved most."""
    parts = []
    for check in _LOSSES:
        rows = [f for f in list_done(report) if f.check == check and f.value is not None]
        if rows:
            worst = max(rows, key=lambda f: f.value or 0.0)
            parts.append(f"with {worst.subject} {names.interval(worst)}")
    label = next((f.label for f in list_done(report) if f.check in _LOSSES), "")
    text = f"{label[:1].upper()}{label[1:]}, at the strongest: {'; '.join(parts)}." if parts else ""
    moved = _of(report, "core.robustness.shift", "psi")
    if moved:
        text += (
            f" The column that lies furthest from training is {names.column(moved[0].subject)}, with a "
            f"stability index of {names.interval(moved[0])}."
        )
    return f"{text} {_period_words(report, names)}".strip()


def _period_words(report: Report, names: Names) -> str:
    """How the model fares from the first to the latest stretch of the test time."""
    found = [f for f in list_done(report) if f.check == "core.robustness.periods"]
    change = next((f for f in found if f.measure.endswith("_over_time")), None)
    return (
        "" if change is None else f"{change.label[:1].upper()}{change.label[1:]}: {names.interval(change)}."
    )


def energy_words(report: Report, names: Names) -> str:
    """Energy of training and audit, and how it is known."""
    found = [
        *_of(report, "core.energy.training", "training_wh"),
        *_of(report, "core.energy.training", "audit_wh"),
    ]
    if not found:
        return ""
    told = "; ".join(f"{_amount(f)} {format_value(f.value, f.unit)} Wh ({_known(f)})" for f in found)
    gases = _of(report, "core.energy.training", "training_co2e_g")
    tail = (
        f"; greenhouse gases of training {format_value(gases[0].value, gases[0].unit)} gCO2e" if gases else ""
    )
    return f"{told[:1].upper()}{told[1:]}{tail}."


def _amount(finding: Finding) -> str:
    """Whose energy it is, without unit and kind, which stand behind the number."""
    return finding.label.partition(",")[0]


def _known(finding: Finding) -> str:
    return finding.label.partition("Wh, ")[2]


def oversight_words(report: Report, names: Names) -> str:
    """Who can overrule it, and how much there is to review."""
    parts = []
    stated = find_first(report, "override_stated", check="core.oversight.stated")
    if stated is not None:
        parts.append(f"Who can overrule the model: {stated.note.rstrip('.')}.")
    flagged = find_first(report, "flagged_per_1000", check="core.oversight.review_load")
    if flagged is not None:
        hours = find_first(report, "review_hours_per_1000", check="core.oversight.review_load")
        tail = f", {names.interval(hours)} hours of review" if hours is not None else ""
        parts.append(f"Of 1,000 cases {names.interval(flagged)} are flagged{tail}.")
    return " ".join(parts)


_LOSSES = (
    "core.robustness.noise",
    "core.robustness.missing_values",
    "core.robustness.past",
    "core.robustness.attack",
)


def _of(report: Report, check: str, measure: str) -> list[Finding]:
    return [f for f in list_done(report) if f.check == check and f.measure == measure]
