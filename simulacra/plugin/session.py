"""The grid that a plugin works on: opened once, when it is first needed, for the configuration that the agent sent last."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from simulacra.faults import Fault
from simulacra.plugin.configuration import grid_of
from simulacra.plugin.hclog import Saying
from simulacra.plugin.steering_port import Opener, Steering

_log = logging.getLogger(__name__)


class Session:
    """``grid`` is the folder of definitions unless the agent's configuration names another. Safe to use from several threads."""

    def __init__(self, opener: Opener, grid: Path, sent: Mapping[str, str] | None = None) -> None:
        self._opener, self._grid, self._sent = opener, grid, dict(sent or {})
        self._steering: Steering | None = None
        self._lock = threading.Lock()

    def configure(self, sent: Mapping[str, str]) -> None:
        """Take the agent's configuration; a grid that is open stays open where nothing has changed. Raises `Usage`."""
        grid_of(sent, self._grid)
        with self._lock:
            if dict(sent) != self._sent:
                self._close()
                self._sent = dict(sent)

    def steering(self) -> Steering:
        """The open grid; raises `Fault` where it can't be opened now, and tries again the next time."""
        with self._lock:
            if self._steering is None:
                self._steering = self._opener(grid_of(self._sent, self._grid), self._sent, Saying(_log))
            return self._steering

    def warm_up(self) -> None:
        """Open it in the background: the agent doesn't wait long for the first `Status`."""
        threading.Thread(target=self._open_early, name="warm-up", daemon=True).start()

    def close(self) -> None:
        """Let go of the grid, if it is open."""
        with self._lock:
            self._close()

    def _open_early(self) -> None:
        try:
            self.steering()
        except Fault as fault:
            _log.warning("%s", fault)

    def _close(self) -> None:
        steering, self._steering = self._steering, None
        if steering is not None:
            try:
                steering.close()
            except Fault as fault:
                _log.warning("%s", fault)
