"""CPU time of `testamur --help` and `testamur plugin list` beside a bare click program with rich.

The peer is a group with one command, written as anybody would write it: it imports click and rich, knows
the text beforehand, and prints the same text through a rich console. It reads no entry points, no manifest
and no settings. Both run as scripts in fresh processes, in turn.

    python benchmarks/cli_startup.py [--write]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness import Goal, Page, measure, wants_writing

PACKAGES = ("click", "rich")
AT_MOST = 1.5
REPEATS = 25
OURS = "import sys\nfrom testamur.interfaces.cli import main\nsys.exit(main())\n"
PEER = """\
import click
from rich.console import Console

TEXT = {text!r}

@click.group()
def main():
    pass

@main.command()
def show():
    Console(highlight=False, markup=False).print(TEXT, end="")

main()
"""


def run(*command: str | Path) -> str:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def cases(folder: Path, *arguments: str) -> dict[str, Callable[[], object]]:
    ours, peer = folder / "ours.py", folder / f"peer-{'-'.join(arguments)}.py"
    ours.write_text(OURS)
    text = run(sys.executable, ours, *arguments)
    peer.write_text(PEER.format(text=text))
    shown = run(sys.executable, peer, "show")
    same = [line.rstrip() for line in shown.splitlines()] == [line.rstrip() for line in text.splitlines()]
    if not same or not text.strip():
        raise SystemExit("the peer must print the same text")
    return {
        f"testamur {' '.join(arguments)}": partial(run, sys.executable, ours, *arguments),
        "bare click with rich": partial(run, sys.executable, peer, "show"),
    }


def main() -> int:
    page = Page("cli_startup", "Start of the command line", __doc__.split("\n\n")[1], packages=PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        for arguments in (("--help",), ("plugin", "list"), ("plugin", "list", "--json")):
            pair = cases(Path(folder), *arguments)
            times = measure(pair, repeats=REPEATS, warm=2)
            ours, peer = pair
            page.compare(ours, times, base=peer)
            page.goal(Goal(f"{ours} beside the peer", times[ours].ratio_to(times[peer]), at_most=AT_MOST))
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
