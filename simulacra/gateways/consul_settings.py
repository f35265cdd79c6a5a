"""How to reach Consul: CONSUL_* as the consul command line reads them, then what the grid's definitions say.

Source: ``defaultConfig`` and ``NewClient`` in consul's api package.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from simulacra.faults import Usage
from simulacra.gateways.nomad_settings import TRUE, Settings, proxy_for, without_password
from simulacra.model.settings import ConsulServer

_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


def consul_settings(environment: Mapping[str, str], consul: ConsulServer | None = None) -> Settings | None:
    """The settings of an environment; where it is silent, those of the grid's definitions; None where neither says that there is a
    Consul. Raises `Usage`.
    """
    given = environment.get("CONSUL_HTTP_ADDR") or (consul.address if consul is not None else None)
    if not given:
        return None
    certificate, key = environment.get("CONSUL_CLIENT_CERT") or None, environment.get("CONSUL_CLIENT_KEY") or None
    if (certificate is None) != (key is None):
        raise Usage("CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY belong together: set both, or neither")
    address, named = without_password(_address(given, environment.get("CONSUL_HTTP_SSL", "") in TRUE))
    user, _, password = environment.get("CONSUL_HTTP_AUTH", "").partition(":")
    return Settings(
        address=address,
        token=environment.get("CONSUL_HTTP_TOKEN") or None,
        ca_file=environment.get("CONSUL_CACERT") or None,
        ca_folder=environment.get("CONSUL_CAPATH") or None,
        client_certificate=certificate,
        client_key=key,
        server_name=environment.get("CONSUL_TLS_SERVER_NAME") or None,
        verify=environment.get("CONSUL_HTTP_SSL_VERIFY", "") not in _FALSE,
        basic_auth=(user, password) if user or password else named,
        proxy=proxy_for(address, environment),
        variables="CONSUL",
    )


def _address(text: str, secure: bool) -> str:
    """With its scheme: the command line takes HOST:PORT as well, and CONSUL_HTTP_SSL wins over ``http://``."""
    whole = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        todo = "write it as HOST:PORT, http://HOST:PORT or https://HOST:PORT (CONSUL_HTTP_ADDR, or address in consul {})"
        raise Usage(f"Consul's address {text.rpartition('@')[2]!r} isn't one that simulacra speaks to: {todo}")
    scheme = "https" if secure else parts.scheme
    return f"{scheme}://{parts.netloc}{parts.path}".rstrip("/")
