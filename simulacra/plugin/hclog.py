"""Log lines as the agent takes them from its plugins: one JSON object a line on standard error.

Source: ``parseJSON`` in go-plugin 1.8.0, and hclog's JSON format.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

_LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warn", logging.ERROR: "error", logging.CRITICAL: "error"}
_REMEMBERED = 1000


class Hclog(logging.Formatter):
    """``module`` is the plugin's name."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._module = module

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        said = {"@level": _LEVELS.get(record.levelno, "info"), "@message": record.getMessage(), "@module": self._module, "@timestamp": at}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_to_agent(module: str) -> None:
    """From now on everything that is logged goes to the agent; our own lines from DEBUG on, others' from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Hclog(module))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("simulacra").setLevel(logging.DEBUG)
    logging.captureWarnings(True)


class Saying:
    """Says lines at INFO; one that was said less than ``again_s`` ago only at DEBUG: the agent asks every few seconds."""

    def __init__(self, log: logging.Logger, again_s: float = 300.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._again_s, self._clock = log, again_s, clock
        self._said: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        now = self._clock()
        new = now - self._said.get(text, -self._again_s) >= self._again_s
        if new:
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            self._said[text] = now
        self._log.log(logging.INFO if new else logging.DEBUG, "%s", text)
