"""What a letter says about a feature, and which way a person could change it."""

from __future__ import annotations

from typing import Literal

Way = Literal["up", "down"]

MOST_REASONS = 4  # 12 CFR 1002.9, official interpretation 9(b)(2)-1: more are not likely to be helpful

REASONS = {
    "finance.german": {
        "checking": "Balance of the checking account with us",
        "months": "Length of the credit requested",
        "history": "Credit history: other or earlier credits",
        "purpose": "Purpose of the credit requested",
        "amount": "Amount of the credit requested",
        "savings": "Insufficient or unknown savings",
        "employment": "Length of employment",
        "instalment_rate": "Excessive instalment in relation to income",
        "guarantor": "No or insufficient security by another person",
        "residence": "Length of residence",
        "property": "Value or type of property not sufficient",
        "other_plans": "Obligations under other instalment plans",
        "housing": "Type of residence",
        "credits": "Number of credits with us",
        "job": "Type of employment",
        "dependants": "Number of people to maintain",
        "telephone": "Unable to reach the applicant by telephone",
    },
    "finance.loanapp": {
        "loanamt": "Amount of the loan requested",
        "appinc": "Income insufficient for amount of credit requested",
        "atotinc": "Income insufficient for amount of credit requested",
        "cototinc": "Income of the co-applicant",
        "hexp": "Proposed housing expense",
        "price": "Price of the property",
        "apr": "Value or type of collateral not sufficient",
        "loanprc": "Down payment too small for the price",
        "other": "Other financing of the purchase",
        "liq": "Insufficient liquid assets",
        "netw": "Insufficient net worth",
        "hrat": "Excessive housing expense in relation to income",
        "obrat": "Excessive obligations in relation to income",
        "term": "Term of the loan requested",
        "lines": "Number of credit lines",
        "rep": "Credit reports",
        "dep": "Number of dependants",
        "emp": "Length of employment",
        "yjob": "Length of employment",
        "unem": "Temporary or irregular employment in the line of work",
        "occ": "Intended use of the property",
        "unit": "Units of the property",
        "prop": "Value or type of collateral not sufficient",
        "mortg": "Delinquent past or present mortgage payments",
        "cons": "Delinquent past or present credit obligations with others",
        "fixadj": "Type of rate requested",
        "inss": "Mortgage insurance",
        "gift": "Source of the down payment",
        "cosign": "Cosigner",
        "self": "Kind of employment",
        "pubrec": "Bankruptcy",
        "unver": "Unable to verify information",
        "bd": "Location of the property",
        "mi": "Location of the property",
        "vr": "Location of the property",
        "sch": "Schooling",
    },
}

WAYS: dict[str, Way] = {
    "months": "down",
    "amount": "down",
    "instalment_rate": "down",
    "loanamt": "down",
    "loanprc": "down",
    "hexp": "down",
    "price": "down",
    "hrat": "down",
    "obrat": "down",
    "other": "down",
    "appinc": "up",
    "atotinc": "up",
    "cototinc": "up",
    "liq": "up",
    "netw": "up",
}


def reason_text(dataset: str, feature: str, label: str) -> str:
    """The words of a reason; the feature's label where the dataset is not one of ours."""
    return REASONS.get(dataset, {}).get(feature, f"{label[:1].upper()}{label[1:]}")


def ways_of(features: list[str]) -> dict[str, Way]:
    """The only way in which a person could move these numbers; others may move both ways."""
    return {name: WAYS[name] for name in features if name in WAYS}
