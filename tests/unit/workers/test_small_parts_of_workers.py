"""Slots, secrets, lines, explanations and places: arithmetic without processes."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.errors import TrainingDiverged
from testamur.settings import Settings
from testamur_workers.devices import parse_gpus, visible_gpus
from testamur_workers.environment import runner_environment
from testamur_workers.explain import describe_traceback, explain
from testamur_workers.lines import Lines
from testamur_workers.places import LONGEST_SOCKET_PATH, make_private, socket_path
from testamur_workers.scrub import Scrubber
from testamur_workers.urls import celery_url, printable_url, redis_url

LISTING = """\
GPU 0: NVIDIA H200 (UUID: GPU-aaaa1111-0000)
  MIG 1g.18gb     Device  0: (UUID: MIG-bbbb2222-0000)
  MIG 1g.18gb     Device  1: (UUID: MIG-cccc3333-0000)
GPU 1: NVIDIA H200 (UUID: GPU-dddd4444-0000)
"""


def settings_at(home, **environ):
    return Settings.from_environment({"TESTAMUR_HOME": str(home), **environ})


def test_a_divided_gpu_is_used_by_its_parts():
    assert parse_gpus(LISTING) == ["MIG-bbbb2222-0000", "MIG-cccc3333-0000", "GPU-dddd4444-0000"]
    assert parse_gpus("No devices were found\n") == []


@pytest.mark.parametrize(
    ("visible", "left"),
    [
        (None, ["GPU-a1", "GPU-b2", "GPU-c3"]),
        ("", []),
        ("2,0", ["GPU-c3", "GPU-a1"]),
        ("GPU-b", ["GPU-b2"]),
        ("1,9,0", ["GPU-b2"]),
        ("GPU-", []),
    ],
)
def test_only_visible_gpus_are_served(visible, left):
    assert visible_gpus(["GPU-a1", "GPU-b2", "GPU-c3"], visible) == left


def test_secrets_are_taken_out_and_words_are_left():
    environ = {
        "MY_API_KEY": "k-123456",
        "PGURL": "postgresql://me:pw@host/x",
        "HOME": "/home/me",
        "X_TOKEN": "abc",
    }
    scrub = Scrubber(environ, named=("PGURL",))
    text = scrub("k-123456 at postgresql://me:pw@host/x from /home/me, abc; redis://:hidden@other:1/0")
    assert text == "*** at *** from /home/me, abc; redis://***@other:1/0"


@given(st.lists(st.binary(max_size=30), max_size=20), st.binary(max_size=40))
def test_lines_do_not_depend_on_how_a_pipe_was_cut(chunks, last):
    reading, writing = os.pipe()
    lines, found = Lines(reading), []
    try:
        for chunk in chunks:
            os.write(writing, chunk)
            found += lines.read()
        os.write(writing, last)
    finally:
        os.close(writing)
    found += lines.read()
    os.close(reading)
    expected = b"".join([*chunks, last]).split(b"\n")
    assert found == (expected if expected[-1] else expected[:-1])
    assert lines.ended


def test_a_known_error_keeps_its_words_and_an_unknown_one_shows_a_place_but_no_value():
    assert explain(TrainingDiverged("the loss is NaN", remedy="a smaller step")).kind == "diverged"
    assert explain(MemoryError()).kind == "out_of_memory_host"
    try:
        settings_at("/x").job_folder(object())  # type: ignore[arg-type]  # the fault is wanted
    except TypeError as error:
        ending = explain(error)
        assert "TypeError in testamur/settings.py, line" in ending.message
        assert ending.kind == "internal"
    try:
        try:
            float("Jane Doe, born 1970")
        except ValueError as inner:
            raise KeyError("Jane Doe") from inner
    except KeyError as error:
        text = describe_traceback(error)
    assert "Jane" not in explain(KeyError("Jane")).message
    assert "KeyError" in text
    assert "ValueError" in text
    assert "born 1970')" not in text.replace('float("Jane Doe, born 1970")', "")


def test_a_runner_sees_neither_database_nor_broker():
    environ = {
        "TESTAMUR_DATABASE_URL": "x",
        "TESTAMUR_BROKER_URL": "y",
        "CELERY_BROKER_URL": "z",
        "MINE": "kept",
        "OMP_NUM_THREADS": "64",
    }
    seen = runner_environment(environ, settings_at("/x", TESTAMUR_THREADS="3"))
    assert "MINE" not in seen
    asked = settings_at("/x", TESTAMUR_RUNNER_VARIABLES="MI*, OTHER")
    assert runner_environment(environ, asked)["MINE"] == "kept"
    assert seen["OMP_NUM_THREADS"] == "3"
    assert not {"TESTAMUR_DATABASE_URL", "TESTAMUR_BROKER_URL", "CELERY_BROKER_URL"} & seen.keys()


def test_a_long_home_gets_a_socket_that_the_system_can_bind(tmp_path):
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    assert len(os.fsencode(socket_path(settings_at(deep)))) <= LONGEST_SOCKET_PATH
    assert socket_path(settings_at(deep)) == socket_path(settings_at(deep))
    assert socket_path(settings_at(deep)) != socket_path(settings_at(deep / "f"))


def test_a_link_is_not_a_private_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError, match="of one's own"):
        make_private(tmp_path / "link")


def test_urls_name_the_same_broker_and_never_print_a_password(tmp_path):
    given_url = settings_at(tmp_path, TESTAMUR_BROKER_URL="redis://me:secret@host:6380/2")
    assert celery_url(given_url) == redis_url(given_url) == "redis://me:secret@host:6380/2"
    assert printable_url(given_url) == "redis://host:6380/2"
    own = settings_at("/h")
    assert celery_url(own) == "redis+socket:///h/broker/broker.sock?virtual_host=0"
    assert redis_url(own) == "unix:///h/broker/broker.sock?db=0"
