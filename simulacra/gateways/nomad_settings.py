"""How to reach Nomad: NOMAD_* as the nomad command line reads them, then what the grid's definitions say.

Source: ``DefaultConfig`` and ``ConfigureTLS`` in nomad's api package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit, urlunsplit

from simulacra.faults import Usage
from simulacra.model.settings import NomadServer

DEFAULT_ADDRESS = "http://127.0.0.1:4646"
TRUE = {"1", "t", "T", "TRUE", "true", "True"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Nomad (or Consul) is and who we are to it. ``patience_s``: how long to try again before giving up; ``variables``: how the
    names of the environment's variables begin, for messages.
    """

    address: str = DEFAULT_ADDRESS
    token: str | None = None
    region: str | None = None
    namespace: str | None = None
    ca_file: str | None = None
    ca_folder: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    server_name: str | None = None
    verify: bool = True
    basic_auth: tuple[str, str] | None = None
    proxy: str | None = None
    patience_s: float = 10.0
    variables: str = "NOMAD"

    @property
    def secure(self) -> bool:
        return self.address.startswith("https://")

    @property
    def on_this_machine(self) -> bool:
        host = (urlsplit(self.address).hostname or "").lower()
        return host == "localhost" or _is_loopback(host)


def settings_from(environment: Mapping[str, str], grid: NomadServer | None = None) -> Settings:
    """The settings of an environment; where it is silent, those of the grid's definitions; raises `Usage`."""
    server = grid or NomadServer()
    address, named = without_password(_address(environment.get("NOMAD_ADDR") or server.address or DEFAULT_ADDRESS))
    certificate, key = environment.get("NOMAD_CLIENT_CERT") or None, environment.get("NOMAD_CLIENT_KEY") or None
    if (certificate is None) != (key is None):
        raise Usage("NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY belong together: set both, or neither")
    user, _, password = environment.get("NOMAD_HTTP_AUTH", "").partition(":")
    return Settings(
        address=address,
        token=environment.get("NOMAD_TOKEN") or None,
        region=environment.get("NOMAD_REGION") or server.region,
        namespace=environment.get("NOMAD_NAMESPACE") or server.namespace,
        ca_file=environment.get("NOMAD_CACERT") or None,
        ca_folder=environment.get("NOMAD_CAPATH") or None,
        client_certificate=certificate,
        client_key=key,
        server_name=environment.get("NOMAD_TLS_SERVER_NAME") or None,
        verify=environment.get("NOMAD_SKIP_VERIFY", "") not in TRUE,
        basic_auth=(user, password) if user or password else named,
        proxy=proxy_for(address, environment),
    )


def without_password(address: str) -> tuple[str, tuple[str, str] | None]:
    """The address without the name and password that may stand in it (``http://NAME:PASSWORD@HOST``), and these: addresses are printed."""
    parts = urlsplit(address)
    named, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    user, _, password = named.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def _address(text: str) -> str:
    parts, shown = urlsplit(text), text.rpartition("@")[2]
    if parts.scheme == "unix":
        raise Usage(
            f"Nomad's address {shown!r} is a unix socket, which simulacra doesn't speak: set NOMAD_ADDR to an http:// or https:// address"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Usage(
            f"Nomad's address {shown!r} isn't one: write it as http://HOST:PORT or https://HOST:PORT (NOMAD_ADDR, or address in nomad {{}})"
        )
    return text.rstrip("/")


def proxy_for(address: str, environment: Mapping[str, str]) -> str | None:
    """The proxy that Go's ``http.ProxyFromEnvironment`` takes for this address: never one for the loopback."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    name = f"{parts.scheme}_proxy"
    proxy = environment.get(name.upper()) or environment.get(name)
    if not proxy or host == "localhost" or _is_loopback(host):
        return None
    exceptions = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if any(_excepted(host, port, entry.strip().lower()) for entry in exceptions.split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _excepted(host: str, port: int, entry: str) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    if "/" in entry:
        try:
            return ip_address(host) in ip_network(entry, strict=False)
        except ValueError:
            return False
    try:
        return ip_address(host) == ip_address(entry.strip("[]"))
    except ValueError:
        pass
    name, colon, wanted_port = entry.rpartition(":")
    if colon and wanted_port.isdigit():
        if int(wanted_port) != port:
            return False
        entry = name.strip("[]")
    entry = entry.removeprefix("*")
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")
