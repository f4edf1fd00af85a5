"""Makes ``data/cdnow_daily.csv`` from the master file of CDNOW purchases.

Usage: ``python tools/make_cdnow_daily.py CDNOW_master.txt`` (member ``lifetimes/datasets/CDNOW_master.txt``
    of
Lifetimes 0.11.3). Writes totals per day and price class; no customer is in the result.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

MASTER_SHA256 = "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef"
CLASSES = (
    (10.0, "below $10"),
    (12.0, "$10-12"),
    (14.0, "$12-14"),
    (16.0, "$14-16"),
    (float("inf"), "$16 and more"),
)
TARGET = Path(__file__).parents[1] / "testamur_retail" / "data" / "cdnow_daily.csv"


def price_class(dollars: float, cds: int) -> str:
    """Class of the mean price of an order's CDs; the upper edge belongs to the next class."""
    return next(name for edge, name in CLASSES if dollars / cds < edge)


def main(master: Path) -> None:
    """Add the CDs sold on each day in each price class and write every day, also those without a sale."""
    content = master.read_bytes()
    if hashlib.sha256(content).hexdigest() != MASTER_SHA256:
        sys.exit("the master file of Lifetimes 0.11.3 is required, however: its SHA-256 is another")
    sold: Counter[tuple[date, str]] = Counter()
    days = []
    for line in content.decode("ascii").splitlines()[1:]:
        _customer, stamp, cds, dollars = line.split()
        day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
        days.append(day)
        sold[day, price_class(float(dollars), int(cds))] += int(cds)
    first, last = min(days), max(days)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("series", "date", "sold"))
        for _edge, name in CLASSES:
            for step in range((last - first).days + 1):
                day = first + timedelta(days=step)
                out.writerow((name, day.isoformat(), sold[day, name]))
    sys.stdout.write(f"{TARGET.name} {hashlib.sha256(TARGET.read_bytes()).hexdigest()}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
