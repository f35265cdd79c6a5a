"""``simulacra-apm`` and ``simulacra-target``: what the Nomad Autoscaler starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from simulacra.plugin import handshake
from simulacra.plugin.handshake import NAMES, Kind

USAGE = "usage: python -m simulacra.plugin.main apm|target [--grid DIR]"


def apm() -> int:
    """The command ``simulacra-apm``."""
    return command("apm", sys.argv[1:])


def target() -> int:
    """The command ``simulacra-target``."""
    return command("target", sys.argv[1:])


def command(kind: Kind, arguments: Sequence[str]) -> int:
    """Be that plugin's supervisor, under a name of its own: what is killed by the plugin's name is the worker, which is replaced."""
    code = refused(kind, arguments)
    if code is None:
        os.execv(sys.executable, [sys.executable, "-m", "simulacra.plugin.main", kind, *arguments])
    return code


def refused(kind: Kind, arguments: Sequence[str]) -> int | None:
    """The exit code, where there is nothing to do but to say something; None where the plugin is to run."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(f"usage: {NAMES[kind]} [--grid DIR]\n{handshake.by_hand(kind)}")
        return 0
    if grid_folder(arguments) is None:
        print(f"{NAMES[kind]}: {' '.join(arguments)}: its only option is --grid DIR", file=sys.stderr)
        return 2
    if not handshake.started_by_agent(os.environ):
        print(handshake.by_hand(kind), file=sys.stderr)
        return 1
    return None


def grid_folder(arguments: Sequence[str]) -> Path | None:
    """The folder of definitions; None where the arguments are others than those that there are."""
    match list(arguments):
        case []:
            return Path(os.environ.get("SIMULACRA_GRID") or "grid")
        case ["--grid", folder]:
            return Path(folder)
        case [one] if one.startswith("--grid="):
            return Path(one.removeprefix("--grid="))
    return None


def run(kind: Kind, arguments: Sequence[str], worker: Sequence[str] | None = None) -> int:
    """Be that plugin until the agent ends, and return the exit code. ``worker`` is the command that answers; default: the real one."""
    if (code := refused(kind, arguments)) is not None:
        return code
    from simulacra.plugin.hclog import log_to_agent
    from simulacra.plugin.supervise import supervise

    log_to_agent(NAMES[kind])
    real = [sys.executable, "-m", "simulacra.plugin.worker", NAMES[kind], "--grid", str(grid_folder(arguments))]
    return supervise(worker if worker is not None else real)


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
