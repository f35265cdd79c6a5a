"""A plugin's worker: gRPC on a unix socket until the agent, or the process that keeps the worker, is gone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from simulacra.plugin.handshake import Kind
from simulacra.plugin.services import Methods, Services
from simulacra.plugin.session import Session
from simulacra.plugin.steering_port import Opener

CALLS_AT_ONCE = 8
LAST_CALLS_S = 1.0

_log = logging.getLogger(__name__)


class Worker:
    """Listens on ``socket`` from `start` on; ``keep`` is given each configuration that the agent sends, ``sent`` is the last one."""

    def __init__(
        self,
        kind: Kind,
        session: Session,
        socket: Path,
        keep: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._kind, self._session, self._keep = kind, session, keep
        self._ended = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="call"))
        self._server.add_generic_rpc_handlers((Services(self._methods),))
        self._server.add_insecure_port(f"unix:{socket}")  # raises RuntimeError where it can't

    def start(self) -> None:
        """Answer calls, from now on."""
        self._server.start()

    def end(self) -> None:
        """Let `wait` return; may be called from any thread, and from a signal handler."""
        self._ended.set()

    def wait(self) -> None:
        """Until somebody calls `end`; calls that are being answered have a moment to finish."""
        self._ended.wait()
        self._server.stop(LAST_CALLS_S).wait()
        self._session.close()

    def _methods(self) -> Methods:
        from simulacra.plugin.common import common_methods

        return {**common_methods(self._kind, self._session, self._keep, self.end), **_own_methods(self._kind, self._session)}


def _own_methods(kind: Kind, session: Session) -> Methods:
    if kind == "apm":
        from simulacra.plugin.apm import apm_methods

        return apm_methods(session)
    from simulacra.plugin.target import target_methods

    return target_methods(session)


def make_worker(
    kind: Kind, opener: Opener, grid: Path, sent: Mapping[str, str] | None, socket: Path, keep: Callable[[Mapping[str, str]], None]
) -> Worker:
    """A worker that has yet to be started; ``sent`` is the configuration that an earlier one was given, None for the first."""
    session = Session(opener, grid, sent)
    worker = Worker(kind, session, socket, keep)
    if sent is not None:
        session.warm_up()
    return worker
