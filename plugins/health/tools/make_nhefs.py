"""Makes testamur_health/data/nhefs.csv from the Stata file of the package causaldata 0.1.5.

    python tools/make_nhefs.py path/to/causaldata/nhefs/nhefs.dta testamur_health/data/nhefs.csv

Needs pandas. The same input always gives the same bytes. What is left out, and why, stands in
testamur_health/data/nhefs.md.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd

SOURCE_SHA256 = "b4e01608bd920f9b967567f241875dcb70dce6a37711ff3e43a0f751b595e12d"

DECIMALS = {"ht": 2, "wt71": 2}
ORDER = [
    "seqn",
    "death",
    "sex",
    "race",
    "age",
    "income",
    "marital",
    "school",
    "ht",
    "wt71",
    "cholesterol",
    "smokeintensity",
    "smokeyrs",
    "active",
    "exercise",
    "asthma",
    "bronch",
    "chroniccough",
    "tb",
    "hayfever",
    "hf",
    "hbp",
    "weakheart",
    "diabetes",
    "pepticulcer",
    "colitis",
    "hepatitis",
    "tumor",
    "polio",
    "nervousbreak",
    "hbpmed",
    "headache",
    "otherpain",
    "nerves",
    "allergies",
    "lackpep",
    "infection",
    "wtloss",
    "alcoholpy",
    "alcoholfreq",
    "alcoholtype",
    "alcoholhowmuch",
]
CODED_AS_MISSING = {
    "hbp": 2,
    "diabetes": 2,
    "hbpmed": 2,
    "alcoholpy": 2,
    "alcoholfreq": 5,
    "marital": 8,
}


def make_table(path: Path) -> pd.DataFrame:
    """Read the Stata file and return the useful baseline columns, one row per person, by seqn.

    Raises:
        ValueError: The file is another one than this script was written for.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SOURCE_SHA256:
        raise ValueError(f"nhefs.dta with SHA-256 {SOURCE_SHA256} is required, however: {digest}")
    raw = pd.read_stata(path)
    table = pd.DataFrame({"seqn": raw["seqn"]})
    for name in ORDER:
        column = pd.to_numeric(raw[name].astype("string"))
        if name in CODED_AS_MISSING:
            column = column.mask(column == CODED_AS_MISSING[name])
        digits = DECIMALS.get(name)
        table[name] = column.round(digits) if digits else column.round().astype("Int64")
    return table.sort_values("seqn", kind="stable")[ORDER]


def main(arguments: list[str]) -> None:
    """Write the CSV file and print its digest."""
    source, target = (Path(argument) for argument in arguments)
    make_table(source).to_csv(target, index=False, lineterminator="\n")
    print(hashlib.sha256(target.read_bytes()).hexdigest())  # noqa: T201 - a script talks to its caller


if __name__ == "__main__":
    main(sys.argv[1:])
