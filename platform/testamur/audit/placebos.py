"""Copies of the audit with nothing to find: an alarm on one of them is a false one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.audit import (
    calibration,
    fairness,
    fairness_other,
    leakage,
    performance,
    personal_data,
    privacy_attacks,
)
from testamur.audit.control import Control, above, apart_from, at_least, find_alarm
from testamur.audit.copies import (
    PLANTED,
    quickly,
    shuffled_groups,
    with_cells,
    with_column,
    with_recipe,
    with_test,
)
from testamur.audit.planted import CANARY_CELLS, PROMISED, SCREEN, plain_remarks, usable_risk
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding

REPEATS = 25
FEW = 10  # of a check that smooths the outcome anew in every replicate


def add_noise(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A column of noise."""
    if given.table.problem.kind is not ProblemKind.BINARY:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the screen of single columns is for binary problems")
    return with_column(given, rng.normal(size=given.table.test.n_rows))


def draw_outcomes(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Outcomes drawn from the stated risks: the model is calibrated."""
    risk = usable_risk(given)
    return with_test(quickly(given), target=(rng.random(len(risk)) < risk).astype(np.int64))


def draw_outcomes_of_groups(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """The same with groups dealt out by chance: it is calibrated within each of them."""
    return shuffled_groups(draw_outcomes(given, rng), rng)


def shuffle_outcomes(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Outcomes dealt out anew: the model knows nothing of them."""
    return with_test(given, target=rng.permutation(given.table.test.target))


def plain_texts(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A column of remarks without anything personal."""
    return with_cells(given, plain_remarks(CANARY_CELLS, rng))


def remember_nothing(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A recipe that remembers nothing, though it claims epsilon 1."""
    return with_recipe(replace(given, seed=int(rng.integers(2**31))), 0.0, promised=PROMISED)


def any_canary(outcome: CheckOutcome) -> Finding | None:
    """Any kind of personal data told of in the planted column."""
    return next((f for f in outcome.findings if f.subject == PLANTED and f.value), None)


PLACEBOS: tuple[Control, ...] = (
    Control(
        "noise_column",
        "a column of noise",
        leakage.COLUMNS,
        add_noise,
        lambda o: find_alarm(o, "single_column_auc", at_least(SCREEN), subject=PLANTED),
        f"AUC of the column at least {SCREEN}",
        repeats=5,
    ),
    Control(
        "shuffled_groups",
        "groups dealt out by chance (decisions)",
        fairness.GAPS_CHECK,
        shuffled_groups,
        lambda o: find_alarm(o, "demographic_parity_gap", above(0.0)),
        "the interval of a demographic-parity gap lies above 0",
        repeats=REPEATS,
    ),
    Control(
        "shuffled_groups_of_classes",
        "groups dealt out by chance (classes)",
        fairness_other.CLASSES,
        shuffled_groups,
        lambda o: find_alarm(o, "accuracy_gap", above(0.0)),
        "the interval of an accuracy gap lies above 0",
        repeats=REPEATS,
    ),
    Control(
        "shuffled_groups_of_values",
        "groups dealt out by chance (values)",
        fairness_other.ERRORS,
        shuffled_groups,
        lambda o: find_alarm(o, "mean_error_gap", above(0.0)),
        "the interval of a gap in mean error lies above 0",
        repeats=REPEATS,
    ),
    Control(
        "plain_texts",
        "remarks without anything personal",
        personal_data.PERSONAL_DATA,
        plain_texts,
        any_canary,
        "any kind of personal data is told of in the column",
        repeats=5,
    ),
    Control(
        "nothing_remembered",
        "a recipe that remembers nothing of its rows",
        privacy_attacks.MEMBERSHIP,
        remember_nothing,
        lambda o: find_alarm(o, "lira_auc", above(0.5), attribute=""),
        "the interval of the attack's AUC lies above 0.5",
        repeats=FEW,
    ),
    Control(
        "kept_promise",
        "a private training that remembers nothing",
        privacy_attacks.CONTRADICTION,
        remember_nothing,
        lambda o: find_alarm(o, "contradictions", at_least(1.0)),
        "the lower bound of epsilon lies above the claimed one",
        repeats=5,
    ),
    Control(
        "drawn_outcomes",
        "outcomes drawn from the stated risks",
        calibration.OVERALL,
        draw_outcomes,
        lambda o: find_alarm(o, "calibration_slope", apart_from(1.0)),
        "the interval of the calibration slope leaves 1 out",
        repeats=FEW,
    ),
    Control(
        "drawn_outcomes_of_groups",
        "outcomes drawn from the stated risks, groups dealt out by chance",
        calibration.GROUPS,
        draw_outcomes_of_groups,
        lambda o: find_alarm(o, "calibration_in_the_large", apart_from(0.0)),
        "the interval of a group's calibration in the large leaves 0 out",
        repeats=REPEATS,
    ),
    Control(
        "shuffled_outcomes",
        "outcomes dealt out by chance",
        performance.DISCRIMINATION,
        shuffle_outcomes,
        lambda o: find_alarm(o, "auc", above(0.5)),
        "the interval of the AUC lies above 0.5",
        repeats=REPEATS,
    ),
    Control(
        "shuffled_outcomes_of_classes",
        "outcomes dealt out by chance (classes)",
        performance.CLASSES,
        shuffle_outcomes,
        lambda o: find_alarm(o, "macro_auc", above(0.5)),
        "the interval of the mean AUC lies above 0.5",
        repeats=REPEATS,
    ),
    Control(
        "shuffled_outcomes_of_values",
        "outcomes dealt out by chance (values)",
        performance.ERRORS,
        shuffle_outcomes,
        lambda o: find_alarm(o, "r2", above(0.0)),
        "the interval of R2 lies above 0",
        repeats=REPEATS,
    ),
)
