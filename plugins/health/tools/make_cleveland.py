"""Makes testamur_health/data/cleveland.csv from the file heart_disease.tab of the package Orange3 3.40.0.

    python tools/make_cleveland.py path/to/heart_disease.tab testamur_health/data/cleveland.csv

The same input always gives the same bytes. Columns get the names of the UCI repository; see
testamur_health/data/cleveland.md.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

SOURCE_SHA256 = "954e44e3d93a97682b5466c7ea166e16f376f8dd93deef5855f511734e4d6224"
NAMES = {
    "age": "age",
    "gender": "sex",
    "chest pain": "cp",
    "rest SBP": "trestbps",
    "cholesterol": "chol",
    "fasting blood sugar > 120": "fbs",
    "rest ECG": "restecg",
    "max HR": "thalach",
    "exerc ind ang": "exang",
    "ST by exercise": "oldpeak",
    "slope peak exc ST": "slope",
    "major vessels colored": "ca",
    "thal": "thal",
    "diameter narrowing": "disease",
}
WORDS = {
    "typical ang": "typical angina",
    "atypical ang": "atypical angina",
    "non-anginal": "non-anginal pain",
    "left vent hypertrophy": "left ventricular hypertrophy",
    "reversable defect": "reversible defect",
}


def make_rows(path: Path) -> list[dict[str, str]]:
    """Read the tab-separated file; a question mark is a missing value.

    Raises:
        ValueError: The file is another one than this script was written for.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SOURCE_SHA256:
        raise ValueError(f"heart_disease.tab with SHA-256 {SOURCE_SHA256} is required, however: {digest}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))[2:]  # two lines say kinds and roles
    made = []
    for row in rows:
        cells = {NAMES[name]: value for name, value in row.items() if name in NAMES}
        made.append({name: "" if value == "?" else WORDS.get(value, value) for name, value in cells.items()})
    return made


def main(arguments: list[str]) -> None:
    """Write the CSV file and print its digest."""
    source, target = (Path(argument) for argument in arguments)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(NAMES.values()), lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_rows(source))
    print(hashlib.sha256(target.read_bytes()).hexdigest())  # noqa: T201 - a script talks to its caller


if __name__ == "__main__":
    main(sys.argv[1:])
