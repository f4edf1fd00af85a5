"""What an attempt holds in memory, and the limit that it meets by itself."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from testamur_workers import memory
from testamur_workers.memory import COUNTED_S, MIB, Killed, count_oom_kills, resident_memory

HOLD = """
import os, sys
block = bytearray(int(sys.argv[1]) * 2**20)
for i in range(0, len(block), 4096):
    block[i] = 1
if len(sys.argv) > 2 and os.fork() == 0:
    more = bytearray(int(sys.argv[2]) * 2**20)
    for i in range(0, len(more), 4096):
        more[i] = 1
    os.write(1, b"here\\n")
    sys.stdin.read()
    os._exit(0)
if len(sys.argv) == 2:
    os.write(1, b"here\\n")
sys.stdin.read()
"""


@pytest.mark.parametrize(("sizes", "at_least"), [(["100"], 100), (["60", "60"], 120)])
def test_memory_of_a_process_and_its_children_is_counted(sizes, at_least):
    command = [sys.executable, "-c", HOLD, *sizes]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        held = resident_memory(process.pid) / MIB
        assert at_least <= held < at_least + 100
        process.stdin.close()
    assert resident_memory(process.pid) == 0


def test_beyond_its_limit_a_program_gets_an_error_it_can_explain():
    code = (
        "from testamur_workers.memory import limit_own_memory\n"
        "print(limit_own_memory(300 * 2**20))\n"
        "try:\n    bytearray(600 * 2**20)\nexcept MemoryError:\n    print('refused')\n"
        "bytearray(50 * 2**20); print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, *rest = done.stdout.splitlines()
    assert "300 MiB" in first
    assert "RLIMIT_DATA" in first
    assert rest == ["refused", "fine"]


def test_kills_are_counted_in_the_group_first_and_on_the_system_else(tmp_path, monkeypatch):
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    monkeypatch.setattr("testamur_workers.memory.own_group", lambda: tmp_path)
    assert count_oom_kills() == 2
    (tmp_path / "memory.events").unlink()
    on_system = [line.split() for line in Path("/proc/vmstat").read_text().splitlines()]
    assert count_oom_kills() == next((int(n) for name, n in on_system if name == "oom_kill"), 0)


def test_a_count_of_kills_stands_for_a_few_seconds(monkeypatch):
    counts, now = iter([2, 5]), [100.0]
    monkeypatch.setattr(memory, "count_oom_kills", lambda: next(counts))
    monkeypatch.setattr(memory, "time", SimpleNamespace(monotonic=lambda: now[0]))
    killed = Killed()
    assert [killed.before(), killed.before()] == [2, 2]
    now[0] += COUNTED_S
    assert killed.before() == 5
