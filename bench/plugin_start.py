"""How long a plugin takes from its start, by its rendered launcher, until its handshake line; and a bare gRPC server in Python."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from timing import in_turns, table

from simulacra.plugin.handshake import COOKIE, COOKIE_VALUE

ROOT = Path(__file__).resolve().parent.parent
BARE = """
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc

server = grpc.server(ThreadPoolExecutor(8))
server.add_insecure_port("unix:/tmp/simulacra-bench-" + sys.argv[1])
server.start()
print("listening", flush=True)
sys.stdin.read()
"""


def until_first_line(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Callable[[], float]:
    """A contestant: the seconds until the process has written a line; then it is ended."""

    def run() -> float:
        begun = time.perf_counter()
        with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            passed = time.perf_counter() - begun
            process.terminate()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, command))} wrote nothing")
        return passed

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    env = {**os.environ, COOKIE: COOKIE_VALUE}
    socket = str(os.getpid())
    contestants = {"a bare gRPC server": until_first_line([sys.executable, "-c", BARE, socket])}
    for name in ("simulacra-apm", "simulacra-target"):
        contestants[name] = until_first_line([ROOT / "autoscaler/plugins" / name], env)
    try:
        seconds = in_turns(contestants, runs)
    finally:
        Path(f"/tmp/simulacra-bench-{socket}").unlink(missing_ok=True)
    print(f"{runs} runs each, from the start of the process until its first line\n")
    print(table(seconds, against="a bare gRPC server"))


if __name__ == "__main__":
    main()
