"""Runners forked from a zygote: what they are handed, how their end is told, and that none outlives it."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testamur.settings import Settings
from testamur_workers import forked
from testamur_workers.forked import Zygote
from testamur_workers.huge_pages import large_places
from testamur_workers.runner import _read_line
from testamur_workers.standby import Standby, can_fork

TARGET = """
import os, random, sys, time

def run(events):
    line = os.read(0, 1000).decode().strip()
    os.write(events, f"{os.getpid()} {random.random()}\\n".encode())
    print("said", line)
    if line == "hang":
        time.sleep(600)
    if line == "child":
        if os.fork() == 0:
            time.sleep(600)
    if line == "raise":
        raise KeyError("a fault")
    return 7
"""


@pytest.fixture
def zygote(tmp_path, monkeypatch):
    (tmp_path / "forked_target.py").write_text(TARGET)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    settings = Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / "home")})
    made = Zygote(settings, target="forked_target:run")
    yield made
    made.close()


def read(descriptor: int, timeout_s: float = 60.0) -> bytes:
    """What comes until a line is whole."""
    found = b""
    while not found.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], timeout_s)
        assert ready, "nothing was said"
        found += os.read(descriptor, 1000)
    return found


def wait(question, timeout_s: float = 60.0):
    end = time.monotonic() + timeout_s
    while not (answer := question()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)
    return answer


def ask(runner, word: str) -> tuple[int, str]:
    os.write(runner._stdin, f"{word}\n".encode())
    pid, number = read(runner.events).split()
    return int(pid), number.decode()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


RACE = """
import os, random, socket, time
from testamur_workers.zygote import Nursery

ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours.setblocking(False)
nursery = Nursery(theirs, None)
nursery.listen_for_children()
for number in range(150):
    pid = os.fork()
    if not pid:
        end = time.perf_counter() + random.random() * 0.0005
        while time.perf_counter() < end:
            pass
        os._exit(0)
    nursery._running[pid] = number
    nursery._doomed.add(pid)
    while pid in nursery._running:
        nursery._tell_ends()  # while the signal of its end calls the same
    said = []
    try:
        while True:
            said.append(ours.recv(4096))
    except BlockingIOError:
        pass
    assert len(said) == 2 and b"code" in said[0] and b"buried" in said[1], said
    assert not nursery._ended and not nursery._doomed
