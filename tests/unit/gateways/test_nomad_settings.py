from __future__ import annotations

import pytest

from simulacra.faults import Usage
from simulacra.gateways.nomad_session import session_for
from simulacra.gateways.nomad_settings import proxy_for, settings_from
from simulacra.model.settings import NomadServer

GRID = NomadServer(address="http://[200:1::1]:4646/", region="eu", namespace="mine")


def test_the_environment_wins_over_the_grid_and_the_grid_over_the_default() -> None:
    assert settings_from({}).address == "http://127.0.0.1:4646"
    mine = settings_from({}, GRID)
    assert (mine.address, mine.region, mine.namespace) == ("http://[200:1::1]:4646", "eu", "mine")
    theirs = settings_from({"NOMAD_ADDR": "https://n:1", "NOMAD_REGION": "us", "NOMAD_NAMESPACE": "ours", "NOMAD_TOKEN": "t"}, GRID)
    assert (theirs.address, theirs.region, theirs.namespace, theirs.token, theirs.secure) == ("https://n:1", "us", "ours", "t", True)


def test_empty_variables_are_as_if_unset() -> None:
    assert settings_from({"NOMAD_ADDR": "", "NOMAD_TOKEN": "", "NOMAD_CACERT": ""}) == settings_from({})


@pytest.mark.parametrize(
    ("text", "verify"), [("", True), ("false", True), ("0", True), ("perhaps", True), ("1", False), ("true", False), ("T", False)]
)
def test_tls_is_verified_unless_told_otherwise(text: str, verify: bool) -> None:
    assert settings_from({"NOMAD_SKIP_VERIFY": text}).verify is verify


@pytest.mark.parametrize("address", ["127.0.0.1:4646", "nomad", "ftp://nomad", "http://"])
def test_what_is_no_address_is_wrong_usage(address: str) -> None:
    with pytest.raises(Usage, match="write it as http://HOST:PORT"):
        settings_from({"NOMAD_ADDR": address})


@pytest.mark.parametrize(
    ("around", "auth"),
    [
        ({"NOMAD_ADDR": "https://ada:pass%40word@n:1/x"}, ("ada", "pass@word")),
        ({"NOMAD_ADDR": "https://ada@n:1/x"}, ("ada", "")),
        ({"NOMAD_ADDR": "https://ada:no@n:1/x", "NOMAD_HTTP_AUTH": "bob:yes"}, ("bob", "yes")),
        ({"NOMAD_ADDR": "https://n:1/x"}, None),
    ],
)
def test_a_password_in_the_address_is_no_part_of_what_is_printed(around: dict[str, str], auth: tuple[str, str] | None) -> None:
    found = settings_from(around)
    assert (found.address, found.basic_auth) == ("https://n:1/x", auth)


@pytest.mark.parametrize("address", ["ada:s3cret@n:1", "unix://ada:s3cret@n", "ftp://ada:s3cret@n"])
def test_nor_of_what_is_said_of_a_wrong_one(address: str) -> None:
    with pytest.raises(Usage) as refused:
        settings_from({"NOMAD_ADDR": address})
    assert "s3cret" not in str(refused.value)


def test_a_unix_socket_is_refused_in_plain_words() -> None:
    with pytest.raises(Usage, match="unix socket"):
        settings_from({"NOMAD_ADDR": "unix:///run/nomad.sock"})


def test_half_a_client_certificate_is_wrong_usage() -> None:
    with pytest.raises(Usage, match="belong together"):
        settings_from({"NOMAD_CLIENT_CERT": "c.pem"})


def test_basic_auth() -> None:
    assert settings_from({"NOMAD_HTTP_AUTH": "me:se:cret"}).basic_auth == ("me", "se:cret")
    assert settings_from({"NOMAD_HTTP_AUTH": "me"}).basic_auth == ("me", "")


@pytest.mark.parametrize(
    ("address", "no_proxy", "proxied"),
    [
        ("http://nomad.example:4646", "", True),
        ("http://localhost:4646", "", False),
        ("http://127.0.0.2:4646", "", False),
        ("http://[::1]:4646", "", False),
        ("http://[200:1::1]:4646", "", True),
        ("http://[200:1::1]:4646", "200::/7", False),
        ("http://[200:1::1]:4646", "200:1:0::1", False),
        ("http://10.1.2.3:4646", "192.168.0.0/16, 10.0.0.0/8", False),
        ("http://nomad.example:4646", "example", False),
        ("http://nomad.example:4646", ".example", False),
        ("http://nomad.example:4646", "*.example", False),
        ("http://nomadexample:4646", "example", True),
        ("http://nomad.example:4646", "nomad.example:4647", True),
        ("http://nomad.example:4646", "nomad.example:4646", False),
        ("http://nomad.example:4646", "*", False),
        ("https://nomad.example", "", False),
    ],
)
def test_proxies_are_taken_as_by_go(address: str, no_proxy: str, proxied: bool) -> None:
    environment = {"HTTP_PROXY": "proxy:3128", "NO_PROXY": no_proxy}
    assert proxy_for(address, environment) == ("http://proxy:3128" if proxied else None)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("variables", [("NOMAD_CACERT",), ("NOMAD_CAPATH",), ("NOMAD_CLIENT_CERT", "NOMAD_CLIENT_KEY")])
def test_files_that_are_not_there_are_wrong_usage(scheme: str, variables: tuple[str, ...]) -> None:
    environment = {"NOMAD_ADDR": f"{scheme}://n:1"} | dict.fromkeys(variables, "/no/such/file")
    with pytest.raises(Usage, match=f"{variables[0]}.*/no/such/file"):
        session_for(settings_from(environment))


def test_the_session_takes_nothing_else_from_the_environment() -> None:
    session = session_for(settings_from({"NOMAD_ADDR": "http://n:1", "HTTP_PROXY": "http://p:3128"}))
    assert not session.trust_env
    assert session.proxies == {"http": "http://p:3128", "https": "http://p:3128"}
    assert session_for(settings_from({})).proxies == {}
