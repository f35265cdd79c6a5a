"""To notice the end of the process that started this one, however it ends: an agent that is killed leaves its plugins running."""

from __future__ import annotations

import os
import select
import time

LOOK_EVERY_S = 0.5


class Lifeline:
    """On the parent, by its id."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle: int | None
        try:
            self._handle = os.pidfd_open(pid)
        except OSError:  # a kernel before 5.3, or a sandbox
            self._handle = None

    def cut(self, within_s: float = 0.0) -> bool:
        """Whether the process has ended, now or within so many seconds."""
        if self._handle is not None:
            return bool(select.select([self._handle], [], [], within_s)[0])
        end = time.monotonic() + within_s
        while os.getppid() == self.pid:
            if time.monotonic() >= end:
                return False
            time.sleep(min(LOOK_EVERY_S, within_s))
        return True
