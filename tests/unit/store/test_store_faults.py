"""What drivers say, and what we make of it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from testamur.store.faults import explain

SAYINGS = [
    ("database is locked", "is locked"),
    ("canceling statement due to lock timeout\nCONTEXT: ...", "is locked"),
    ("database or disk is full", "free some space"),
    ('could not extend file "base/1/2": No space left on device', "free some space"),
    ('connection to server on socket "/x" failed: No such file', "does not answer"),
    ("server closed the connection unexpectedly\n\tThis probably means ...", "does not answer"),
    ("attempt to write a readonly database", "opened for writing"),
    ("unable to open database file", "opened for writing"),
    ("database disk image is malformed", "damaged"),
    ("something else\nDETAIL: Key (name)=(a person)", "refused: something else"),
]


@pytest.mark.parametrize(("said", "told"), SAYINGS)
def test_cause_and_remedy(said, told):
    error = explain(OperationalError("UPDATE job SET x = ?", {"x": "a person"}, Exception(said)))
    assert told in str(error)
    assert error.remedy
    assert "a person" not in str(error)
    assert "UPDATE" not in str(error)
