"""Two processes with a batch of 16 make the steps of one with a batch of 32."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from testamur.train.team import Alone, Together

TOLERANCE = 2e-5  # relative; sums of float32 in another order, over 40 steps
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # as torchrun would start them (the acceptance tests do), without a third process that imports torch
    shared = {
        "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2",
    }  # fmt: skip
    command = [sys.executable, str(HERE / "team_member.py"), str(folder)]
    members = [
        subprocess.Popen(
            command, env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        said = [member.communicate(timeout=120)[0] for member in members]
    finally:
        for member in members:
            member.kill()
            member.wait()
    assert [member.returncode for member in members] == [0, 0], "\n".join(said)[-3000:]
    return folder


def test_two_processes_see_the_losses_of_one_with_twice_the_batch(two, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    from team_member import train

    seen = json.loads((two / "seen.json").read_text())
    alone = train(tmp_path / "one", batch_size=32)
    assert seen["batch_size"] == alone["batch_size"] == 32
    np.testing.assert_allclose(seen["train"], alone["train"], rtol=TOLERANCE)
    np.testing.assert_allclose(seen["validation"], alone["validation"], rtol=TOLERANCE)
    np.testing.assert_allclose(seen["probabilities"], alone["probabilities"], atol=1e-4)
    other = train(tmp_path / "half", batch_size=16)
    assert not np.allclose(other["train"], alone["train"], rtol=1e-3)  # the tolerance can tell


def test_only_the_leader_writes_and_goes_on(two):
    assert (two / "dismissed").read_text() == "False"  # no folder of checkpoints
    assert json.loads((two / "seen.json").read_text())["checkpoints"] == ["checkpoint.safetensors"]


def member(rank: int, size: int) -> Together:
    made = Together.__new__(Together)
    made.rank, made.size = rank, size
    return made


@pytest.mark.parametrize(("n", "size"), [(32, 2), (7, 2), (1, 2), (5, 4), (3, 4)])
def test_shares_cover_a_batch_once_and_weights_add_up(n, size):
    batch = slice(10, 10 + n)
    losses = torch.arange(100, dtype=torch.float64)
    total, rows = 0.0, []
    for rank in range(size):
        share = member(rank, size).share(batch)
        assert share.stop > share.start
        weighed = member(rank, size).weigh(losses[share].mean(), batch)
        total += float(weighed) / size
        if float(member(rank, size).weigh(torch.ones(()), batch)):
            rows += range(share.start, share.stop)
    assert rows == list(range(10, 10 + n))
    assert total == pytest.approx(float(losses[batch].mean()))


def test_alone_everything_stays_as_it_is():
    loss = torch.ones(())
    assert Alone().weigh(loss, slice(0, 3)) is loss
    assert Alone().mean(loss) is loss
    assert Alone().agree([1.0]) == [1.0]
    assert Alone().share(slice(0, 3)) == slice(0, 3)
