"""One contract, kept by the real Consul behind the gateway and by the fake that other tests use; and a Consul that is guarded."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from dev_consul import NODE, ConsulAgent, dev_consul, without_consul
from fake_consul import FakeConsul

from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.gateways.consul import Consul, connect_consul
from simulacra.model.consul import ConsulNode
from simulacra.model.coordinates import Coordinate

Either = Consul | FakeConsul
SHELF = ConsulNode(NODE, "127.0.0.1", "dc1")
FAR = ConsulNode("far.lan", "fc00::12", "dc1", (("place", "attic"), ("shelf", "2")))
THERE = Coordinate("far.lan", (0.001, 0.0, -0.002, 0.0, 0.0, 0.0, 0.0, 0.0005), 0.00001, -0.0001, 0.25)
KEPT = (("grid/a key", "words — and more"), ("grid/b", ""), ("other", "x"))
ROOT_TOKEN = "5b3ea2ac-7b1a-4f7e-9a6f-3f1d7d7c9f10"


@pytest.fixture(scope="session")
def consul_agent(consul_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulAgent]:
    with dev_consul(consul_binary, tmp_path_factory.mktemp("consul")) as agent:
        agent.put("catalog/register", {"Node": FAR.name, "Address": FAR.address, "NodeMeta": dict(FAR.meta)})
        plain = {name.title(): value for name, value in asdict(THERE).items() if name != "machine"}
        agent.put("catalog/register", {"Node": "bare", "Address": "10.1.1.1"})
        for key, value in KEPT:
            agent.put(f"kv/{key.replace(' ', '%20')}", value)
        with contextlib.suppress(ValueError):  # it answers with nothing
            agent.put("coordinate/update", {"Node": FAR.name, "Coord": plain})
        yield agent


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.consul)])
def consul(request: pytest.FixtureRequest) -> Either:
    if request.param == "fake":
        own = replace(THERE, machine=NODE)
        return FakeConsul((SHELF, FAR, ConsulNode("bare", "10.1.1.1", "dc1")), (own, THERE), KEPT, (NODE,))
    agent: ConsulAgent = request.getfixturevalue("consul_agent")
    found = connect_consul(environment=agent.environment)
    assert found is not None
    settle(lambda: {it.machine for it in found.coordinates()} >= {NODE, FAR.name})
    return found


def settle(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_nodes_come_by_name_with_their_metadata(consul: Either) -> None:
    found = consul.nodes()
    assert [it.name for it in found] == ["bare", "far.lan", NODE]
    assert found[1] == FAR
    assert (found[2].address, found[2].datacenter) == ("127.0.0.1", "dc1")


def test_coordinates_come_by_name_and_only_of_those_that_have_one(consul: Either) -> None:
    found = consul.coordinates()
    assert [it.machine for it in found] == ["far.lan", NODE]
    assert found[0] == THERE
    assert len(found[1].vec) == 8


@pytest.mark.parametrize(("prefix", "kept"), [("grid/", KEPT[:2]), ("grid/a", KEPT[:1]), ("nothing", ())])
def test_keys_are_read_by_prefix(consul: Either, prefix: str, kept: tuple[tuple[str, str], ...]) -> None:
    assert consul.kv(prefix) == kept


def test_servers_and_leader(consul: Either) -> None:
    assert consul.servers() == (NODE,)
    leader = consul.leader()
    assert leader is not None
    assert leader.startswith("127.0.0.1:")


@pytest.mark.consul
def test_an_address_without_a_scheme_will_do(consul_agent: ConsulAgent) -> None:
    bare = connect_consul(environment={"CONSUL_HTTP_ADDR": consul_agent.address.removeprefix("http://")})
    assert bare is not None
    assert bare.servers() == (NODE,)


@pytest.mark.nomad
def test_what_isnt_consul_is_told_apart(nomad_agent: object) -> None:
    found = connect_consul(environment={"CONSUL_HTTP_ADDR": nomad_agent.address})  # type: ignore[attr-defined]
    assert found is not None
    with pytest.raises(Unreachable, match="what answers there isn't Consul's API"):
        found.coordinates()


@pytest.mark.consul
def test_who_lacks_a_token_is_told_so_and_no_token_is_ever_told(consul_binary: Path, tmp_path: Path) -> None:
    tokens = f'initial_management = "{ROOT_TOKEN}"\n    agent = "{ROOT_TOKEN}"'
    acl = f'acl {{\n  enabled = true\n  default_policy = "deny"\n  tokens {{\n    {tokens}\n  }}\n}}\n'
    with dev_consul(consul_binary, tmp_path, acl) as agent:

        def with_token(token: str) -> Consul:
            found = connect_consul(environment={**agent.environment, "CONSUL_HTTP_TOKEN": token})
            assert found is not None
            return found

        settle(lambda: bool(with_token(ROOT_TOKEN).nodes()))
        settle(lambda: bool(with_token(ROOT_TOKEN).coordinates()))
        wrong = "11111111-2222-3333-4444-555555555555"
        for asked in (lambda it: it.nodes(), lambda it: it.coordinates(), lambda it: it.kv("x")):
            with pytest.raises(Refusal, match=r"the token lacks the right to .* CONSUL_HTTP_TOKEN") as refused:
                asked(with_token(wrong))
            assert wrong not in str(refused.value)


@pytest.mark.consul
def test_tls_is_verified_and_certificates_are_shown(consul_binary: Path, tmp_path: Path) -> None:
    def make(*arguments: str) -> None:
        subprocess.run([consul_binary, "tls", *arguments], cwd=tmp_path, check=True, capture_output=True, env=without_consul())

    make("ca", "create")
    make("cert", "create", "-server", "-dc", "dc1")
    make("cert", "create", "-client", "-dc", "dc1")
    authority = tmp_path / "consul-agent-ca.pem"
    pair = [f'cert_file = "{tmp_path}/dc1-server-consul-0.pem"', f'key_file = "{tmp_path}/dc1-server-consul-0-key.pem"']
    files = "\n  ".join([f'ca_file = "{authority}"', *pair])
    with dev_consul(consul_binary, tmp_path, f"tls {{ https {{\n  {files}\n  verify_incoming = false\n}} }}\n", authority) as agent:

        def servers(**more: str) -> tuple[str, ...]:
            found = connect_consul(environment={**agent.environment, **more})
            assert found is not None
            return Consul(replace(found.settings, patience_s=0.0)).servers()

        with pytest.raises(Unreachable, match=r"isn't signed by a CA known here.*CONSUL_CACERT"):
            servers()
        assert servers(CONSUL_CACERT=str(authority)) == (NODE,)
        assert servers(CONSUL_CACERT=str(authority), CONSUL_TLS_SERVER_NAME="server.dc1.consul") == (NODE,)
        assert servers(CONSUL_HTTP_SSL_VERIFY="false") == (NODE,)
        plain = agent.address.removeprefix("https://")
        assert servers(CONSUL_HTTP_ADDR=plain, CONSUL_HTTP_SSL="true", CONSUL_CACERT=str(authority)) == (NODE,)
        client = {
            "CONSUL_CLIENT_CERT": f"{tmp_path}/dc1-client-consul-0.pem",
            "CONSUL_CLIENT_KEY": f"{tmp_path}/dc1-client-consul-0-key.pem",
        }
        assert servers(CONSUL_CACERT=str(authority), **client) == (NODE,)
        with pytest.raises(Usage, match=r"CONSUL_CACERT: .* can't be read as PEM"):
            servers(CONSUL_CACERT=str(tmp_path / "none.pem"))
