"""The HTTP session to Nomad or Consul: TLS is verified, with the same roots, names and certificates as their command lines."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from simulacra.faults import Usage
from simulacra.gateways.nomad_settings import Settings

AT_ONCE = 32
"""So many requests are under way at the same time, each on a connection that is kept: Nomad allows a hundred for each address."""


def session_for(settings: Settings) -> requests.Session:
    """A session that takes nothing from the environment (no netrc, no REQUESTS_CA_BUNDLE); raises `Usage`."""
    session = requests.Session()
    session.trust_env = False
    session.auth = settings.basic_auth
    if settings.on_this_machine:
        # packing and unpacking large answers takes longer than handing them over as they are
        session.headers["Accept-Encoding"] = "identity"
    if settings.proxy is not None:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}
    session.mount("http://", HTTPAdapter(pool_maxsize=AT_ONCE, pool_block=True))
    # as by `nomad`, files that can't be used are refused at a plain address too
    if settings.secure or settings.ca_file or settings.ca_folder or settings.client_certificate:
        session.mount("https://", _Tls(tls_context(settings), settings.server_name))
        if not settings.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return session


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 at least; the roots of NOMAD_CACERT, else of NOMAD_CAPATH (or CONSUL_…), else the system's; raises `Usage`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None:
        _trust(context, Path(settings.ca_file), f"{settings.variables}_CACERT")
    elif settings.ca_folder is not None:
        _trust_folder(context, Path(settings.ca_folder), f"{settings.variables}_CAPATH")
    else:
        context.load_default_certs()
    if settings.client_certificate is not None and settings.client_key is not None:
        try:
            context.load_cert_chain(settings.client_certificate, settings.client_key)
        except (OSError, ssl.SSLError) as error:
            certificate = f"{settings.variables}_CLIENT_CERT {settings.client_certificate}"
            raise Usage(f"{certificate} with {settings.variables}_CLIENT_KEY {settings.client_key} can't be used: {error}") from error
    return context


def _trust(context: ssl.SSLContext, file: Path, variable: str) -> None:
    try:
        context.load_verify_locations(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise Usage(f"{variable}: {file} can't be read as PEM certificates: {error}") from error


def _trust_folder(context: ssl.SSLContext, folder: Path, variable: str) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    if not files:
        raise Usage(f"{variable}: {folder} isn't a folder with certificates")
    for file in files:
        _trust(context, file, variable)


class _Tls(HTTPAdapter):
    """Uses one given context, to which requests' own bundle of roots isn't added."""

    def __init__(self, context: ssl.SSLContext, server_name: str | None) -> None:
        self._pool_options: dict[str, Any] = {"ssl_context": context}
        if server_name is not None:
            self._pool_options |= {"server_hostname": server_name, "assert_hostname": server_name}
        super().__init__(pool_maxsize=AT_ONCE, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._pool_options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, **self._pool_options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 - the context has them all
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
