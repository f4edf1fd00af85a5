"""What stands in the way of taking a check's evidence into the dossier."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from testamur.contracts.evidence_names import RESERVED, is_file_name
from testamur.contracts.finding import EvidenceFile

JSON = "application/json"


def evidence_faults(files: Sequence[object], known: Mapping[str, EvidenceFile]) -> list[str]:
    """Everything that is wrong with these files, each in a sentence; empty when all is well.

    Found here and not when the dossier is written: a plugin's fault costs its check, never the job.

    Args:
        files: Of one check.
        known: By name, what earlier checks wrote; the same file again is welcome.
    """
    strangers = sorted({type(file).__name__ for file in files if not isinstance(file, EvidenceFile)})
    if strangers:
        return [f"evidence files are required, however: {', '.join(strangers)}"]
    given = [file for file in files if isinstance(file, EvidenceFile)]
    twice = sorted(name for name, n in Counter(file.name for file in given).items() if n > 1)
    faults = [f"each evidence name is given once, however: {', '.join(twice)} comes twice"] if twice else []
    return faults + [fault for file in given if (fault := _fault(file, known.get(file.name)))]


def _fault(file: EvidenceFile, earlier: EvidenceFile | None) -> str:
    if not is_file_name(file.name):
        return f"an evidence name of letters, digits and ._- is required, however: {file.name[:100]!r}"
    if file.name in RESERVED:
        return f"evidence names of its own are required, however: {file.name} is written by the platform"
    if earlier is not None and _essence(file) != _essence(earlier):
        return f"evidence names of its own are required, however: {file.name} belongs to another check"
    if not isinstance(file.content, bytes):
        return f"bytes are required in {file.name}, however: {type(file.content).__name__}"
    if file.media_type == JSON and not _is_object(file.content):
        return f"a JSON object of finite numbers is required in {file.name}, however: it holds none"
    return ""


def _essence(file: EvidenceFile) -> tuple[bytes, str, bool]:
    return file.content, file.media_type, file.restricted


def _is_object(content: bytes) -> bool:
    try:
        tree = json.loads(content)
        json.dumps(tree, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return isinstance(tree, dict)
