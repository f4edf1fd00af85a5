"""Faults that are planted in a copy of the audit: each must be found by the check that is there for it."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np

from testamur.audit import calibration, fairness, fairness_other, leakage, personal_data, privacy_attacks
from testamur.audit.control import Control, above, apart_from, at_least, find_alarm
from testamur.audit.copies import (
    PLANTED,
    quickly,
    shuffled_groups,
    two_largest,
    with_cells,
    with_column,
    with_event,
    with_recipe,
    with_test,
)
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Floats
from testamur.audit.personal_planted import plant, planted_kinds
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.table import Predictions

GAP = 0.20  # planted between two groups: twice what the core's policy allows
KNOWN_SHARE = 0.05  # of the test rows that are replaced by rows seen before
LEAK_ERROR = 0.01  # share of rows in which the planted column does not tell the outcome
SCREEN = 0.95
REMEMBERED = 2.0  # log-odds; an AUC of about 0.92 where the noise is standard normal
PROMISED = 1.0  # epsilon
CANARIES = ("email", "iban", "card")  # kinds of personal data, each in one of a hundred cells
CANARY_CELLS = 1_000


def leak_column(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A column that tells the outcome in 99 of 100 rows."""
    if given.table.problem.kind is not ProblemKind.BINARY:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the screen of single columns is for binary problems")
    event = observed_event(given)
    wrong = rng.random(len(event)) < LEAK_ERROR
    return with_column(given, np.where(wrong, 1 - event, event) + rng.normal(0, 1e-3, len(event)))


