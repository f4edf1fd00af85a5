"""The columns of NHEFS, each with the words that a reader needs."""

from __future__ import annotations

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role

NEVER_EVER = {"0": "never", "1": "ever"}
INCOME = {
    "11": "below $1,000", "12": "$1,000-1,999", "13": "$2,000-2,999", "14": "$3,000-3,999",
    "15": "$4,000-4,999", "16": "$5,000-5,999", "17": "$6,000-6,999", "18": "$7,000-9,999",
    "19": "$10,000-14,999", "20": "$15,000-19,999", "21": "$20,000-24,999", "22": "$25,000 and over",
}  # fmt: skip

DIAGNOSES = {
    "asthma": "asthma",
    "bronch": "chronic bronchitis or emphysema",
    "chroniccough": "chronic cough",
    "tb": "tuberculosis",
    "hayfever": "hay fever",
    "hf": "heart failure",
    "hbp": "high blood pressure",
    "diabetes": "diabetes",
    "pepticulcer": "peptic ulcer",
    "colitis": "colitis",
    "hepatitis": "hepatitis",
    "tumor": "malignant tumour or growth",
    "polio": "polio",
    "nervousbreak": "nervous breakdown",
}
MEDICATIONS = {
    "weakheart": "a weak heart",
    "hbpmed": "high blood pressure",
    "headache": "headache",
    "otherpain": "other pain",
    "nerves": "nerves",
    "allergies": "allergies",
    "lackpep": "lack of pep",
    "infection": "infection",
    "wtloss": "weight loss",
}


def person_columns() -> tuple[ColumnSpec, ...]:
    """Who the person is: identifier, outcome and the protected attributes."""
    return (
        ColumnSpec(name="seqn", role=Role.IDENTIFIER, label="NHANES I number", immutable=True),
        ColumnSpec(
            name="death",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="died 1983-1992",
            description="Known to have died between 1983 and 1992",
            values={"0": "not known to have died", "1": "died"},
        ),
        _category("sex", "sex", {"0": "male", "1": "female"}, "As recorded in 1971-75", role=Role.PROTECTED),
        _category(
            "race",
            "race",
            {"0": "white", "1": "Black or other"},
            "As the interviewer recorded it in 1971-75; the public file has no finer division",
            role=Role.PROTECTED,
        ),
        ColumnSpec(
            name="age",
            role=Role.PROTECTED,
            kind=ColumnKind.NUMERIC,
            label="age",
            unit="years",
            description="At the first interview",
            bands=(40.0, 50.0, 60.0),
            immutable=True,
        ),
    )


def circumstance_columns() -> tuple[ColumnSpec, ...]:
    """How the person lived in 1971-75."""
    marital = {"2": "married", "3": "widowed", "4": "never married", "5": "divorced", "6": "separated"}
    return (
        _number(
            "income",
            "family income",
            "class 11 to 22",
            "Yearly, in dollars of 1971-75",
            INCOME,
            immutable=True,
        ),
        _category("marital", "marital status", marital, "Unknown (one person) is left empty", immutable=True),
        _number("school", "schooling", "years", "Highest grade of regular school", immutable=True),
        _number("ht", "height", "cm", "Measured", immutable=True),
        _number("wt71", "weight", "kg", "Measured"),
        _number("cholesterol", "serum cholesterol", "mg/100 ml", "Measured"),
        _number("smokeintensity", "cigarettes", "per day", "Everyone in the set smoked in 1971-75"),
        _number(
            "smokeyrs",
            "smoking",
            "years",
            "Grows with age: stands in for it where age is kept out",
            immutable=True,
        ),
        _category(
            "active",
            "usual activity",
            {"0": "very active", "1": "moderately active", "2": "inactive"},
            "On a usual day",
        ),
        _category(
            "exercise",
            "exercise",
            {"0": "much", "1": "moderate", "2": "little or none"},
            "In recreation",
        ),
    )


def medical_columns() -> tuple[ColumnSpec, ...]:
    """Diagnoses and medication up to 1971-75, in the words of the questionnaire.

    All of them count as unchangeable: a diagnosis has been made, and a medicine is prescribed for a reason;
    no counterfactual shall propose to leave it off.
    """
    diagnoses = [
        _yes_no(name, what, "Diagnosed before the first interview", immutable=True)
        for name, what in DIAGNOSES.items()
    ]
    medications = [
        _yes_no(
            name,
            f"medication for {what}",
            "Used in the six months before the first interview",
            immutable=True,
        )
        for name, what in MEDICATIONS.items()
    ]
    return (*diagnoses, *medications)


def alcohol_columns() -> tuple[ColumnSpec, ...]:
    """What the person drank."""
    often = {
        "0": "almost every day",
        "1": "2-3 times a week",
        "2": "1-4 times a month",
        "3": "fewer than 12 times a year",
        "4": "not in the last year",
    }
    kinds = {"1": "beer", "2": "wine", "3": "liquor", "4": "other or unknown"}
    return (
        _yes_no("alcoholpy", "a drink in the past year", "Unknown (5 people) is left empty"),
        _category("alcoholfreq", "how often a drink", often, "Unknown (5 people) is left empty"),
        _category("alcoholtype", "usual drink", kinds, "Most frequent kind"),
        _number("alcoholhowmuch", "drinks", "at a time", "Empty for those who do not drink"),
    )


def _number(
    name: str,
    label: str,
    unit: str,
    description: str,
    values: dict[str, str] | None = None,
    *,
    immutable: bool = False,
) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        kind=ColumnKind.NUMERIC,
        label=label,
        unit=unit,
        description=description,
        values=values or {},
        immutable=immutable,
    )


def _category(
    name: str,
    label: str,
    values: dict[str, str],
    description: str,
    *,
    role: Role = Role.FEATURE,
    immutable: bool = False,
) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        role=role,
        kind=ColumnKind.CATEGORICAL,
        label=label,
        values=values,
        description=description,
        immutable=immutable or role is Role.PROTECTED,
    )


def _yes_no(name: str, label: str, description: str, *, immutable: bool = False) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        kind=ColumnKind.BOOLEAN,
        label=label,
        values=NEVER_EVER,
        description=description,
        immutable=immutable,
    )
