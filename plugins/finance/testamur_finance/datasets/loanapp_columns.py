"""The columns of the Boston Fed mortgage data after `prepare`."""

from __future__ import annotations

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role

NUMBERS = {
    "loanamt": ("amount of the loan", "$1,000", False),
    "appinc": ("applicant's income", "$1,000 a year", True),
    "atotinc": ("total monthly income", "$", False),
    "cototinc": ("co-applicant's monthly income", "$", False),
    "hexp": ("proposed housing expense", "$ a month", False),
    "price": ("purchase price", "$1,000", True),
    "apr": ("appraised value", "$1,000", True),
    "loanprc": ("loan relative to price", "", False),
    "other": ("other financing", "$1,000", True),
    "liq": ("liquid assets", "$1,000", False),
    "netw": ("net worth", "$1,000", True),
    "hrat": ("housing expense", "% of income", True),
    "obrat": ("all obligations", "% of income", False),
    "term": ("term", "months", False),
    "lines": ("credit lines on reports", "", True),
    "rep": ("credit reports", "", True),
    "dep": ("dependants", "", True),
    "emp": ("years in the line of work", "years", True),
    "yjob": ("years at this job", "years", True),
    "unem": ("unemployment in the industry", "%", True),
}
CODES = {
    "occ": ("occupancy", True),
    "unit": ("units in the property", True),
    "prop": ("type of property", True),
    "mortg": ("mortgage payment history", True),
    "cons": ("consumer payment history", True),
    "fixadj": ("adjustable rate", False),
    "inss": ("mortgage insurance sought", False),
    "gift": ("gift as down payment", True),
    "cosign": ("cosigner", False),
    "self": ("self-employed", True),
    "pubrec": ("bankruptcy on record", True),
    "unver": ("information that could not be verified", False),
    "bd": ("boarded-up buildings above the area's median", True),
    "mi": ("tract income above the area's median", True),
    "vr": ("vacancy above the area's median", True),
    "sch": ("more than 12 years of schooling", True),
}
GROUPS = {
    "race": "race or ethnicity",
    "sex": "sex",
    "married": "married",
    "older": "older than the area's median applicant",
}


def columns() -> tuple[ColumnSpec, ...]:
    """Outcome, protected attributes, numbers and codes."""
    outcome = ColumnSpec(
        name="decision",
        role=Role.TARGET,
        kind=ColumnKind.CATEGORICAL,
        label="the bank's decision",
        values={"denied": "denied", "approved": "approved"},
    )
    groups = [
        ColumnSpec(name=name, role=Role.PROTECTED, kind=ColumnKind.CATEGORICAL, label=label, immutable=True)
        for name, label in GROUPS.items()
    ]
    area = ColumnSpec(
        name="min30",
        role=Role.IGNORED,
        kind=ColumnKind.CATEGORICAL,
        label="tract with more than 30 % minority population",
        description="Stands in for race; kept out of the features",
    )
    numbers = [
        ColumnSpec(name=name, kind=ColumnKind.NUMERIC, label=label, unit=unit, immutable=fixed)
        for name, (label, unit, fixed) in NUMBERS.items()
    ]
    codes = [
        ColumnSpec(name=name, kind=ColumnKind.CATEGORICAL, label=label, immutable=fixed)
        for name, (label, fixed) in CODES.items()
    ]
    return (outcome, *groups, area, *numbers, *codes)
