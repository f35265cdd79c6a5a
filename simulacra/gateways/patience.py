"""Asking again for as long as it may help, and telling people that it takes time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from simulacra.gateways.connection_faults import Transient
from simulacra.gateways.nomad_settings import Settings

TELL_AFTER_S = 1.5

T = TypeVar("T")


class Patience:
    """Asks one server, ``name`` for people, for ``patience_s`` at most. ``tell`` is called once with a line where it lets itself be
    waited for. It may be asked from several threads at once.
    """

    def __init__(self, name: str, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        self._name, self._settings, self._tell = name, settings, tell

    def ask(self, once: Callable[[], T], repeat: bool = True) -> T:
        """The answer; ``once`` raises `Transient` where asking again may help. ``repeat`` False: again only if the first surely did
        nothing. Raises what ``once`` raised last.
        """

        def again(error: BaseException) -> bool:
            return isinstance(error, Transient) and (repeat or error.untouched)

        retrying = Retrying(
            stop=stop_after_delay(self._settings.patience_s),
            wait=wait_random_exponential(multiplier=0.2, max=2.0),
            retry=retry_if_exception(again),
            before_sleep=self._waited,
            reraise=True,
        )
        return retrying(once)

    def _waited(self, state: RetryCallState) -> None:
        tell = self._tell
        if tell is not None and (state.seconds_since_start or 0.0) >= TELL_AFTER_S:
            self._tell = None
            tell(f"{self._name} at {self._settings.address} doesn't answer yet; trying for {self._settings.patience_s:.0f} s")
