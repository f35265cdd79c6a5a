"""``discover`` and ``zones discover`` against a real Consul, where there is no Nomad yet; and without any Consul."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from dev_agent import clean_environment, free_ports
from dev_consul import ConsulAgent, dev_consul

from simulacra.definitions import load
from simulacra.observe.consul_machines import NEIGHBOURS

pytestmark = pytest.mark.consul
PLACES_MS = {"nas": 0.0, "tower": 0.4, "mini": 14.0, "desk": 14.3}
GRID = """
grid "trial" {}
zone "attic" {}
zone "office" {}

machine "nas" {
  zone = "attic"
}

machine "mini" {
  zone = "office"
}
"""


@pytest.fixture(scope="module")
def agent(consul_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulAgent]:
    """Four machines in two places, a node without a coordinate and one whose name no definition may have."""
    with dev_consul(consul_binary, tmp_path_factory.mktemp("consul")) as agent:
        for number, (name, ms) in enumerate(PLACES_MS.items()):
            agent.put("catalog/register", {"Node": name, "Address": f"fc00::{number + 1}"})
            vec = [ms / 1000, *([0.0] * 7)]
            with suppress(ValueError):  # it answers with nothing
                agent.put("coordinate/update", {"Node": name, "Coord": {"Vec": vec, "Error": 0.2, "Adjustment": 0.0, "Height": 0.00001}})
        agent.put("catalog/register", {"Node": "a b", "Address": "10.0.0.9"})
        agent.put(f"kv/{NEIGHBOURS}key.k/cjdns_ipv6_address", "fc00::99")
        agent.put(f"kv/{NEIGHBOURS}key.k/uuid", "0f6e3c1e")
        yield agent


def simulacra(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("CONSUL_")}
    environment |= {"NOMAD_ADDR": f"http://127.0.0.1:{free_ports(1)[0]}", **more}
    command = [sys.executable, "-m", "simulacra.cli.main", "--grid", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def consul_is(agent: ConsulAgent) -> dict[str, str]:
    return {"CONSUL_HTTP_ADDR": agent.address}


def test_machines_are_proposed_in_the_zones_that_they_are_near_to(agent: ConsulAgent, tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text(GRID)
    done = simulacra(tmp_path, "discover", **consul_is(agent))
    assert done.returncode == 0, done.stderr
    assert "Network cards aren't known: Nomad at " in done.stdout
    assert "2 of Consul's machines are defined already." in done.stdout
    assert "left out: 'a b'" in done.stdout
    (tmp_path / "found.hcl").write_text(done.stdout)
    found = {it.name: (it.zone, it.address) for it in load(tmp_path).machines if it.address}
    shelf = found.pop("shelf", None)
    assert found == {"tower": ("attic", "fc00::2"), "desk": ("office", "fc00::4"), "0f6e3c1e": ("attic", "fc00::99")}
    assert shelf is None  # its address is the loopback's: no other machine reaches it there


def test_zones_are_proposed_where_nothing_is_defined(agent: ConsulAgent, tmp_path: Path) -> None:
    done = simulacra(tmp_path, "zones", "discover", "--json", **consul_is(agent))
    assert done.returncode == 0, done.stderr
    assert "Nomad at " in done.stderr
    zones = [zone for zone in json.loads(done.stdout) if zone["members"] != ["shelf"]]
    # the agent's own node has a coordinate too, that of nowhere
    assert sorted([it for it in zone["members"] if it != "shelf"] for zone in zones) == [["desk", "mini"], ["nas", "tower"]]


def test_without_any_consul_it_is_said_how_to_name_one(tmp_path: Path) -> None:
    done = simulacra(tmp_path, "discover")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no Consul is known: set CONSUL_HTTP_ADDR, or write consul { address } into the grid's definition" in done.stderr
    assert simulacra(tmp_path, "zones", "discover").returncode == 3
