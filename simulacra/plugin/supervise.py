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
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulacra.plugin import handshake
from simulacra.plugin.lifeline import Lifeline

SOCKET_AT_MOST = 100
"""Bytes of a unix socket's path: 107 are allowed, see unix(7)."""
LAST_WORDS_S = 3.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
LIVED_S = 60.0
"""A worker that lived so long starts the pauses anew."""
LOOK_EVERY_S = 0.5

_log = logging.getLogger(__name__)


class _Stop(Exception):
    """A request to end, by a signal."""


def supervise(command: Sequence[str]) -> int:
    """Run the command until it ends with 0, or the agent is gone; the exit code. The handshake goes to standard output.

    Its last argument is the socket to listen on. It reads one line of JSON, the configuration that the one before it had (``null`` for
    the first), and ends when nothing more can be read: then its supervisor is gone. It writes lines of JSON: ``null`` once it listens,
    and each configuration that it is sent. The first must come to listen: where it doesn't, its exit code is the answer.
    """
    agent = Lifeline(os.getppid())
    folder = Path(tempfile.mkdtemp(prefix="simulacra-plugin-", dir=_short_folder()))
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: it is the agent that ends, and us with it
    try:
        return _Supervisor(agent, folder / "plugin").run(command)
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
        self._sent: Any = None
        self._introduced = False

    def run(self, command: Sequence[str]) -> int:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = self._one(command)
            if code == 0 or not self._introduced:
                return code if self._introduced else abs(code) or 1
            if time.monotonic() - began >= LIVED_S:
                pause_s = FIRST_PAUSE_S
            how = f"was killed by signal {-code}" if code < 0 else f"failed ({code})"
            _log.warning("the worker %s; another one takes its place", how)
            if self._agent.cut(pause_s):
                return 0
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _one(self, command: Sequence[str]) -> int:
        """One worker from its start to its end: its exit code, or the negative signal that killed it; 0 where the agent has ended."""
        self._socket.unlink(missing_ok=True)
        with subprocess.Popen([*command, str(self._socket)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as worker:
            try:
                return self._listen(worker)
            finally:
                _end(worker)

    def _listen(self, worker: subprocess.Popen[bytes]) -> int:
        """Take note of what the worker says until it has ended; its pipe closes when it does."""
        assert worker.stdin is not None
        assert worker.stdout is not None
        heard = b""
        try:
            worker.stdin.write(json.dumps(self._sent).encode() + b"\n")
        except BrokenPipeError:
            return worker.wait()
        with selectors.DefaultSelector() as selector:
            selector.register(worker.stdout, selectors.EVENT_READ)
            while not self._agent.cut():
                if selector.select(LOOK_EVERY_S):
                    chunk = worker.stdout.read(65536)
                    if not chunk:
                        return worker.wait()
                    *lines, heard = (heard + chunk).split(b"\n")
                    for line in lines:
                        self._note(json.loads(line))
        return 0

    def _note(self, said: Any) -> None:
        if said is not None:
            self._sent = said
        elif not self._introduced:
            sys.stdout.write(handshake.line(str(self._socket)))
            sys.stdout.flush()
            self._introduced = True


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and see to it."""
    if worker.poll() is None:
        worker.terminate()
        try:
            worker.wait(LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            worker.kill()
