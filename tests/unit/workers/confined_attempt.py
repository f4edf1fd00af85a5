"""What code can still do once the walls stand; run in a process of its own: they stay."""

import json
import os
import socket
import sys
from pathlib import Path

from testamur_workers.confine import Bounds, confine

place, parent, network, mode = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "open", sys.argv[4]
walls = confine(
    Bounds(
        confine=mode,
        network=network,
        network_reason="open: asked for" if network else "",
        scratch=str(place / "home/jobs/one/scratch-1"),
        writable=(str(place / "home/jobs/one/checkpoint"),),
        readable=(str(place / "home/jobs/earlier"),),
        closed=(
            str(place / "home/keys"),
            str(place / "home/keys/signing.pem"),
            str(place / "home/jobs"),
            str(place / "home/testamur.db"),
            str(place / "home/not-there"),
        ),
    )
)


def tried(what) -> str:
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"


said = {
    "read data": tried(lambda: (place / "data.csv").read_text()),
    "change data": tried(lambda: (place / "data.csv").write_text("x")),
    "read database": tried(lambda: (place / "home/testamur.db").read_text()),
    "read the key": tried(lambda: (place / "home/keys/signing.pem").read_text()),
    "read the key where it lies": tried(lambda: (place / "safe/signing.pem").read_text()),
    "link the key": tried(
        lambda: os.link(place / "home/keys/signing.pem", place / "home/jobs/one/checkpoint/key")
    ),
    "read another job": tried(lambda: (place / "home/jobs/two/weights").read_text()),
    "read what is opened again": tried(lambda: (place / "home/jobs/earlier/report").read_text()),
    "list jobs": tried(lambda: list((place / "home/jobs").iterdir())),
    "write own folder": tried(lambda: (place / "home/jobs/one/checkpoint/weights").write_text("x")),
    "lead the next attempt astray": tried(
        lambda: (place / "home/jobs/one/scratch-2").symlink_to(place / "home/keys")
    ),
    "write beside": tried(lambda: (place / "home/stray").write_text("x")),
    "reach the network": tried(lambda: socket.create_connection(("127.0.0.1", 9), timeout=1)),
    "talk to a child": tried(lambda: socket.socketpair()),
    "look into the parent": tried(lambda: Path(f"/proc/{parent}/environ").read_bytes()),
    "signal the parent": tried(lambda: os.kill(parent, 0)),
    "cwd": str(Path.cwd()),
    "mask": f"{os.umask(0o077):03o}",
}
sys.stdout.write(json.dumps({"said": said, "walls": [wall.model_dump() for wall in walls]}))
