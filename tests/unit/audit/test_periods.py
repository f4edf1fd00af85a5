"""The primary measure by test time: drift is found, none is told where none is, nothing small is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import robustness
from testamur.audit.golden_past import choices_world, windows_world
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_check
from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role
from testamur.contracts.finding import CheckStatus

DAY = 86_400.0


def drawn(n=1200, fades=0.0, seed=0, **more):
    """Outcomes drawn from stated risks, which lose the share `fades` of their meaning by the end."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(1.5, 1.5, n)
    meant = np.linspace(1.0, 1.0 - fades, n) * (risk - 0.5) + 0.5
    return make_input(
        (rng.random(n) < meant).astype(int), {"model": risk}, **({"time": np.arange(n) * DAY} | more)
    )


def found(given):
    entry, outcome = run_check(given, robustness.PERIODS)
    assert entry.status in (CheckStatus.DONE, CheckStatus.NOT_ESTIMABLE), entry.reason
    return outcome.findings


def test_a_model_that_fades_is_told_of_and_one_that_holds_is_not():
    *periods, change = found(drawn(fades=1.0))
    assert len(periods) == 6
    assert periods[0].value > periods[-1].value
    assert change.measure == "auc_fall_over_time"
    assert change.low > 0
    assert found(drawn(fades=0.0))[-1].low < 0


def test_false_alarms_of_a_change_stay_near_one_in_twenty():
    alarms = sum(not (c.low <= 0 <= c.high) for c in (found(drawn(600, seed=s))[-1] for s in range(60)))
    assert alarms <= 8  # of 60 at 5 %: more comes in fewer than 1 of 100 runs


def test_periods_are_fewer_where_outcomes_are_rare_and_none_where_there_are_too_few():
    n = 400
    event = np.zeros(n, int)
    event[::9] = 1  # 45 events: two periods of twenty
    given = make_input(event, {"model": np.linspace(0.1, 0.9, n)}, time=np.arange(n) * DAY)
    assert [f.subject for f in found(given)[:-1]] == ["period 1 of 2", "period 2 of 2"]
    (none,) = found(drawn(70))
    assert none.status is CheckStatus.NOT_ESTIMABLE


def test_dates_that_span_months_are_told_in_months_never_by_day():
    given = drawn()
    columns = (*given.table.spec.columns, ColumnSpec(name="when", role=Role.TIME, kind=ColumnKind.DATETIME))
    dated = replace(
        given, table=replace(given.table, spec=given.table.spec.model_copy(update={"columns": columns}))
    )
    assert found(dated)[0].subject == "period 1 of 6, 1970-01 to 1970-07"


def test_rows_of_one_moment_have_no_periods():
    entry, _ = run_check(drawn(time=np.zeros(1200)), robustness.PERIODS)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "one moment" in entry.reason


def test_rows_that_share_people_are_clustered_and_missing_times_left_out():
    time = np.arange(1200) * DAY
    time[::10] = np.nan
    findings = found(drawn(entity=np.arange(1200) // 3, time=time))
    assert sum(f.n for f in findings[:-1]) == 1080
    assert "clusters" in findings[0].method


def test_forecasts_are_divided_by_origin_and_rankings_by_user():
    given = windows_world(1)
    test = replace(given.table.test, time=np.arange(400.0))
    *periods, change = found(replace(given, table=replace(given.table, test=test)))
    assert [f.value for f in periods] == [0.0] * 6
    assert change.value == 0.0
    lists = choices_world(60)
    test = replace(lists.table.test, time=np.arange(60.0))
    *periods, _ = found(replace(lists, table=replace(lists.table, test=test)))
    assert [f.value for f in periods] == pytest.approx([1.0] * 3)
