"""Writes testamur_health/data/synthetic_export.zip, the SYNTHETIC export that the plugin ships.

python tools/make_synthetic_export.py testamur_health/data/synthetic_export.zip
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from testamur_health.synthetic.sample import write_sample

if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_sample(target)
    print(hashlib.sha256(target.read_bytes()).hexdigest())  # noqa: T201 - a script talks to its caller
