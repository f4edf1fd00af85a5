"""What the officer's part of the job says about oversight, tasks and consultation."""

from __future__ import annotations

from testamur.audit.findings import exact
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


def run(given: AuditInput) -> CheckOutcome:
    """One finding per field: 1 where it is stated, 0 where it is blank, with the words as its note."""
    purpose = given.purpose or Purpose()
    found = []
    for name, label in _FIELDS.items():
        words = _words(getattr(purpose, name))
        value, note = float(bool(words)), words or NOT_STATED
        method = "read from the job's [purpose]"
        found.append(exact(STATED.key, f"{name}_stated", label, value, Unit.COUNT, method=method, note=note))
    return CheckOutcome(tuple(found))


def _words(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ", ".join(value)).strip()
