"""AdamW over one flat buffer that all parameters are views of.

``torch.optim.Optimizer`` imports ``torch._dynamo`` at its first step, 2 s on one core, and walks
over every parameter in Python. One buffer and torch's own fused kernel need neither.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class FlatAdamW:
    """AdamW (Loshchilov and Hutter, ICLR 2019) on the parameters of a module.

    Args:
        module: Its parameters become views of one buffer; it must be on its device already.
        weight_decay: Decoupled weight decay.
    """

    def __init__(self, module: nn.Module, *, weight_decay: float) -> None:
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.weights = torch.cat([p.detach().reshape(-1) for p in parameters])  # (n_parameters,)
        self.gradient = torch.zeros_like(self.weights)
        self.mean = torch.zeros_like(self.weights)
        self.square = torch.zeros_like(self.weights)
        self.steps = torch.zeros((), dtype=torch.float32, device=self.weights.device)
        self._decay = weight_decay
        self._fused = self.weights.device.type in ("cpu", "cuda") and self.weights.is_floating_point()
        self._parameters = parameters
        self._bind(parameters)

    def _bind(self, parameters: list[nn.Parameter]) -> None:
        begin = 0
        for p in parameters:
            end = begin + p.numel()
            p.data = self.weights[begin:end].view_as(p)
            p.grad = self.gradient[begin:end].view_as(p)
            begin = end

    def release(self) -> None:
        """Give every parameter memory of its own again; the training is over.

        A saved model that is built again has such parameters, and where a matrix begins in memory
        can change the last bit of a product.
        """
        for p in self._parameters:
            p.data, p.grad = p.detach().clone(), None

    def clear(self) -> None:
        """Set all gradients to zero; they stay views of the buffer."""
        self.gradient.zero_()

    def clip(self, limit: float) -> None:
        """Scale the gradient down to the norm `limit`; 0 leaves it as it is."""
        if limit:
            norm = torch.linalg.vector_norm(self.gradient)
            self.gradient.mul_((limit / (norm + 1e-6)).clamp_(max=1.0))

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Move the weights along the gradient."""
        adamw(
            [self.weights],
            [self.gradient],
            [self.mean],
            [self.square],
            [],
            [self.steps],
            fused=self._fused,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=learning_rate,
            weight_decay=self._decay,
            eps=EPSILON,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """Everything a checkpoint needs, by name."""
        return {"weights": self.weights, "mean": self.mean, "square": self.square, "steps": self.steps}

    @torch.no_grad()
    def load(self, state: dict[str, Tensor]) -> None:
        """Take over a state in place, so that the parameters stay views."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
