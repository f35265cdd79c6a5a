"""One connection to Nomad: how each request is asked, tried again and, where it fails, told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import nomad
import nomad.api.exceptions
import requests
from nomad.api.base import Requester

from simulacra.faults import Fault
from simulacra.gateways.nomad_faults import NOMAD, NotThere, fault_of
from simulacra.gateways.nomad_session import session_for
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.patience import Patience

CONNECT_S, ANSWER_S = 3.05, 30.0
ANY_NAMESPACE = "*"

T = TypeVar("T")


class NomadConnection:
    """What the gateway's classes have in common. ``tell`` is called once with a line for people where Nomad lets itself be waited for.

    Every method of theirs raises `Unreachable` when Nomad doesn't answer for ``patience_s``, `Refusal` when it refuses. They may
    be called from several threads at once.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self._seen: set[str] = set()
        self._patience = Patience(NOMAD.name, settings, tell)
        self._api = nomad.Nomad(
            address=settings.address,
            secure=settings.secure,
            token=settings.token,
            region=settings.region,
            namespace=settings.namespace,
            timeout=(CONNECT_S, ANSWER_S),
            verify=settings.verify,
            session=session_for(settings),
        )
        self._metadata = _ClientMetadata(**self._api.requester_settings)
        _only((*vars(self._api).values(), *vars(self._api.client).values(), self._api.status.leader, self._metadata), settings)

    def _ask(self, what: str, call: Callable[[], T], repeat: bool = True, may_lack: bool = False) -> T:
        """Carry out one request; ``repeat`` False: again only if the first surely did nothing.

        Raises `NotThere` only if ``may_lack``: else whoever doesn't know the request isn't Nomad.
        """

        def once() -> T:
            try:
                return call()
            except nomad.api.exceptions.BaseNomadException as error:
                raise self._fault(error, what) from error
            except requests.exceptions.RequestException as error:
                raise fault_of(error, self.settings, what) from error

        try:
            return self._patience.ask(once, repeat)
        except NotThere as missing:
            if may_lack:
                raise
            raise NOMAD.foreign(self.settings) from missing

    def _index(self, table: str, request: Callable[..., requests.Response]) -> int:
        """The index of a table, by a list of it in the grid's own namespace; ``table`` names the right to that."""
        params = given({"namespace": self.settings.namespace, "per_page": 1})
        return int(self._ask(f"list {table}", lambda: request(method="get", params=dict(params))).headers["X-Nomad-Index"])

    def _visible(self, table: str, request: Callable[..., requests.Response]) -> None:
        """Raises `Denied` for a token that may not list the table in the grid's own namespace: a list over all namespaces leaves those out
        that it may not see, without a word.
        """
        if self.settings.token is not None and table not in self._seen:
            self._index(table, request)
            self._seen.add(table)

    def _fault(self, error: nomad.api.exceptions.BaseNomadException, what: str) -> Fault:
        return fault_of(error.nomad_resp, self.settings, what)


class _ClientMetadata(Requester):  # type: ignore[misc]
    """A client's dynamic metadata, for which python-nomad has no endpoint of its own."""

    ENDPOINT = "client/metadata"


def _only(endpoints: tuple[object, ...], settings: Settings) -> None:
    """Where a setting is None python-nomad looks into os.environ by itself: only ours count. Certificates are the session's."""
    for endpoint in endpoints:
        if isinstance(endpoint, Requester):
            endpoint.token, endpoint.namespace, endpoint.region, endpoint.cert = settings.token, settings.namespace, settings.region, ()


def quoted(name: object) -> str:
    """A name as one part of a path."""
    return quote(str(name), safe="")


def given(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that have a value."""
    return {name: value for name, value in params.items() if value is not None}
