"""Rules about models that look back: on answers in order, or on choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext, ModelSpec
from testamur.hooks.references import resolve
from testamur.testing.rules.torch_import import import_torch

_N, _LENGTH, _ITEMS = 6, 5, 7


def try_sequences(spec: ModelSpec, problem: ProblemKind) -> Iterator[str]:
    """Faults of a model of answers: shape, finite numbers, gradients, and no look at later answers."""
    torch = import_torch()
    model, draw = _built(spec, problem, n_outputs=1)
    items = torch.randint(0, _ITEMS + 1, (_N, _LENGTH), generator=draw)
    answers = torch.randint(-1, 2, (_N, _LENGTH), generator=draw)
    mask = torch.ones(_N, _LENGTH, dtype=torch.bool)
    mask[0, 3:] = False
    output = model(items, answers, mask)  # (6, 5)
    if tuple(output.shape) != (_N, _LENGTH):
        yield f"an output of shape ({_N}, {_LENGTH}) is required, however: {tuple(output.shape)}"
        return
    yield from _numbers(model, output[mask])
    step = _LENGTH // 2
    other = answers.clone()
    other[:, step] = 1 - other[:, step].clamp(0, 1)
    model.eval()
    with torch.no_grad():
        changed = (model(items, other, mask) - model(items, answers, mask)).abs() > 1e-6
    if bool(changed[:, : step + 1].any()):
        yield "each step is told from earlier answers alone, however: it changes with its own or a later one"


def try_interactions(spec: ModelSpec, problem: ProblemKind) -> Iterator[str]:
    """Faults of a model of choices: shape, finite scores, gradients, and no look at later choices."""
    torch = import_torch()
    model, draw = _built(spec, problem, n_outputs=_ITEMS)
    items = torch.randint(1, _ITEMS + 1, (_N, _LENGTH), generator=draw)
    items[0, :3] = 0
    items[1] = 0  # a user of whom nothing is known
    asked = items > 0
    asked[1, -1] = True
    output = model(items, asked)
    wanted = (int(asked.sum()), _ITEMS)
    if tuple(output.shape) != wanted:
        yield f"an output of shape (steps asked for, n_items) {wanted} is required, however: {output.shape}"
        return
    yield from _numbers(model, output)
    model.eval()
    only = torch.zeros_like(asked)
    only[:, 1] = True
    other = items.clone()
    other[:, 2:] = other[:, 2:] % _ITEMS + 1
    with torch.no_grad():
        if bool(((model(other, only) - model(items, only)).abs() > 1e-6).any()):
            yield "each step is told from choices up to it, however: it changes with a later one"
        own = getattr(model, "score_next", None)
        scores = None if own is None else own(items)
    if scores is not None and tuple(scores.shape) != (_N, _ITEMS):
        yield f"score_next of shape ({_N}, {_ITEMS}) is required, however: {tuple(scores.shape)}"
    elif scores is not None and not bool(torch.isfinite(scores).all()):
        yield "finite scores are required of score_next, however: it holds NaN or infinity"


def _built(spec: ModelSpec, problem: ProblemKind, *, n_outputs: int) -> tuple[Any, Any]:
    torch = import_torch()
    context = BuildContext(
        n_numeric=0,
        cardinalities=(_ITEMS + 1,),
        n_outputs=n_outputs,
        problem=problem,
        bins=(),
        seed=0,
        length=_LENGTH,
        n_items=_ITEMS,
    )
    with torch.random.fork_rng(devices=[]):
        model = resolve(spec.build)(context, spec.options())
    return model.train(), torch.Generator().manual_seed(0)


def _numbers(model: Any, output: Any) -> Iterator[str]:
    torch = import_torch()
    if not bool(torch.isfinite(output).all()):
        yield "a finite output is required, however: it holds NaN or infinity"
    if not any(p.requires_grad for p in model.parameters()):
        return  # fitted in closed form by ``before`` or ``after``
    output.square().mean().backward()
    gradients = [p.grad for p in model.parameters() if p.requires_grad and p.grad is not None]
    if not any(bool(gradient.abs().sum() > 0) for gradient in gradients):
        yield "gradients are required, however: no parameter has one that is not zero"
    if not all(bool(torch.isfinite(gradient).all()) for gradient in gradients):
        yield "finite gradients are required, however: some are not"
