"""A machine that burns down in mid-training loses at most what came after the last copy."""

import json
import os
import struct
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from testamur.contracts.job import Claim
from testamur.settings import Settings
from testamur.store.artifacts import Artifacts
from testamur.store.checkpoint_copies import CheckpointCopies
from testamur_workers.checkpoints import NOWHERE, how_far
from testamur_workers.shelf import Shelf
from testamur_workers.watch import Departure, Wish

JOB = "0123456789ab"


def write(folder, epoch: int, batch: int = 0) -> None:
    """A checkpoint with a header as the training room writes it, put in its place in one step."""
    header = {"__metadata__": {"progress": json.dumps({"epoch": epoch, "batch": batch})}}
    content = json.dumps(header).encode()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".draft"
    draft.write_bytes(struct.pack("<Q", len(content)) + content)
    draft.replace(folder / "checkpoint.safetensors")


@pytest.fixture
def machine(tmp_path):
    """A machine of an installation without a shared home, by its name."""

    def make(name: str, **changed) -> Settings:
        own = {"TESTAMUR_HOME": str(tmp_path / name), "TESTAMUR_ARTIFACTS": str(tmp_path / "shared")}
        return replace(Settings.from_environment(own), **changed)

    return make


def shelf_of(settings, attempt: int, said: list[str] | None = None) -> Shelf:
    now = datetime.now(UTC)
    claim = Claim(job_id=JOB, attempt=attempt, token=attempt, worker="w", lease_until=now)
    words = [] if said is None else said
    return Shelf(settings, claim, SimpleNamespace(say=lambda text, **_: words.append(text)))


def checkpoint(settings):
    return settings.job_folder(JOB) / "checkpoint"


def copies(settings) -> CheckpointCopies:
    return CheckpointCopies(Artifacts(settings.artifacts), JOB)


def wait_for(condition) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_checkpoints_are_copied_while_the_job_trains_and_the_next_machine_goes_on(machine):
    first, second = machine("first", copy_every_s=0.02), machine("second")
    shelf = shelf_of(first, 1)
    shelf.bring_checkpoint()
    shelf.begin_copying()
    for epoch in (3, 7):
        write(checkpoint(first), epoch)
        wait_for(lambda e=epoch: (found := copies(first).newest()) and found.mark == (e, 0))
    shelf.end_copying()  # the machine is gone: nobody has kept anything at the end
    said: list[str] = []
    shelf_of(second, 2, said).bring_checkpoint()
    assert how_far(checkpoint(second)) == (7, 0)
    assert said == ["the checkpoint of attempt 1 was brought from the artifacts"]


@pytest.mark.parametrize(("here", "there"), [((5, 1), (4, 9)), ((4, 9), (5, 1)), ((5, 1), (5, 1))])
def test_the_farther_of_two_checkpoints_is_taken(machine, here, there):
    first, second = machine("first"), machine("second")
    write(checkpoint(first), *there)
    copies(first).put(checkpoint(first), 1, there)
    write(checkpoint(second), *here)
    shelf_of(second, 3).bring_checkpoint()
    assert how_far(checkpoint(second)) == max(here, there)


def test_what_was_never_copied_is_kept_at_the_end_and_what_was_is_not_sent_again(machine, monkeypatch):
    settings = machine("first")
    write(checkpoint(settings), 2)
    stop = Departure(Wish.INTERRUPT, None, 0)
    for attempt in (1, 2):  # the second finds that the copy is as far as its own
        shelf = shelf_of(settings, attempt)
        shelf.bring_checkpoint()
        shelf.begin_copying()
        shelf.keep(stop)
    assert copies(settings).newest().attempt == 1


def test_copies_come_at_most_so_often(machine):
    settings = machine("first", copy_every_s=30.0)
    shelf = shelf_of(settings, 1)
    shelf.begin_copying()
    write(checkpoint(settings), 2)
    time.sleep(0.1)
    begin = time.monotonic()
    shelf.end_copying()
    assert time.monotonic() - begin < 5
    assert copies(settings).newest() is None


def test_a_store_that_is_away_is_told_once_and_costs_no_job(machine, tmp_path):
    settings = machine("first", copy_every_s=0.02)
    (tmp_path / "shared").write_text("a file where the folder should be")
    said: list[str] = []
    shelf = shelf_of(settings, 1, said)
    shelf.begin_copying()
    write(checkpoint(settings), 2)
    wait_for(lambda: said)
    time.sleep(0.1)
    shelf.end_copying()
    assert [words.partition(":")[0] for words in said] == ["a checkpoint was not copied"]


@pytest.mark.parametrize("content", [b"", b"x" * 7, struct.pack("<Q", 2**60), struct.pack("<Q", 2) + b"[]"])
def test_a_file_that_is_no_checkpoint_is_nowhere(tmp_path, content):
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    (tmp_path / "link.safetensors").symlink_to("/dev/zero")
    assert how_far(tmp_path) == how_far(tmp_path / "absent") == NOWHERE


def test_a_link_that_a_plugin_left_leads_no_copy_outside(machine):
    settings = machine("first")
    write(checkpoint(settings), 3)
    copies(settings).put(checkpoint(settings), 1, (3, 0))
    keys = settings.home / "keys"
    keys.mkdir()
    for name in (".checkpoint.fetched", ".checkpoint.earlier"):
        (settings.job_folder(JOB) / name).symlink_to(keys)
    copies(settings).bring(copies(settings).newest(), checkpoint(settings))
    assert how_far(checkpoint(settings)) == (3, 0)
    assert list(keys.iterdir()) == []


def test_a_folder_that_becomes_a_link_while_it_is_copied_gives_away_nothing(machine, monkeypatch):
    settings = machine("first")
    keys, part = settings.home / "keys", checkpoint(settings) / "part"
    for folder, words in ((keys, "ours"), (part, "theirs")):
        folder.mkdir(parents=True)
        (folder / "signing.pem").write_text(words)
    real = os.link

    def swapped(*arguments, **options):
        if not part.is_symlink():
            part.rename(part.with_name("was"))
            part.symlink_to(keys)
        real(*arguments, **options)

    monkeypatch.setattr(os, "link", swapped)
    copies(settings).put(checkpoint(settings), 1, (1, 0))
    monkeypatch.undo()
    copies(settings).bring(copies(settings).newest(), checkpoint(machine("second")))
    assert (checkpoint(machine("second")) / "part" / "signing.pem").read_text() == "theirs"


@pytest.mark.parametrize("epoch", ["Infinity", "NaN", '"x"', "[]"])
def test_a_header_that_makes_no_sense_is_nowhere(tmp_path, epoch):
    header = {"__metadata__": {"progress": f'{{"epoch": {epoch}, "batch": 0}}'}}
    content = json.dumps(header).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(content)) + content)
    assert how_far(tmp_path) == NOWHERE
