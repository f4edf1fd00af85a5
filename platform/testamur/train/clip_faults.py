"""What a network must not do where clipped gradients are made of it, and what is said then."""

from __future__ import annotations

from torch import Tensor, nn

from testamur.contracts.errors import TestamurError


def refuse_shared(module: nn.Module) -> None:
    """Refuse weights that two layers share: norms are added up layer by layer and would be too small.

    Raises:
        TestamurError: A parameter of the module has two names.
    """
    names: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    shared = [" and ".join(owners[:3]) for owners in names.values() if len(owners) > 1]
    if shared:
        raise TestamurError(
            f"weights of one layer alone are required, however: {', '.join(shared[:5])} "
            f"of {type(module).__name__} are the same",
            remedy="give each layer weights of its own and register it once: shared ones are not clipped",
        )


def refuse_regrouped(layer: nn.Module, seen: Tensor, examples: int) -> None:
    """Refuse (b * t, p) or (t, b, p) for b examples: what is clipped would be no unit's gradient.

    Raises:
        TestamurError: What the layer sees does not begin with the axis of examples.
    """
    if seen.dim() < 2 or seen.shape[0] != examples:
        raise TestamurError(
            f"{examples} examples along the first axis of what a layer sees are required, "
            f"however: {type(layer).__name__} sees {tuple(seen.shape)}",
            remedy="a private training clips by example: pass (b, t, p) as it is to linear layers",
        )


def passed_twice(layer: nn.Module) -> TestamurError:
    """Of a layer whose second pass would be measured as that of another."""
    return TestamurError(
        f"a private training needs layers that are passed once, however: {type(layer).__name__} twice",
        remedy="give each place of the network a layer of its own",
    )


def changed_in_place() -> TestamurError:
    """Of a tensor that is not what it was when the gradient asks for it."""
    return TestamurError(
        "a private training needs networks that change nothing in place, however: this one does",
        remedy="write `x = x * 2` for `x.mul_(2)` and build activations without inplace=True",
    )


def left_aside(layers: list[str]) -> TestamurError:
    """Of layers, by kind, that the loss does not follow from."""
    return TestamurError(
        "a private training needs networks whose loss follows from what every layer gives, however: "
        f"what {', '.join(layers[:5])} gave is not in it",
        remedy="pass only layers whose outputs are used, and change no output in place",
    )
