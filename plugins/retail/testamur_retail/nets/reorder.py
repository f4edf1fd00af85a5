"""A small reinforcement-learning policy for reordering: advantage actor-critic on simulated shops.

The policy sees what a buyer sees (stock, orders under way, recent sales), never a forecast, and picks one
of a few
order-up-to levels. It is trained on demand that is replayed from training days only, with the costs that
the shop
declared (Mnih et al. 2016, arXiv:1602.01783; for inventory, Gijsbrechts et al. 2022, M&SOM 24:1349).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

N_INPUTS = 5
FACTORS = (0.0, 0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.4, 3.0)  # of last season's sum over R + L
DISCOUNT = 0.7  # an order acts on the next two or three reviews


class Buyer(nn.Module):
    """State to the scores of the levels and to the expected cost to come."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(N_INPUTS, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        self.choice = nn.Linear(hidden, len(FACTORS))
        self.value = nn.Linear(hidden, 1)

    def forward(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """(b, N_INPUTS) to (b, n_levels) and (b,)."""
        inside = self.body(state)
        return self.choice(inside), self.value(inside)[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """One batch of simulated shops.

    Attributes:
        states: (W, b, N_INPUTS) what was seen at each review.
        actions: (W, b) which level was taken.
        costs: (W, b) cost of each review period, in units of the shop's own scale.
    """

    states: np.ndarray
    actions: np.ndarray
    costs: np.ndarray


Play = Callable[[Callable[[np.ndarray], np.ndarray], np.random.Generator], Episode]


def learn(
    play: Play, *, seed: int, updates: int = 150, hidden: int = 32, stop: Callable[[], None] | None = None
) -> Buyer:
    """Train a buyer by playing.

    Args:
        play: Runs one batch of shops under a function from states to actions.
        seed: Of weights and draws.
        updates: Batches played.
        hidden: Units in each layer.
        stop: Called now and then; raises when the attempt must end.

    Returns:
        The trained policy, in evaluation mode.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        buyer = Buyer(hidden)
    optimiser = torch.optim.Adam(buyer.parameters(), lr=5e-3)
    for update in range(updates):
        if stop is not None and update % 10 == 0:
            stop()
        episode = play(lambda states: _sample(buyer, states, rng), rng)
        for group in optimiser.param_groups:
            group["lr"] = 5e-3 * (1.0 - 0.9 * update / updates)
        _update(buyer, optimiser, episode, entropy=0.02 * (1.0 - update / updates))
    return buyer.eval()


def choose(buyer: Buyer, states: np.ndarray) -> np.ndarray:
    """(b,) factor of the best-scored level for each state (b, N_INPUTS)."""
    with torch.no_grad():
        scores, _ = buyer(torch.as_tensor(states, dtype=torch.float32))
    return np.asarray(FACTORS)[scores.argmax(dim=1).numpy()]


def _sample(buyer: Buyer, states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    with torch.no_grad():
        scores, _ = buyer(torch.as_tensor(states, dtype=torch.float32))
        chances = torch.softmax(scores, dim=1).numpy().astype(np.float64)
    edges = np.cumsum(chances, axis=1)
    return (rng.random((len(states), 1)) * edges[:, -1:] > edges).sum(axis=1).clip(0, len(FACTORS) - 1)


def _update(buyer: Buyer, optimiser: torch.optim.Optimizer, episode: Episode, *, entropy: float) -> None:
    to_come = np.zeros_like(episode.costs)  # (W, b) discounted costs from each review on
    running = np.zeros(episode.costs.shape[1])
    for period in range(episode.costs.shape[0] - 1, -1, -1):
        running = episode.costs[period] + DISCOUNT * running
        to_come[period] = running
    states = torch.as_tensor(episode.states, dtype=torch.float32).flatten(0, 1)
    actions = torch.as_tensor(episode.actions).flatten()
    target = torch.as_tensor(to_come, dtype=torch.float32).flatten()
    scores, value = buyer(states)
    log_chance = torch.log_softmax(scores, dim=1)  # (W b, n_levels)
    gain = value.detach() - target  # cheaper than expected is a gain
    gain = gain / (gain.std() + 1e-6)
    taken = log_chance.gather(1, actions[:, None])[:, 0]
    spread = -(log_chance.exp() * log_chance).sum(dim=1).mean()
    loss = -(gain * taken).mean() + 0.5 * nn.functional.smooth_l1_loss(value, target) - entropy * spread
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(buyer.parameters(), 1.0)
    optimiser.step()
