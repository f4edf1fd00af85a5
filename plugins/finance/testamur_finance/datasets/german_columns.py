"""The columns of Statlog German credit, each with the words that a reader needs."""

from __future__ import annotations

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role

AGE_BANDS = (26.0, 40.0)


def applicant_columns() -> tuple[ColumnSpec, ...]:
    """Who applied: number, outcome and the protected attributes."""
    return (
        ColumnSpec(name="applicant", role=Role.IDENTIFIER, label="applicant", immutable=True),
        ColumnSpec(
            name="risk",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="credit risk",
            description="Whether the credit went well, as the bank recorded it",
            values={"good": "paid back as agreed", "bad": "not paid back as agreed"},
        ),
        ColumnSpec(
            name="sex",
            role=Role.PROTECTED,
            kind=ColumnKind.CATEGORICAL,
            label="sex",
            description="Decoded from 'personal status and sex' of the file; see the caveats",
            immutable=True,
        ),
        ColumnSpec(
            name="age",
            role=Role.PROTECTED,
            kind=ColumnKind.NUMERIC,
            label="age",
            unit="years",
            description="At the application",
            bands=AGE_BANDS,
            immutable=True,
        ),
        ColumnSpec(
            name="foreign_worker",
            role=Role.PROTECTED,
            kind=ColumnKind.CATEGORICAL,
            label="foreign worker",
            description="As documented; 37 applicants are 'no'",
            immutable=True,
        ),
    )


def credit_columns() -> tuple[ColumnSpec, ...]:
    """What was asked for, and on which terms."""
    return (
        _number("months", "duration of the credit", "months", "As applied for"),
        _number("amount", "amount of the credit", "DM", "As applied for"),
        _category(
            "purpose", "purpose of the credit", "As stated; another statement is no change", immutable=True
        ),
        _number("instalment_rate", "instalment class (1 to 4)", "", "Of disposable income"),
        _category("guarantor", "other debtors or guarantors", "None, a co-applicant or a guarantor"),
    )


def standing_columns() -> tuple[ColumnSpec, ...]:
    """What the bank knows of the applicant's money and history."""
    return (
        _category("checking", "balance of the checking account", "At this bank", immutable=True),
        _category("savings", "savings", "Accounts and bonds at this bank", immutable=True),
        _category("history", "credit history", "Codes of the file in words; see the caveats", immutable=True),
        _category("other_plans", "other instalment plans", "At banks or stores"),
        _category("property", "most valuable property", "As stated", immutable=True),
        _number("credits", "credits at this bank", "", "Including this one", immutable=True),
    )


def circumstance_columns() -> tuple[ColumnSpec, ...]:
    """Work and home."""
    return (
        _category("employment", "time in present employment", "As stated", immutable=True),
        _category("job", "qualification", "As stated", immutable=True),
        _category("housing", "housing", "Rented, owned, or free of rent", immutable=True),
        _number("residence", "time at present residence (1 to 4)", "", "4 is the longest", immutable=True),
        _number("dependants", "people to maintain", "", "One, or two and more", immutable=True),
        ColumnSpec(
            name="telephone",
            kind=ColumnKind.BOOLEAN,
            label="telephone in the applicant's name",
            description="In the 1970s; says little today",
            immutable=True,
        ),
    )


def _number(name: str, label: str, unit: str, description: str, *, immutable: bool = False) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        kind=ColumnKind.NUMERIC,
        label=label,
        unit=unit,
        description=description,
        immutable=immutable,
    )


def _category(name: str, label: str, description: str, *, immutable: bool = False) -> ColumnSpec:
    return ColumnSpec(
        name=name, kind=ColumnKind.CATEGORICAL, label=label, description=description, immutable=immutable
    )
