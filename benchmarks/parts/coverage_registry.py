"""Which row of the tables stands for each function that makes the ends of an interval.

`tests/house/test_intervals.py` holds this against the source: a new maker of ends without an entry, or an
entry whose row is not in the committed table, fails.
"""

from __future__ import annotations

# By maker: how the rows begin that try it.
MEASURED: dict[str, tuple[str, ...]] = {
    "testamur.audit.attack_rates:hits_at": ("Clopper-Pearson with the threshold's error",),
    "testamur.audit.attribute_inference:residual": ("MOVER-R, residual risk",),
    "testamur.audit.auc:auc_gain": ("DeLong, paired",),
    "testamur.audit.auc_interval:auc_interval": ("moderated DeLong",),
    "testamur.audit.bootstrap_interval:basic_estimate": ("bootstrap of a distance",),
    "testamur.audit.bootstrap_interval:distance_estimate": ("bootstrap of a distance, total variation",),
    "testamur.audit.bootstrap_interval:percentile_estimate": ("bootstrap, mean loss", "bootstrap, clustered"),
    "testamur.audit.brier_parts:_squared": ("score, reliability", "score, resolution"),
    "testamur.audit.brier_parts:brier_estimates": ("score, uncertainty",),
    "testamur.audit.calibration_curve:_wald": ("Wald, calibration slope", "Wald, calibration intercept"),
    "testamur.audit.calibration_curve:observed_expected": ("log scale, O/E",),
    "testamur.audit.calibration_error:ece_estimate": ("residuals of bins, ECE",),
    "testamur.audit.change_rows:_mean": ("influences, change of the Brier score",),
    "testamur.audit.fairness_curves:distance_between": ("bootstrap of a distance, ABROCA",),
    "testamur.audit.fairness_price:_closed": ("finance, bootstrap, change of a gap",),
    "testamur.audit.forecast_accuracy:_compare": ("bootstrap, scaled error and CRPS",),
    "testamur.audit.forecast_accuracy:_estimate": ("bootstrap, scaled error and CRPS",),
    "testamur.audit.forecast_coverage:_of_interval": ("bootstrap, coverage of forecasts",),
    "testamur.audit.forecast_coverage:_shares": ("bootstrap, coverage of forecasts",),
    "testamur.audit.group_outcome:_Place._gap": ("square-and-add, joint, largest difference",),
    "testamur.audit.group_shares:compare_shares": ("Newcombe, joint, largest difference",),
    "testamur.audit.interval:mean_estimate": ("Student: 40 skewed errors",),
    "testamur.audit.interval:wilson_estimate": ("Wilson, corrected",),
    "testamur.audit.leakage_channels:correlation_estimate": ("Fisher, joint",),
    "testamur.audit.local_effects:LocalEffects.span_estimate": ("walk of the errors, span",),
    "testamur.audit.macro_auc:macro_estimate": ("moderated DeLong, averaged",),
    "testamur.audit.macro_auc:macro_gain": ("DeLong, paired",),
    "testamur.audit.past_scale:student_estimate": ("influences of windows, joint",),
    "testamur.audit.population_shift:measure_shift": ("score, stability index",),
    "testamur.audit.primary:estimate_of": ("influences, importance", "influences, joint"),
    "testamur.audit.representativeness:_difference": ("Newcombe, joint, shares against a reference",),
    "testamur.audit.row_share:counted_share": ("Wilson for rare, joint", "Wilson, corrected"),
    "testamur.audit.self_proof:run_placebo": ("Clopper-Pearson: 40 rows",),
    "testamur.audit.smooth_error:ici_estimate": ("errors of the smooth, ICI",),
    "testamur_education.checks.bootstrap:cluster_mean": ("education, clusters",),
    "testamur_education.checks.dif:_findings": ("education, Mantel-Haenszel",),
    "testamur_education.checks.early_warning:run": ("education, number at risk",),
    "testamur_finance.checks.tails:share_beyond": ("finance, blocks of days or Wilson",),
    "testamur_finance.intervals:mean_interval": ("finance, bootstrap, cost of decisions",),
    "testamur_finance.intervals:percentile": (
        "finance, blocks of days",
        "finance, bootstrap, change of a gap",
    ),
    "testamur_finance.intervals:share_interval": ("finance, Wilson, corrected",),
    "testamur_health.activity.recordings:_share": ("Wilson, corrected",),
    "testamur_health.activity.recordings:_worst": ("Wilson, corrected",),
    "testamur_health.clinical.changes:_share": ("Wilson, corrected",),
    "testamur_health.glucose.alarms:_finding": ("health, bootstrap over days",),
    "testamur_health.glucose.errors:_tell": ("bootstrap, clustered, gain in loss",),
    "testamur_health.monitoring.alerts:_counted": ("Wilson, corrected",),
    "testamur_retail.findings:from_draws": ("retail, bootstrap", "retail, series and blocks"),
}
# Families of rates: judged together, in interval_coverage.md and audit_error_rates.md.
FAMILIES: tuple[str, ...] = (
    "testamur.audit.fairness_differential:largest_log_ratio",
    "testamur.audit.fairness_gaps:_Place.differences",
    "testamur.audit.fairness_gaps:_Place.gap",
    "testamur.audit.fairness_price:_largest",
    "testamur.audit.fairness_rates:_of_division",
    "testamur.audit.pairs:lowest_ratio",
    "testamur.audit.pairs:widest_gap",
    "testamur_finance.checks.approval:_rates",
    "testamur_finance.checks.approval:_ratio",
)
# Over people who have several rows: tried by benchmarks/audit_entity_coverage.py.
PEOPLE: tuple[str, ...] = (
    "testamur.audit.entity_calibration:_around",
    "testamur.audit.entity_calibration:_uncertainty",
    "testamur.audit.entity_calibration:observed_expected_of_entities",
    "testamur.audit.entity_calibration:regression_of_entities",
    "testamur.audit.entity_estimates:auc_of_entities",
    "testamur.audit.entity_estimates:mean_of_entities",
    "testamur.audit.entity_estimates:share_of_entities",
    "testamur.audit.group_shares:compare_shares_of_entities",
)
# Ends of another interval, handed on or moved by a fixed rule that keeps what they hold: nothing to try.
CARRIED: dict[str, str] = {
    "testamur.audit.fairness_curves:_of_attribute": "largest area, bounded by joint intervals of pairs",
    "testamur.audit.fairness_flips:_of_attribute": "Wilson's interval for rare, cut off at 0",
    "testamur.audit.fairness_flips:_rate": "Wilson's interval for rare",
    "testamur.audit.fairness_incompatible:_implied": "a rising function of joint Wilson intervals",
    "testamur.audit.findings:done": "writes the finding",
    "testamur.audit.leakage_columns:_estimate": "the interval of an AUC, turned round",
    "testamur.audit.leakage_columns:_of_rows": "the interval of an AUC",
    "testamur.audit.oversight_load:_scaled": "Wilson's interval times a constant",
    "testamur.audit.personal_data:_finding": "Wilson's interval times a known share",
    "testamur.audit.recourse_groups:_gap": "largest difference, bounded by joint intervals",
    "testamur.audit.robustness_groups:_worst": "largest loss, bounded by joint intervals of groups",
    "testamur.audit.robustness_periods:_bounded": "cut off at 0 and 1",
    "testamur_education.checks.measured:measured": "writes the finding",
    "testamur_finance.checks.direction:_of_the_model": "hands on intervals of blocks of days",
    "testamur_finance.checks.reasons:_stability": "hands on the mean's interval",
    "testamur_finance.findings:measured": "writes the finding",
    "testamur_retail.findings:measured": "writes the finding",
}
# What is no confidence interval, and says so where it is printed.
NO_INTERVAL: dict[str, str] = {
    "testamur.audit.auc:constant_estimate": "the same score for every row: exactly 0.5",
    "testamur.audit.energy:_plain": "one reading, no interval",
    "testamur.audit.epsilon:_lower": "one-sided bound; null runs in audit_one_run.md",
    "testamur.audit.explanation_importance:_stability": "how resamples spread, not where a true value lies",
    "testamur.audit.fairness_unknown:_bounded": "bounds over every way to place rows, no sampling error",
    "testamur.audit.interval:without_interval": "open ends",
    "testamur_education.checks.mastery:_weak_items": "counted",
    "testamur_retail.customers.check_segments:_agreement": "how resamples spread, not where a truth lies",
}


def lines() -> list[str]:
    """The page's section on what stands for what."""
    found = [
        "",
        "## What makes an interval, and where it is tried",
        "",
        "| made by | tried in rows that begin |",
        "|---|---|",
    ]
    found += [f"| `{maker}` | {'; '.join(rows)} |" for maker, rows in sorted(MEASURED.items())]
    found += ["", "Families of rates are judged together in [interval_coverage](interval_coverage.md) and"]
    found += [
        "[audit_error_rates](audit_error_rates.md): " + ", ".join(f"`{name}`" for name in FAMILIES) + "."
    ]
    found += ["", "Over people who have several rows, by `benchmarks/audit_entity_coverage.py`: "]
    found[-1] += ", ".join(f"`{name}`" for name in PEOPLE) + "."
    for heading, entries in (
        ("Carried over from another interval", CARRIED),
        ("No confidence interval", NO_INTERVAL),
    ):
        found += ["", f"{heading}:", "", *(f"- `{maker}`: {why}" for maker, why in sorted(entries.items()))]
    return found
