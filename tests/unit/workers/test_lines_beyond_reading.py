"""What a runner says in vain is told in the log, and the attempt goes on."""

import json

import pytest

from testamur_workers.lines import LONGEST_LINE
from testamur_workers.request import Ending
from testamur_workers.watch import Watch
from testamur_workers.wire import read_line


class Said:
    def __init__(self):
        self.lines = []

    def say(self, message, *, level="info"):
        self.lines.append((level, message))


class Given:
    def __init__(self, *lines):
        self._lines = list(lines)

    def read(self):
        return self._lines


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"end": {"kind": "data", "message": "x" * LONGEST_LINE}}).encode()[:LONGEST_LINE],
        b"[1]", b"null", b"{}", b"\xff", b'{"end": {"kind": 1, "odd": 2}}', b'{"event": {}}',
    ],
)  # fmt: skip
def test_an_unreadable_line_is_told_and_passed_over(line):
    with pytest.raises(ValueError):
        read_line(line)
    watch = Watch.__new__(Watch)
    watch._recorder, watch._output, watch._ending = Said(), None, None
    watch._refused_memory = False
    good = json.dumps({"end": Ending(kind="done").model_dump(mode="json")}).encode()
    watch._hear(Given(line, good))
    assert watch._ending == Ending(kind="done")
    ((level, message),) = watch._recorder.lines
    assert level == "warning"
    assert f"{len(line):,} bytes" in message


def test_a_library_that_was_refused_memory_is_heard():
    watch = Watch.__new__(Watch)
    watch._recorder, watch._refused_memory = Said(), False
    watch._output = Given(b"memory allocation of 336 bytes failed", b"note: run with ...")
    watch._hear(watch._output)
    assert watch._refused_memory
