"""What a model's registration asks to be done around the epochs: in closed form before, settled after."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from testamur.contracts.errors import PluginError
from testamur.contracts.model import ModelOptions
from testamur.contracts.table import RowsTable
from testamur.hooks.references import resolve


def call_step(
    reference: str | None,
    module: nn.Module,
    table: RowsTable,
    options: ModelOptions,
    *,
    seed: int,
    stop: Callable[[], None],
) -> None:
    """Call ``before`` or ``after`` of a model; what it draws depends on the seed alone.

    Args:
        reference: ``module:function``, or None: nothing is done.
        module: The network on its device; the function writes into its buffers and parameters.
        table: Encoded rows.
        options: The model's validated options.
        seed: Seed of the job; torch's own random state is set from it as well.
        stop: To be called now and then; raises when the attempt must end.

    Raises:
        PluginError: The function cannot be found, or it changed the shape of a parameter or buffer:
            the weights could not be loaded again.
        Cancelled, Interrupted: The attempt ends here.
    """
    if reference is None:
        return
    stop()
    shapes = _shapes(module)
    torch.manual_seed(seed)
    resolve(reference)(module, table, options, seed=seed, stop=stop)
    changed = sorted(name for name, _ in shapes.items() ^ _shapes(module).items())
    if changed:
        raise PluginError(
            f"{reference}: parameters and buffers of unchanged shape are required, however: "
            f"{', '.join(dict.fromkeys(changed))}",
            remedy="give them their shape in build, and fill them with copy_",
        )
    stop()


def is_trainable(module: nn.Module) -> bool:
    """Whether gradients have anything to change."""
    return any(p.requires_grad and p.numel() for p in module.parameters())


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
