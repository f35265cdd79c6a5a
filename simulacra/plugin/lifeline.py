"""To notice the end of another process, however it ends; go-plugin's agents leave their plugins running when they are killed."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.5


class Lifeline:
    """On one process, by its id. Made while that process surely lives, it never mistakes another with the same id for it."""

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

    def watch(self, gone: Callable[[], None]) -> None:
        """Call ``gone`` once the process has ended, from a thread of its own."""
        threading.Thread(target=self._watch, args=(gone,), name="lifeline", daemon=True).start()

    def _watch(self, gone: Callable[[], None]) -> None:
        while not self.cut(3600.0):
            pass
        gone()


def parent() -> Lifeline:
    """On the process that started this one. Without a pidfd only a parent can be watched."""
    return Lifeline(os.getppid())
