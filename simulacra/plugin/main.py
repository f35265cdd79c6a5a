"""``simulacra-apm`` and ``simulacra-target``: what the Nomad Autoscaler starts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulacra.plugin import handshake
from simulacra.plugin.handshake import Kind

if TYPE_CHECKING:
    from simulacra.plugin.steering_port import Opener
    from simulacra.plugin.supervise import Start

USAGE = "usage: python -m simulacra.plugin.main apm|target [--grid DIR]"


def apm() -> int:
    """The command ``simulacra-apm``."""
    return run("apm", sys.argv[1:])


def target() -> int:
    """The command ``simulacra-target``."""
    return run("target", sys.argv[1:])


def run(kind: Kind, arguments: Sequence[str], opener: Opener | None = None) -> int:
    """Be that plugin until the agent ends, and return the exit code. ``opener`` opens the grid; default: the real one.

    Heavy things are imported by the worker, most of them after the handshake: the agent waits for that.
    """
    if arguments and arguments[0] in ("-h", "--help"):
        print(f"usage: {handshake.NAMES[kind]} [--grid DIR]\n{handshake.by_hand(kind)}")
        return 0
    grid = _grid(arguments)
    if grid is None:
        print(f"{handshake.NAMES[kind]}: {' '.join(arguments)}: its only option is --grid DIR", file=sys.stderr)
        return 2
    if not handshake.started_by_agent(os.environ):
        print(handshake.by_hand(kind), file=sys.stderr)
        return 1
    from simulacra.plugin.hclog import log_to_agent
    from simulacra.plugin.supervise import supervise

    log_to_agent(handshake.NAMES[kind])
    return supervise(lambda start: _work(kind, opener, grid, start))


def _grid(arguments: Sequence[str]) -> Path | None:
    """The folder of definitions; None where the arguments are others than those that there are."""
    match list(arguments):
        case []:
            return Path(os.environ.get("SIMULACRA_GRID") or "grid")
        case ["--grid", folder]:
            return Path(folder)
        case [one] if one.startswith("--grid="):
            return Path(one.removeprefix("--grid="))
    return None


def _work(kind: Kind, opener: Opener | None, grid: Path, start: Start) -> int:
    """A worker's life, in a process of its own."""
    from simulacra.plugin.serve import make_worker
    from simulacra.plugin.steering_port import open_real

    def say(value: Mapping[str, str] | None) -> None:
        os.write(start.say, json.dumps(value).encode() + b"\n")

    def orphaned() -> None:
        shutil.rmtree(start.socket.parent, ignore_errors=True)
        os._exit(1)

    def asked(*_: Any) -> None:
        worker.end()

    worker = make_worker(kind, opener or open_real, grid, start.sent, start.socket, say)
    signal.signal(signal.SIGTERM, asked)
    start.supervisor.watch(orphaned)
    worker.start()
    say(None)
    worker.wait()
    return 0


def main() -> int:
    """``python -m simulacra.plugin.main apm|target``."""
    match sys.argv[1:]:
        case ["apm", *rest]:
            return run("apm", rest)
        case ["target", *rest]:
            return run("target", rest)
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
