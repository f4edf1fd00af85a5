"""Makes testamur_health/data/cgm.csv.gz: the file CGM.csv.gz of bokeh_sampledata 2026.1, as it is.

    python tools/make_cgm.py path/to/bokeh_sampledata/_data/CGM.csv.gz testamur_health/data/cgm.csv.gz

The bytes are copied unchanged, so that their SHA-256 is the one that the package's inventory of licences
(``licenses/datasets.json``) names.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

SHA256 = "91fdad8325541a4487d88cb59b2fc9f6ed821c7c01eaabed0606bbb7089be8de"


def main(arguments: list[str]) -> None:
    """Copy the file.

    Raises:
        ValueError: It is another one than this script was written for.
    """
    source, target = (Path(argument) for argument in arguments)
    content = source.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise ValueError(f"CGM.csv.gz with SHA-256 {SHA256} is required, however: {digest}")
    target.write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
