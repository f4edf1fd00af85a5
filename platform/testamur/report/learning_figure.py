"""The figure of training: loss per epoch."""

from __future__ import annotations

from testamur.contracts.model import TrainingSummary
from testamur.report.charts.figure import Figure
from testamur.report.charts.lines import Axes, Curve, Mark, draw_lines


def learning_lines(training: TrainingSummary) -> Figure | None:
    """Loss per epoch on validation rows, and on training rows where it may be told."""
    if not training.history:
        return None
    last = training.history[-1].epoch
    best = next((e for e in training.history if e.epoch == training.best_epoch), None)
    curves = [
        Curve(
            "held out" if training.member_epochs else "validation",
            tuple((float(e.epoch), e.validation_loss) for e in training.history),
        ),
    ]
    learnt = tuple((float(e.epoch), e.train_loss) for e in training.history if e.train_loss is not None)
    if learnt:  # a private training does not tell its loss
        curves.append(Curve("training", learnt))
    stop = "; training stopped early" if training.stopped_early else ""
    kept = f"ring: epoch {training.best_epoch}, whose weights were kept"
    if training.refitted_on:
        kept = f"ring: epoch {training.best_epoch}, after which validation was best; so long was learnt anew"
    if training.member_epochs:
        best, kept = None, "each member kept the weights of its own best epoch"
    words = f"Loss per epoch; {kept}{stop}."
    return draw_lines(
        "learning",
        "How it learned",
        curves,
        axes=Axes("epoch", "loss", (0.0, float(max(last, 1)))),
        caption=words,
        desc=f"{words} {last} epochs were run.",
        marks=[]
        if best is None
        else [
            Mark(
                float(best.epoch),
                best.validation_loss,
                words="best" if training.refitted_on else "kept weights",
            )
        ],
        legend_on_top=True,
    )