def repeat_rows(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Of twenty test rows one is a training row again; all others are made unlike any other."""
    _need_training(given)
    train, n = given.table.train, given.table.test.n_rows
    top = int(max(train.twin.max(), train.twin_with_target.max(), given.table.validation.twin.max(initial=0)))
    top = max(top, int(given.table.validation.twin_with_target.max(initial=0)))
    twin = np.arange(top + 1, top + 1 + n)
    with_target = twin.copy()
    rows = rng.choice(n, _n_known(n), replace=False)
    source = rng.choice(train.n_rows, len(rows))
    twin[rows], with_target[rows] = train.twin[source], train.twin_with_target[source]
    return with_test(given, twin=twin, twin_with_target=with_target)


def repeat_entities(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Of twenty test rows one is of an entity that training knows; all others are of new entities."""
    _need_training(given)
    train, test = given.table.train.entity, given.table.test.entity
    if train is None or test is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no entity column is declared")
    known = [train, *([v] if (v := given.table.validation.entity) is not None else [])]
    top = max(int(codes.max(initial=0)) for codes in (*known, test))
    entity = test + top + 1
    rows = rng.choice(len(test), _n_known(len(test)), replace=False)
    entity[rows] = rng.choice(train, len(rows))
    return with_test(given, entity=entity)


def turn_back_time(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Of twenty test rows one is from the time of training; all others come later."""
    _need_training(given)
    train, test = given.table.train.time, given.table.test.time
    if train is None or test is None or np.isnan(train).all():
        raise Skip(CheckStatus.NOT_APPLICABLE, "no time column is declared")
    last = float(np.nanmax(train))
    time = last + 1.0 + np.arange(len(test), dtype=np.float64)
    rows = rng.choice(len(test), _n_known(len(test)), replace=False)
    time[rows] = rng.choice(train[~np.isnan(train)], len(rows))
    return with_test(given, time=time)


def favour_group(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups dealt out by chance; then one of the two largest is selected 20 points less often, or more."""
    copy = shuffled_groups(given, rng)
    if copy.threshold is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no decision is taken")
    _, _, _, rows = two_largest(copy)
    event = predictions_of(copy).event.copy()
    selected = event[rows] >= copy.threshold
    n_moved = round(GAP * len(rows))
    lower = int(selected.sum()) >= n_moved and copy.threshold > 0
    candidates = rows[selected] if lower else rows[~selected]
    moved = rng.permutation(candidates)[:n_moved]
    event[moved] = copy.threshold / 2 if lower else (1 + copy.threshold) / 2
    return with_event(copy, event)


def confuse_group(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups dealt out by chance; then 20 of 100 rows of one group are given a wrong class."""
    copy = shuffled_groups(given, rng)
    _, _, _, rows = two_largest(copy)
    probabilities = np.asarray(predictions_of(copy).probabilities, np.float64).copy()
    right = rows[probabilities[rows].argmax(axis=1) == copy.table.test.target[rows]]
    n_moved = round(GAP * len(rows))
    if len(right) < n_moved:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model is right too seldom for 20 points to be taken away")
    moved = rng.permutation(right)[:n_moved]
    probabilities[moved] = np.roll(probabilities[moved], 1, axis=1)
    said = Predictions(probabilities=probabilities, decided=predictions_of(copy).decided)
    return replace(copy, predictions={"model": {"test": said}})


def shift_group(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups dealt out by chance; then the values of one group are put too high by half a standard error."""
    copy = shuffled_groups(given, rng)
    _, _, _, rows = two_largest(copy)
    values = np.asarray(predictions_of(copy).values, np.float64).copy()
    spread = float(np.std(values - np.asarray(copy.table.test.target, np.float64)))
    if spread == 0:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the predictions have no error that could be shifted")
    values[rows] += spread / 2
    return replace(copy, predictions={"model": {"test": Predictions(values=values)}})


def overstate(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Outcomes drawn from the stated risks; then the risks are pushed to the extremes (log-odds doubled)."""
    risk = usable_risk(given)
    copy = with_test(quickly(given), target=(rng.random(len(risk)) < risk).astype(np.int64))
    return with_event(copy, risk**2 / (risk**2 + (1 - risk) ** 2))


def overstate_group(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Outcomes drawn from the stated risks, groups dealt out by chance; one group's odds are doubled."""
    risk = usable_risk(given)
    copy = shuffled_groups(with_test(given, target=(rng.random(len(risk)) < risk).astype(np.int64)), rng)
    _, _, _, rows = two_largest(copy)
    stated = risk.copy()
    stated[rows] = 2 * risk[rows] / (1 + risk[rows])
    return with_event(copy, stated)


def plant_canaries(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A column of remarks, in which one in a hundred cells holds a made-up address, account or card."""
    remarks = plain_remarks(CANARY_CELLS, rng)
    kinds = [kind for kind in planted_kinds() if kind.name in CANARIES]
    for kind in kinds:
        column = plant(kind, CANARY_CELLS // 100, rng)
        places = rng.choice(CANARY_CELLS, len(column.values), replace=False)
        for place, text in zip(places, column.values, strict=True):
            remarks[place] = f"{remarks[place]} {text}"
    return with_cells(given, remarks)


def plain_remarks(n: int, rng: np.random.Generator) -> list[str]:
    """Texts of ordinary words and small numbers, each different."""
    words = ("came", "late", "wants", "a", "call", "about", "the", "form", "asked", "for", "time", "left")
    chosen = rng.choice(len(words), (n, 5))
    return [f"{' '.join(words[i] for i in row)}, visit {number}" for number, row in enumerate(chosen)]


def all_canaries(outcome: CheckOutcome) -> Finding | None:
    """The last canary's finding where every kind was told of, else None."""
    told = [find_alarm(outcome, f"{name}_share", at_least(1e-9), subject=PLANTED) for name in CANARIES]
    return told[-1] if all(told) else None


def over_train(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A recipe that remembers its rows: log-odds of the true answer higher by 2, with noise of 1."""
    return with_recipe(given, REMEMBERED)


def break_noise(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A training that claims epsilon 1, and remembers its rows as one without any noise."""
    return with_recipe(given, 2 * REMEMBERED, promised=PROMISED)


def usable_risk(given: AuditInput) -> Floats:
    """(n,) stated risks, a little away from 0 and 1.

    Raises:
        Skip: They are all but the same, or classes that were decided elsewhere.
    """
    said = predictions_of(given)
    if given.table.problem.kind is not ProblemKind.BINARY:
        raise Skip(CheckStatus.NOT_APPLICABLE, "calibration is measured for binary problems")
    if said.decided:
        raise Skip(CheckStatus.NOT_APPLICABLE, "only decided classes were given, no probabilities")
    risk = np.clip(said.event, 1e-3, 1 - 1e-3)
    if float(np.ptp(risk)) < 1e-6:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model states the same risk for everyone")
    return risk


def _need_training(given: AuditInput) -> None:
    if given.table.train.n_rows == 0:
        raise Skip(CheckStatus.NOT_RUN, "the rows that the model was trained on were not given")


def _n_known(n: int) -> int:
    return ceil(KNOWN_SHARE * n)


_KNOWN = f"at least {90 * KNOWN_SHARE:.1f} % of the test rows are told to be known"

FAULTS: tuple[Control, ...] = (
    Control(
        "leaked_column",
        "a column that tells the outcome in 99 of 100 rows",
        leakage.COLUMNS,
        leak_column,
        lambda o: find_alarm(o, "single_column_auc", at_least(SCREEN), subject=PLANTED),
        f"AUC of the planted column at least {SCREEN}",
    ),
    Control(
        "training_rows_in_test",
        "training rows in the test part, one in twenty",
        leakage.TWINS,
        repeat_rows,
        lambda o: find_alarm(o, "twin_with_target_share", at_least(0.9 * KNOWN_SHARE)),
        _KNOWN,
    ),
    Control(
        "known_entities",
        "entities of training in the test part, one row in twenty",
        leakage.ENTITIES,
        repeat_entities,
        lambda o: find_alarm(o, "entity_overlap_share", at_least(0.9 * KNOWN_SHARE)),
        _KNOWN,
    ),
    Control(
        "time_turned_back",
        "test rows from the time of training, one in twenty",
        leakage.TIME,
        turn_back_time,
        lambda o: find_alarm(o, "time_overlap_share", at_least(0.9 * KNOWN_SHARE)),
        _KNOWN,
    ),
    Control(
        "favoured_group",
        "one group selected 20 points less or more often than another",
        fairness.GAPS_CHECK,
        favour_group,
        lambda o: find_alarm(o, "demographic_parity_gap", above(0.0)),
        "the interval of a demographic-parity gap lies above 0",
    ),
    Control(
        "confused_group",
        "20 of 100 rows of one group given a wrong class",
        fairness_other.CLASSES,
        confuse_group,
        lambda o: find_alarm(o, "accuracy_gap", above(0.0)),
        "the interval of an accuracy gap lies above 0",
    ),
    Control(
        "shifted_group",
        "values of one group too high by half the spread of the errors",
        fairness_other.ERRORS,
        shift_group,
        lambda o: find_alarm(o, "mean_error_gap", above(0.0)),
        "the interval of a gap in mean error lies above 0",
    ),
    Control(
        "personal_canaries",
        "made-up e-mail addresses, accounts and cards in one of a hundred remarks",
        personal_data.PERSONAL_DATA,
        plant_canaries,
        all_canaries,
        "each of the three kinds is told of in the planted column",
    ),
    Control(
        "over_trained",
        "a recipe that has learnt its rows by heart",
        privacy_attacks.MEMBERSHIP,
        over_train,
        lambda o: find_alarm(o, "lira_auc", above(0.5), attribute=""),
        "the interval of the attack's AUC lies above 0.5",
    ),
    Control(
        "broken_noise",
        "a private training whose noise is broken: it claims epsilon 1 and remembers its rows",
        privacy_attacks.CONTRADICTION,
        break_noise,
        lambda o: find_alarm(o, "contradictions", at_least(1.0)),
        "the lower bound of epsilon lies above the claimed one",
    ),
    Control(
        "overstated_risk",
        "risks pushed to the extremes: a calibration slope of one half",
        calibration.OVERALL,
        overstate,
        lambda o: find_alarm(o, "calibration_slope", apart_from(1.0)),
        "the interval of the calibration slope leaves 1 out",
    ),
    Control(
        "overstated_group",
        "odds of one group stated twice as high as they are",
        calibration.GROUPS,
        overstate_group,
        lambda o: find_alarm(o, "calibration_in_the_large", apart_from(0.0)),
        "the interval of a group's calibration in the large leaves 0 out",
    ),
)
