"""The lab's Consul agents, where it has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulacra.faults import Usage
from simulacra.lab.consul_agents import consul_config, start, write
from simulacra.lab.layout import lay_out
from simulacra.lab.programs import Programs, find_consul
from simulacra.lab.state import Resident
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine
from simulacra.model.place import Zone

SERVERS = ("200::1", "200::2", "200::3")
NAS = Resident("nas", "attic", "ns", True, "200::1", "port0")
DESK = Resident("desk", "attic", "ns", False, "200::9", "port1")
PROGRAMS = Programs("ip", "nsenter", "yggdrasil", "yggdrasilctl", "nomad")


def test_agents_are_on_the_overlay_by_the_machines_name(tmp_path: Path) -> None:
    for one in (NAS, DESK):
        config = consul_config("home", one, tmp_path, SERVERS)
        assert config["node_name"] == one.name
        assert {config[key] for key in ("bind_addr", "advertise_addr", "client_addr")} == {one.address}
        assert config["ports"]["http"] == 8500
        assert config["data_dir"].startswith(f"{tmp_path}/")


def test_servers_wait_for_each_other_and_clients_do_not_leave(tmp_path: Path) -> None:
    server, client = (consul_config("home", one, tmp_path, SERVERS) for one in (NAS, DESK))
    assert (server["server"], server["bootstrap_expect"], server["retry_join"]) == (True, 3, ["[200::2]", "[200::3]"])
    assert ("server" in client, client["leave_on_terminate"]) == (False, False)
    assert client["retry_join"] == ["[200::1]", "[200::2]", "[200::3]"]


def test_a_machine_without_a_configuration_or_a_lab_without_consul_runs_none(tmp_path: Path) -> None:
    assert start(PROGRAMS, "/bin/false", "ns", tmp_path) is None
    layout = lay_out(Grid("home", zones=(Zone("attic"),), machines=(Machine("desk", "attic", has=Has(1000, 512)),)), "lab")
    write(layout, DESK, tmp_path, SERVERS)
    assert json.loads((tmp_path / "consul.json").read_text())["node_meta"] == {"grid": "home"}
    assert start(PROGRAMS, None, "ns", tmp_path) is None


def test_consul_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_CONSUL_BIN", "/bin/true")
    assert find_consul() == "/bin/true"
    monkeypatch.setenv("SIMULACRA_CONSUL_BIN", "/nowhere/consul")
    with pytest.raises(Usage, match="`consul` isn't there; install it"):
        find_consul()
