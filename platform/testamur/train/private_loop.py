"""The training loop with differential privacy: DP-SGD with Poisson sampling and every epoch run.

Noise and sampling come from a secret of 256 bits that no report tells: whoever knew the key of the
noise could take it off again. Each step has a stream of its own made of secret and step number, so
that an attempt that goes on from a checkpoint takes the same steps, and none is counted twice. A stream's
first 256 bits are the seed of what is drawn, the others the noise.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from testamur.contracts.privacy import PrivacyOptions
from testamur.train.clipped_gradient import ClippedGradient
from testamur.train.examples_apart import refuse_mixing
from testamur.train.form import Batch
from testamur.train.keystream import Keystream
from testamur.train.loop import Loop
from testamur.train.normal_noise import fill_normal
from testamur.train.progress import Progress
from testamur.train.units import Drawn, Units

MOST_ROWS = 4096  # examples that pass through the network together
_KEPT_AS = "secret_words"
_WORDS = 8  # of 32 bits


@dataclass(slots=True, eq=False)
class PrivateLoop(Loop):
    """One private training under way.

    Attributes:
        units: Whom it hides.
        privacy: What the job asks for.
        noise_multiplier: Standard deviation of the noise over the clip norm.
        secret: (8,) words of 32 bits that all noise and sampling come from.
        stream: What they give, of the step under way.
    """

    units: Units = field(kw_only=True)
    privacy: PrivacyOptions = field(kw_only=True)
    noise_multiplier: float = field(kw_only=True)
    secret: list[int] = field(default_factory=lambda: [secrets.randbits(32) for _ in range(_WORDS)])
    stream: Keystream = field(init=False)
    clipped: ClippedGradient = field(init=False)

    def __post_init__(self) -> None:
        Loop.__post_init__(self)
        self.stream = Keystream(self.secret)
        self.clipped = ClippedGradient(self.module, clip=self.privacy.clip)
        refuse_mixing(self.module, self.train, self.device)

    @property
    def n_batches(self) -> int:
        """Steps of an epoch."""
        return steps_per_epoch(self.units.n, self.batch_size)

    @property
    def steps(self) -> int:
        """Noisy steps that the weights have taken."""
        return (self.progress.epoch - 1) * self.n_batches + self.progress.batch

    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Go on from a checkpoint, with its secret."""
        Loop.restore(self, tensors, progress)
        self.secret = [int(word) for word in tensors[_KEPT_AS]]
        self.stream = Keystream(self.secret)

    def _state(self) -> dict[str, Tensor]:
        return {**Loop._state(self), _KEPT_AS: torch.tensor(self.secret, dtype=torch.int64)}

    def _mean_loss(self) -> None:
        """Not told: it is computed from the training rows without noise."""

    def _is_best(self, validation_loss: float) -> bool:
        """Every epoch takes the place of the one before: none is chosen."""
        return True

    def _patience(self) -> int:
        return self.training.epochs

    def _run_batches(self, epoch: int, order: Tensor) -> None:
        self.module.train()
        for number in range(self.progress.batch, self.n_batches):
            self.stream.begin(self.steps)
            drawn = self.units.draw(self.stream.generator(), self.batch_size / self.units.n)
            self.fill_gradient(drawn)
            self.optimiser.step(self._rate(epoch, number))
            self.progress.batch = number + 1
            self._listen()

    def fill_gradient(self, drawn: Drawn) -> None:
        """Put the noisy sum of the units' clipped gradients, over the expected batch, into the buffer."""
        self.draw_noise()
        most = min(MOST_ROWS, -(-drawn.index.size // self.micro_batches))  # parts add up
        chunk = max(1, most // drawn.rows) * drawn.rows
        for begin in range(0, drawn.index.size, chunk):
            batch = self._examples(drawn, slice(begin, begin + chunk))
            with self.clipped.watching(batch.n):
                output = self.module(*batch.inputs)
            loss = self.form.loss(output, batch) * batch.n
            self.clipped.add(loss, rows=drawn.rows, over=self.batch_size)

    def draw_noise(self) -> None:
        """Fill the buffer of all gradients with the noise of their mean; the layers' products are added."""
        gradient = self.optimiser.gradient
        ready = gradient.device.type == "cpu" and gradient.dtype == torch.float32
        at_hand = gradient if ready else torch.empty(gradient.shape, dtype=torch.float32)
        deviation = self.noise_multiplier * self.privacy.clip / self.batch_size
        fill_normal(at_hand.numpy(), self.stream, deviation=deviation)
        if not ready:
            gradient.copy_(at_hand)

    def _examples(self, drawn: Drawn, stretch: slice) -> Batch:
        index = torch.from_numpy(drawn.index[stretch]).to(self.device)
        batch = self.train.taken(index).batch(slice(None))
        if drawn.share is None:
            return batch
        share = torch.from_numpy(drawn.share[stretch]).to(self.device)
        return replace(batch, weight=share if batch.weight is None else share * batch.weight)


def steps_per_epoch(n_units: int, batch_size: int) -> int:
    """Steps in which a unit is drawn once on average."""
    return -(-n_units // batch_size)
