"""Progress: bars in a terminal, a few plain lines elsewhere."""

import io

from rich.console import Console

from testamur.contracts.event import EventKind
from testamur.interfaces.terminal.progress import BarDisplay, LineDisplay, open_display

HOSTILE = "\x1b[2J[bold]x[/bold]"


def epoch(number, best=True):
    return {"epoch": number, "epochs": 50, "validation_loss": 0.5 / number, "best": best}


def play(display):
    with display:
        display.show(EventKind.STAGE, {"stage": "load", "detail": HOSTILE})
        display.show(EventKind.STAGE, {"stage": "fit", "detail": "Clinical risk"})
        for number in range(1, 51):
            display.show(EventKind.EPOCH, epoch(number))
        display.show(EventKind.STAGE, {"stage": "audit"})
        display.show(EventKind.CHECK, {"check": "core.x", "status": "done", "done": 1, "total": 2})
        display.show(EventKind.LOG, {"level": "warning", "message": "mind the step"})
        display.show(EventKind.STATE, {"state": "running", "reason": "attempt 2"}, attempt=2)


def test_lines_are_few_and_hold_the_last_epoch():
    stream = io.StringIO()
    play(LineDisplay(Console(file=stream, width=100), clock=lambda: 0.0))
    lines = stream.getvalue().splitlines()
    epochs = [line for line in lines if line.startswith("epoch")]
    assert epochs == [
        "epoch 1 of 50, validation loss 0.5000, the best so far",
        "epoch 50 of 50, validation loss 0.0100, the best so far",
    ]
    assert "fit: Clinical risk" in lines
    assert "check 1 of 2, core.x: done" in lines
    assert lines.index("epoch 50 of 50, validation loss 0.0100, the best so far") < lines.index("audit")
    assert "mind the step" in lines
    assert any(line.startswith("attempt 2") for line in lines)
    assert "\x1b" not in stream.getvalue()


def test_training_that_stops_early_still_shows_its_last_epoch():
    stream = io.StringIO()
    with LineDisplay(Console(file=stream, width=100), clock=lambda: 0.0) as display:
        display.show(EventKind.EPOCH, epoch(1))
        display.show(EventKind.EPOCH, epoch(2))
        display.show(EventKind.EPOCH, epoch(3, best=False))
    assert stream.getvalue().splitlines()[-1] == "epoch 3 of 50, validation loss 0.1667"


def test_bars_show_stages_epochs_and_the_restart():
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True, color_system=None, legacy_windows=False)
    play(BarDisplay(console))
    shown = stream.getvalue()
    for words in ("load", "fit", "audit", "mind the step", "attempt 2"):
        assert words in shown
    assert "\\x1b[2J" in shown, "an escape sequence in a name is shown, not obeyed"
    assert "[bold]x[/bold]" in shown, "markup in a name is text"


def test_the_display_follows_the_stream_it_writes_to():
    assert isinstance(open_display(Console(file=io.StringIO())), LineDisplay)
    assert isinstance(open_display(Console(file=io.StringIO(), force_terminal=True)), BarDisplay)


def test_an_epoch_without_a_number_does_not_break_the_display():
    stream = io.StringIO()
    with BarDisplay(Console(file=stream, force_terminal=True)) as display:
        display.show(EventKind.EPOCH, {})
        display.show(EventKind.STAGE, {"stage": "fit"})
        display.show(EventKind.EPOCH, {"epoch": None, "epochs": "x", "validation_loss": None})
    assert "fit" in stream.getvalue()
