"""Whether a stated risk of 20 % means that 20 of 100 have the event."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

OVERALL = CheckSpec(
    key="core.calibration.overall",
    section=Section.CALIBRATION,
    title="Calibration",
    question="Does the event happen as often as the model says?",
    formula=(
        "logit P(y) = a + b logit(p), ideal a = 0, b = 1; O/E = sum y / sum p; "
        "ICI = mean |p - lowess(y on p)|; "
        "ECE over 15 equal-mass bins minus its bias; Brier = reliability - resolution + uncertainty"
    ),
    citation=(
        "Cox 1958; Van Calster et al. 2019, BMC Med 17:230; Austin and Steyerberg 2019, Stat Med 38:4051; "
        "Kumar, Liang and Ma 2019; Andrews and Soares 2010, Econometrica 78:119; Murphy 1973"
    ),
    needs=(Need.PREDICTIONS, Need.PROBABILITIES),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.calibration_overall:run",
    golden="testamur.audit.golden_calibration:overall_cases",
)
GROUPS = CheckSpec(
    key="core.calibration.groups",
    section=Section.CALIBRATION,
    title="Calibration within groups",
    question="Does a stated risk mean the same for people of every group?",
    formula="intercept at slope 1, slope, O/E and ECE within each group; joint intervals (Sidak)",
    citation="Kleinberg et al. 2017; Chouldechova 2017; Debray et al. 2017, BMJ 356:i6460",
    needs=(Need.PREDICTIONS, Need.PROTECTED, Need.PROBABILITIES),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.calibration_groups:run",
    golden="testamur.audit.golden_calibration:group_cases",
)

CHECKS: tuple[CheckSpec, ...] = (OVERALL, GROUPS)
