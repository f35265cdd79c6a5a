"""What a supervisor keeps alive: answers the agent's calls on one socket. ``python -m simulacra.plugin.worker NAME --grid DIR SOCKET``."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulacra.plugin.handshake import NAMES, Kind
from simulacra.plugin.hclog import log_to_agent
from simulacra.plugin.serve import make_worker
from simulacra.plugin.steering_port import Opener, open_real


def work(kind: Kind, grid: Path, socket: Path, opener: Opener = open_real) -> int:
    """Answer calls until the agent wants no more, or the supervisor says so or is gone; see `simulacra.plugin.supervise.supervise`."""
    log_to_agent(NAMES[kind])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    saying = os.dup(1)
    os.dup2(2, 1)  # whatever else is printed is for the agent's log

    def say(value: Mapping[str, str] | None) -> None:
        os.write(saying, json.dumps(value).encode() + b"\n")

    def asked(*_: Any) -> None:
        worker.end()

    sent = json.loads(sys.stdin.readline() or "null")
    worker = make_worker(kind, opener, grid, sent, socket, say)
    signal.signal(signal.SIGTERM, asked)
    threading.Thread(target=_end_with_supervisor, args=(socket,), name="lifeline", daemon=True).start()
    worker.start()
    say(None)
    worker.wait()
    return 0


def _end_with_supervisor(socket: Path) -> None:
    """Wait until nothing can be read any more; then nobody tidies up but us, and nobody can call."""
    sys.stdin.read()
    shutil.rmtree(socket.parent, ignore_errors=True)
    os._exit(1)


def main() -> int:
    """The process: a plugin's name, ``--grid``, the folder of definitions, and the socket."""
    gc.set_threshold(200_000, 20, 100)  # a snapshot of thousands of machines is walked too often else: a fifth of the time
    name, _, grid, socket = sys.argv[1:]
    kind = next(kind for kind, its in NAMES.items() if its == name)
    return work(kind, Path(grid), Path(socket))


if __name__ == "__main__":
    sys.exit(main())
