"""The gateway to commands that wake machines or put them to sleep: smart plugs, IPMI and the like."""

from __future__ import annotations

import subprocess

from simulacra.faults import Refusal, Unreachable

COMMAND_S = 30.0
SHOWN = 200


def run_command(words: tuple[str, ...], timeout_s: float = COMMAND_S) -> None:
    """Run the program with its arguments, without a shell, as the user that we are.

    Raises `Unreachable` if it isn't done in time (it is killed then), `Refusal` if it can't be started or ends in failure.
    """
    said = " ".join(words)
    try:
        ended = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s, check=False, text=True,
            errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"{said}: not done after {timeout_s:.0f} s") from error
    except OSError as error:
        raise Refusal(f"{said}: can't be started: {error.strerror or error}") from error
    if ended.returncode != 0:
        last = ended.stdout.strip()[-SHOWN:]
        raise Refusal(f"{said}: ended with {ended.returncode}{f': {last}' if last else ''}")
