"""Which tensors of a network are its own: what is trained or fitted, not what it was begun from."""

from __future__ import annotations

from torch import Tensor, nn


def base_of(module: nn.Module) -> dict[str, str]:
    """The pretrained weights that a module names in its attribute ``base``; empty where there are none."""
    found = getattr(module, "base", None)
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def kept_state(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers that checkpoints and dossiers hold, by name.

    Of a module that names its ``base``, parameters without gradients are left out: whoever builds it
    again brings them along, and the base's SHA-256 says whether they are the same.
    """
    state: dict[str, Tensor] = module.state_dict()
    if not base_of(module):
        return state
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {name: tensor for name, tensor in state.items() if name not in frozen}