"""


def test_an_end_is_told_once_although_a_signal_tells_it_too():
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def zombies_of(parent: int) -> list[str]:
    stats = [path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")]
    return [fields[0] for fields in stats if fields[:2] == ["Z", str(parent)]]


def test_the_life_of_forked_runners(zygote):
    """One zygote for all of it: it takes seconds to start."""
    first, second = zygote.fork(), zygote.fork()
    pid, drawn = ask(first, "first")
    assert pid == first.pid != zygote.pid
    assert os.getpgid(pid) == pid
    assert read(first.output) == b"said first\n"
    wait(lambda: first.returncode is not None)
    assert first.returncode == 7
    other, drawn_by_other = ask(second, "hang")
    assert other != pid
    assert drawn_by_other != drawn  # each has a random state of its own
    assert second.returncode is None
    second.signal(signal.SIGTERM)
    wait(lambda: second.returncode is not None)
    assert second.returncode == -signal.SIGTERM
    for runner in (first, second):
        runner.close()
    raising = zygote.fork()
    ask(raising, "raise")
    wait(lambda: raising.returncode is not None)
    assert raising.returncode == 1
    text = os.read(raising.output, 10_000)
    assert b"forked_target.py" in text
    raising.close()

    leaving = zygote.fork()  # closed as soon as it executes nothing, and buried when it has ended
    ask(leaving, "leave")
    wait(lambda: leaving.has_left)
    leaving.close()
    wait(lambda: zygote.heard(leaving._number, "code") is None and leaving._number not in zygote._heard)
    assert not zombies_of(zygote.pid)
    assert zygote.wait_for_burials(timeout_s=60)

    parent = zygote.fork()
    pid, _ = ask(parent, "child")
    wait(lambda: parent.returncode is not None)
    children = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if folder.name != str(pid) and is_running(int(folder.name)) and _group(int(folder.name)) == pid
    ]
    assert len(children) == 1
    parent.close()
    wait(lambda: not is_running(children[0]))

    n_open = len(list(Path("/proc/self/fd").iterdir()))
    with zygote.fork() as last:
        hanging, _ = ask(last, "hang")
        os.kill(zygote.pid, signal.SIGKILL)
        wait(lambda: last.returncode is not None)
        assert last.returncode == -signal.SIGKILL
        wait(lambda: not is_running(hanging))  # it does not outlive its zygote
    assert len(list(Path("/proc/self/fd").iterdir())) == n_open
    assert not zygote.alive
    with pytest.raises(OSError):
        zygote.fork()


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def test_a_zygote_that_has_died_is_replaced_at_the_next_need(monkeypatch, tmp_path):
    class Dead:
        def __init__(self, settings, *, target):
            made.append(self)
            self.alive = True

        def fork(self):
            return f"runner of {made.index(self)}"

        def close(self):
            self.alive = False

    made = []
    monkeypatch.setattr("testamur_workers.standby.Zygote", Dead)
    standby = Standby(Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)}))
    assert standby.take() == "runner of 0"
    made[0].alive = False
    assert standby.take() == "runner of 1"


def test_an_operator_can_have_new_interpreters_instead(tmp_path):
    environ = {"TESTAMUR_HOME": str(tmp_path), "TESTAMUR_RUNNERS": "spawn"}
    assert not can_fork(Settings.from_environment(environ))


def test_the_zygote_imports_torch_and_computes_nothing(tmp_path):
    """Its threads are those of libraries that survive a fork: polars' allocator, none of torch's."""
    zygote = Zygote(Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)}))
    try:
        with zygote.fork() as runner:
            wait(lambda: runner.pid)
            names = {
                (task / "comm").read_text().strip() for task in Path(f"/proc/{zygote.pid}/task").iterdir()
            }
            assert {name for name in names if not name.startswith(("jemalloc", "polars"))} == {"python"}
            assert len(list(Path(f"/proc/{runner.pid}/task").iterdir())) == 1
            maps = Path(f"/proc/{runner.pid}/maps").read_text()
            assert "libtorch" in maps
    finally:
        zygote.close()
    assert forked.RUNNER == "testamur_workers.runner:serve"


LIFELINE = """
import os, sys, time
from testamur_workers.lifeline import hold_lifeline
os.setsid()
hold_lifeline(0, lease_s=float(sys.argv[1]))
print("here", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", ["silence", "hang-up"])
def test_a_runner_that_nobody_prolongs_ends_by_itself(how):
    lease_s = "0.5" if how == "silence" else "60"
    command = [sys.executable, "-c", LIFELINE, lease_s]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        if how == "silence":
            for _ in range(8):  # longer than a lease
                time.sleep(0.1)
                process.stdin.write(b"\n")
                process.stdin.flush()
            assert process.poll() is None
        else:
            process.stdin.close()
        assert process.wait(timeout=30) == -signal.SIGKILL


def test_a_request_is_read_to_its_end_and_what_comes_later_prolongs_its_life():
    read_end, write_end = os.pipe()
    long = b"{" + b" " * 20_000 + b"}"
    os.write(write_end, long + b"\n\n\n")  # two signs of life that were given before it began
    assert _read_line(read_end) == long
    os.write(write_end, b"\n")
    assert os.read(read_end, 9) == b"\n"
    os.close(write_end)
    assert _read_line(read_end) == b""
    os.close(read_end)


def test_large_pages_lie_within_memory_of_ones_own():
    maps = """\
7f0000001000-7f0000800000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-s 00000000 00:00 0
7f0003000000-7f0003400000 rw-p 00000000 08:01 7   /usr/lib/some library.so
560000000000-560000200000 rw-p 00000000 00:00 0   [heap]
560000300000-560000400000 rw-p 00000000 00:00 0
"""
    expected = [0x7F0000200000, 0x7F0000400000, 0x7F0000600000, 0x560000000000]
    assert large_places(maps) == expected


def test_gathering_pages_changes_no_byte_of_them():
    code = (
        "import hashlib; from testamur_workers.huge_pages import gather_pages\n"
        "data = bytearray(range(256)) * 2**15; before = hashlib.sha256(data).digest()\n"
        "print(len(list(gather_pages())) >= 3, hashlib.sha256(data).digest() == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"True True\n"


def test_room_for_python_s_objects_lies_together_and_what_is_made_next_fills_it():
    code = (
        "from testamur_workers.huge_pages import claim_room\n"
        "before = {line.split()[0] for line in open('/proc/self/maps') if ' rw-p ' in line}\n"
        "room = claim_room(32 * 2**20)\n"
        "grown = [line.split()[0] for line in open('/proc/self/maps') if ' rw-p ' in line]\n"
        "sizes = [int(b, 16) - int(a, 16) for a, b in (g.split('-') for g in grown if g not in before)]\n"
        "def held(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "at = held(); made = [bytes(400) for _ in range(50_000)]\n"
        "print(max(sizes) // 2**20, (held() - at) // 2**20)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    together, grown = map(int, done.stdout.split())
    assert together >= 8  # of 32 MiB, which else come one by one; some of it fills gaps between libraries
    assert grown <= 3  # 21 MB of objects went into it
