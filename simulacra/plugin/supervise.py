"""The process that the agent starts: it stays small, and keeps a worker answering on one socket.

The agent never starts a plugin a second time, and calls to one that has ended fail until somebody starts the agent again. So the
work is done by a child, and another child takes its place, with the same configuration, where one was killed or failed.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulacra.plugin import handshake
from simulacra.plugin.lifeline import Lifeline, parent

SOCKET_AT_MOST = 100
"""Bytes of a unix socket's path: 107 are allowed, see unix(7)."""
LAST_WORDS_S = 3.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
LIVED_S = 60.0
"""A worker that lived so long starts the pauses anew."""
LOOK_EVERY_S = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker is given. ``sent``: the agent's configuration that the one before it had; None for the first."""

    socket: Path
    sent: Mapping[str, str] | None
    supervisor: Lifeline
    say: int
    """Where it says, a JSON value a line, that it listens (``null``) and what it was configured with (an object)."""


Work = Callable[[Start], int]


class _Stop(Exception):
    """A request to end, by a signal."""


def supervise(work: Work) -> int:
    """Run ``work`` in children until one ends with 0, or the agent is gone; the exit code. The handshake goes to standard output.

    The first child must come to listen: where it doesn't, its exit code is the answer.
    """
    agent = parent()
    folder = Path(tempfile.mkdtemp(prefix="simulacra-plugin-", dir=_short_folder()))
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: it is the agent that ends, and us with it
    try:
        return _Supervisor(agent, folder / "plugin").run(work)
    except _Stop:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> str | None:
    """Where temporary folders are, unless a socket's path would become too long there."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) + len("/simulacra-plugin-12345678/plugin") <= SOCKET_AT_MOST else "/tmp"


def _stop(*_: Any) -> None:
    raise _Stop


class _Supervisor:
    def __init__(self, agent: Lifeline, socket: Path) -> None:
        self._agent, self._socket = agent, socket
        self._sent: Mapping[str, str] | None = None
        self._introduced = False

    def run(self, work: Work) -> int:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = self._one(work)
            if code == 0 or not self._introduced:
                return max(code, 0) if self._introduced else code or 1
            if time.monotonic() - began >= LIVED_S:
                pause_s = FIRST_PAUSE_S
            how = f"was killed by signal {-code}" if code < 0 else f"failed ({code})"
            _log.warning("the worker %s; another one takes its place", how)
            if self._agent.cut(pause_s):
                return 0
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _one(self, work: Work) -> int:
        """One worker from its start to its end: its exit code, or the negative signal that killed it; 0 where the agent has ended."""
        self._socket.unlink(missing_ok=True)
        hear, say = os.pipe()
        supervisor = os.getpid()
        worker = os.fork()
        if worker == 0:
            os.close(hear)
            _be_worker(work, self._socket, self._sent, Lifeline(supervisor), say)
        os.close(say)
        try:
            return self._listen(worker, hear)
        except _Stop:
            _end(worker)
            raise
        finally:
            os.close(hear)

    def _listen(self, worker: int, hear: int) -> int:
        """Take note of what the worker says until it has ended; its pipe closes when it does."""
        heard = b""
        with selectors.DefaultSelector() as selector:
            selector.register(hear, selectors.EVENT_READ)
            while True:
                if selector.select(LOOK_EVERY_S):
                    chunk = os.read(hear, 65536)
                    if not chunk:
                        return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
                    *lines, heard = (heard + chunk).split(b"\n")
                    for line in lines:
                        self._note(json.loads(line))
                if self._agent.cut():
                    _end(worker)
                    return 0

    def _note(self, said: Any) -> None:
        if said is not None:
            self._sent = said
        elif not self._introduced:
            sys.stdout.write(handshake.line(str(self._socket)))
            sys.stdout.flush()
            self._introduced = True


def _be_worker(work: Work, socket: Path, sent: Mapping[str, str] | None, supervisor: Lifeline, say: int) -> None:
    """In the child: work, and end without the supervisor's tidying up."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(2, 1)  # whatever is printed is for the agent's log: standard output is for the handshake
        code = work(Start(socket, sent, supervisor, say))
    except Exception:  # noqa: BLE001 - said here, since nobody else would say it
        _log.exception("the worker failed")
    finally:  # whatever comes, it must not run on into the supervisor's code
        logging.shutdown()
        os._exit(code)


def _end(worker: int) -> None:
    """Ask it to end, and see to it."""
    _signal(worker, signal.SIGTERM)
    deadline = time.monotonic() + LAST_WORDS_S
    while os.waitpid(worker, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            _signal(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
            return
        time.sleep(0.02)


def _signal(worker: int, number: signal.Signals) -> None:
    os.kill(worker, number)
