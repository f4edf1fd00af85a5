"""The network of ``education.tracing``."""

from __future__ import annotations

from torch import nn

from testamur.contracts.model import BuildContext
from testamur.train.answers import build_answers
from testamur.train.options import SequenceOptions
from testamur_education.options import TracingOptions


def build(context: BuildContext, options: TracingOptions) -> nn.Module:
    """Build the core's network over answers with this domain's options.

    Args:
        context: What is known of items and sequences.
        options: Validated options.

    Returns:
        A module from (items (b, t), answers (b, t), mask (b, t)) to logits (b, t).
    """
    return build_answers(context, SequenceOptions(**options.model_dump()))
