"""Where Consul is, as CONSUL_* and the definitions say it."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from simulacra.faults import Unreachable, Usage
from simulacra.gateways.consul import Consul, connect_consul
from simulacra.gateways.consul_settings import consul_settings
from simulacra.gateways.nomad_settings import Settings
from simulacra.model.grid import Grid
from simulacra.model.settings import ConsulServer


@pytest.mark.parametrize(
    ("environment", "defined", "address"),
    [
        ({"CONSUL_HTTP_ADDR": "10.1.1.1:8500"}, None, "http://10.1.1.1:8500"),
        ({"CONSUL_HTTP_ADDR": "[fc00::1]:8500"}, None, "http://[fc00::1]:8500"),
        ({"CONSUL_HTTP_ADDR": "https://consul:8501/"}, None, "https://consul:8501"),
        ({"CONSUL_HTTP_ADDR": "http://consul:8501", "CONSUL_HTTP_SSL": "true"}, None, "https://consul:8501"),
        ({"CONSUL_HTTP_ADDR": "consul:8500", "CONSUL_HTTP_SSL": "false"}, None, "http://consul:8500"),
        ({"CONSUL_HTTP_ADDR": "here:1"}, "http://there:2", "http://here:1"),
        ({}, "http://there:2", "http://there:2"),
    ],
)
def test_the_environment_wins_over_the_definitions(environment: dict[str, str], defined: str | None, address: str) -> None:
    found = consul_settings(environment, ConsulServer(defined) if defined else None)
    assert found is not None
    assert found.address == address


def test_where_nothing_says_so_there_is_none() -> None:
    assert connect_consul(Grid("trial"), {"CONSUL_HTTP_TOKEN": "x"}) is None
    assert connect_consul(environment={"CONSUL_HTTP_ADDR": ""}) is None


def test_the_rest_is_taken_over() -> None:
    environment = {
        "CONSUL_HTTP_ADDR": "https://c:1",
        "CONSUL_HTTP_TOKEN": "secret",
        "CONSUL_CACERT": "ca.pem",
        "CONSUL_CAPATH": "cas",
        "CONSUL_CLIENT_CERT": "cert.pem",
        "CONSUL_CLIENT_KEY": "key.pem",
        "CONSUL_TLS_SERVER_NAME": "server.dc1.consul",
        "CONSUL_HTTP_SSL_VERIFY": "false",
        "CONSUL_HTTP_AUTH": "me:pass",
    }
    assert consul_settings(environment) == Settings(
        address="https://c:1",
        token="secret",
        ca_file="ca.pem",
        ca_folder="cas",
        client_certificate="cert.pem",
        client_key="key.pem",
        server_name="server.dc1.consul",
        verify=False,
        basic_auth=("me", "pass"),
        variables="CONSUL",
    )


@pytest.mark.parametrize("address", ["unix:///run/consul.sock", "http://", "consul:port", "ftp://consul"])
def test_what_isnt_an_address_is_refused(address: str) -> None:
    with pytest.raises(Usage, match=r"Consul's address .* isn't one that simulacra speaks to"):
        consul_settings({"CONSUL_HTTP_ADDR": address})


def test_certificate_and_key_belong_together() -> None:
    with pytest.raises(Usage, match="CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY belong together"):
        consul_settings({"CONSUL_HTTP_ADDR": "c:1", "CONSUL_CLIENT_CERT": "x"})


def test_a_consul_that_isnt_there_is_unreachable_and_its_address_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "elsewhere:1")  # python-consul2 looks there by itself
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = connect_consul(environment={"CONSUL_HTTP_ADDR": f"127.0.0.1:{port}", "CONSUL_HTTP_TOKEN": "secret"})
    assert found is not None
    with pytest.raises(Unreachable, match=rf"Consul at http://127.0.0.1:{port} can't be reached: connection refused; check CONSUL") as told:
        Consul(replace(found.settings, patience_s=0.0)).nodes()
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(("given", "secret"), [("http://ada:s3cret@c:8500", "s3cret"), ("ada:s3cret@c:8500", "s3cret")])
def test_a_password_in_the_address_is_kept_apart(given: str, secret: str) -> None:
    found = consul_settings({"CONSUL_HTTP_ADDR": given})
    assert found is not None
    assert (found.address, found.basic_auth) == ("http://c:8500", ("ada", secret))


def test_nor_is_it_said_of_a_wrong_address() -> None:
    with pytest.raises(Usage) as refused:
        consul_settings({"CONSUL_HTTP_ADDR": "ftp://ada:s3cret@c:0"})
    assert "s3cret" not in str(refused.value)
