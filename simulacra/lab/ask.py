"""Asks a lab's keeper for something: one line there, one line back.

Also runs by itself, with the standard library alone: ``python -I ask.py FOLDER WORD…``, FOLDER being the lab's; exit code 0 for a yes.
"""

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SOCKET = "power.sock"
_PATIENCE_S = 10.0
_CHUNK = 4096


@contextmanager
def address(folder: Path, name: str = SOCKET) -> Iterator[str]:
    """The address of the socket in the folder, short however long that one's name is: unix(7) allows 107 bytes."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def ask(folder: Path, words: Sequence[str]) -> tuple[bool, str]:
    """Whether the keeper does it, and what it says; raises `OSError` where no keeper answers."""
    with address(folder) as where, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.settimeout(_PATIENCE_S)
        made.connect(where)
        made.sendall(" ".join(words).encode() + b"\n")
        answer = b""
        while more := made.recv(_CHUNK):
            answer += more
    verdict, _, said = answer.decode().strip().partition(" ")
    if verdict not in ("yes", "no"):
        raise OSError(f"no answer from {folder / SOCKET}")
    return verdict == "yes", said


def main() -> int:
    """The command line."""
    try:
        done, said = ask(Path(sys.argv[1]), sys.argv[2:])
    except OSError as problem:
        done, said = False, f"nobody keeps this machine's power: {problem}"
    print(said, file=sys.stdout if done else sys.stderr)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
