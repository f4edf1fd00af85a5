"""What the officer's part of the job says about oversight, tasks and consultation."""

from __future__ import annotations

from testamur.audit.findings import exact, json_file
from testamur.audit.oversight import STATED
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit
from testamur.contracts.job import Purpose

_FIELDS = {
    "override": "who can overrule the model is stated",
    "tasks": "which tasks move, change or end is stated",
    "consultation": "who was consulted is stated",
    "reviewers": "who reviews the model is stated",
}
NOT_STATED = "not stated"
_FILE = "oversight.json"


def run(given: AuditInput) -> CheckOutcome:
    """One finding per field: 1 where it is stated, 0 where it is blank, with the words as its note."""
    purpose = given.purpose or Purpose()
    found = []
    for name, label in _FIELDS.items():
        words = _words(getattr(purpose, name))
        value, note = float(bool(words)), words or NOT_STATED
        method = "read from the job's [purpose]"
        more = {"method": method, "note": note, "evidence": _FILE}
        found.append(exact(STATED.key, f"{name}_stated", label, value, Unit.COUNT, **more))
    tree = {name: _words(getattr(purpose, name)) or None for name in _FIELDS}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "What is stated about oversight"),))


def _words(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ", ".join(value)).strip()
