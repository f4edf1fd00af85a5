"""Several processes train one model together: each takes its share of every batch.

The batch size of a job is that of one process. A team of N therefore makes the steps that one process
makes with N times the batch, and ends with the same losses up to the rounding of sums.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from testamur.contracts.errors import ConfigurationError, Problem


class Dismissed(Exception):
    """The work of this process ends with the last epoch; the first of the team goes on alone."""


class Team(Protocol):
    """Who takes part in a training, seen from one process."""

    rank: int
    size: int

    @property
    def leads(self) -> bool:
        """True in the one process that writes checkpoints and goes on after the epochs."""
        ...

    def network(self, module: nn.Module) -> nn.Module:
        """What to call in a training step; gradients of the team arrive in the module's parameters."""
        ...

    def share(self, batch: slice) -> slice:
        """This process's part of a batch; never empty."""
        ...

    def weigh(self, loss: Tensor, batch: slice) -> Tensor:
        """The mean loss of the share, so weighted that gradients averaged over the team are the batch's."""
        ...

    def mean(self, weighed: Tensor) -> Tensor:
        """The batch's mean loss, the same everywhere, from everyone's weighed one."""
        ...

    def reseed(self, seed: int, epoch: int, batch: int) -> None:
        """Dropout of the batch: another in each process, and the same after an interruption."""
        ...

    def agree(self, values: list[float]) -> list[float]:
        """The leader's values, everywhere: one rounding must not let two processes stop at two epochs."""
        ...

    def leave(self) -> None:
        """After the last epoch.

        Raises:
            Dismissed: In every process but the leader.
        """
        ...


class Alone:
    """A team of one; every question has the plain answer."""

    rank, size, leads = 0, 1, True

    def network(self, module: nn.Module) -> nn.Module:
        """The module itself."""
        return module

    def share(self, batch: slice) -> slice:
        """All of it."""
        return batch

    def weigh(self, loss: Tensor, batch: slice) -> Tensor:
        """As it is."""
        return loss

    def mean(self, weighed: Tensor) -> Tensor:
        """As it is."""
        return weighed

    def reseed(self, seed: int, epoch: int, batch: int) -> None:
        """The epoch has its seed; nothing more is needed."""

    def agree(self, values: list[float]) -> list[float]:
        """As they are."""
        return values

    def leave(self) -> None:
        """Nobody else to leave."""


class Together:
    """One process of a group that ``torchrun`` started, with gradients averaged by DistributedDataParallel.

    Args:
        device: "cpu" or "cuda:N".
    """

    def __init__(self, device: str) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._device = device

    @property
    def leads(self) -> bool:
        """True in the first process."""
        return self.rank == 0

    def network(self, module: nn.Module) -> nn.Module:
        """The module, wrapped."""
        return nn.parallel.DistributedDataParallel(
            module, device_ids=[self._device] if self._device.startswith("cuda") else None
        )

    def share(self, batch: slice) -> slice:
        """The rank-th of `size` stretches of nearly equal length; one row where there are too few."""
        begin, end = self._stretch(batch)
        return slice(begin, end) if end > begin else slice(batch.start, batch.start + 1)

    def weigh(self, loss: Tensor, batch: slice) -> Tensor:
        """Times its rows over the mean share; a row taken only so as not to be empty counts nothing."""
        begin, end = self._stretch(batch)
        return loss * ((end - begin) * self.size / (batch.stop - batch.start))

    def mean(self, weighed: Tensor) -> Tensor:
        """Averaged over the team."""
        total = weighed.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def reseed(self, seed: int, epoch: int, batch: int) -> None:
        """From seed, epoch, batch and rank."""
        own = np.random.SeedSequence([seed, epoch, batch, self.rank]).generate_state(1, np.uint64)
        torch.manual_seed(int(own[0] >> np.uint64(1)))

    def agree(self, values: list[float]) -> list[float]:
        """As the leader has them, in float64."""
        told = torch.tensor(values, dtype=torch.float64, device=self._device)
        dist.broadcast(told, src=0)
        return [float(value) for value in told]

    def leave(self) -> None:
        """Wait for all, take the group down, and go on only as the leader."""
        dist.barrier()
        dist.destroy_process_group()
        if not self.leads:
            raise Dismissed

    def _stretch(self, batch: slice) -> tuple[int, int]:
        n = batch.stop - batch.start
        return (
            batch.start + n * self.rank // self.size,
            batch.start + n * (self.rank + 1) // self.size,
        )


def join_team(device: str) -> tuple[Team, str]:
    """The team that ``torchrun`` made this process a member of, and its own device.

    Args:
        device: "cpu" or "cuda".

    Raises:
        ConfigurationError: The machine's torch cannot do it.
    """
    if not dist.is_available():
        message = "a torch build with distributed training is required, however: this one has none"
        raise ConfigurationError(
            "The job cannot be trained on several devices", [Problem("job.devices", message)]
        )
    on_gpu = device.startswith("cuda")
    own = f"cuda:{dist.get_node_local_rank()}" if on_gpu else "cpu"
    if on_gpu:
        torch.cuda.set_device(own)
    dist.init_process_group("nccl" if on_gpu else "gloo")
    return Together(own), own
