"""What a lab has of the grid's clouds: where their servers stand, what they are told, and what is written of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.faults import Refusal
from simulacra.gateways.cloud_providers import account_of
from simulacra.lab import state
from simulacra.lab.cloud_books import Books, Mood, Rented, load_books, save_books
from simulacra.lab.cloud_init import FirstBoot, read_user_data
from simulacra.lab.cloud_sites import sites_of
from simulacra.lab.layout import Layout, lay_out, server_port
from simulacra.lab.network import build_commands, new_namespace, plug
from simulacra.lab.nomad_agents import write_rented
from simulacra.lab.places import find_place
from simulacra.lab.power import MachinePower, save_power
from simulacra.lab.processes import Process
from simulacra.lab.state import LabState, Resident, Router
from simulacra.model.cloud import Cloud, Endpoint, SizeFacts, slots_of
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Tier
from simulacra.model.place import Zone
from simulacra.model.settings import NomadServer
from simulacra.render.user_data import user_data

BURST = Cloud(
    "burst", "EC2", "sky", "server", ("t3.small", "t3.large"), "ami-1", region="eu-west-1", max=2,
    peers=("tls://home.example.org:9001", "quic://[2001:db8::1]:9002?key=a'b"),
    facts=(SizeFacts("t3.large", price=0.5, memory_mb=9000),),
)  # fmt: skip
OTHER = replace(BURST, name="other", sizes=("t3.large",), drivers=("docker",), facts=())
HAS = Has(1000, 512, drivers=("raw_exec",))
GRID = Grid(
    "home",
    nomad=NomadServer(servers=("200:1::1",)),
    zones=(Zone("attic"), Zone("sky", subnets=("192.168.7.0/28",))),
    tiers=(Tier("server", 20),),
    machines=(Machine("nas", "attic", server=True, has=HAS), Machine("vps", "sky", has=HAS)),
    clouds=(BURST, OTHER),
)


def layout(grid: Grid = GRID) -> Layout:
    return lay_out(grid, "lab")


def test_servers_stand_behind_the_machines_of_their_zone() -> None:
    burst, other = sites_of(layout(replace(GRID, zones=(Zone("attic"), Zone("sky", subnets=("192.168.7.0/27",))))))
    assert (burst.account, burst.zone, burst.network, burst.first, burst.router) == (
        "EC2 eu-west-1",
        "sky",
        "192.168.7.0/27",
        11,
        "192.168.7.1",
    )
    assert (burst.drivers, other.drivers) == (("exec", "raw_exec"), ("docker",))


def test_a_subnet_must_have_room_for_all_slots_too() -> None:
    assert sites_of(layout())[0].network == "10.77.1.0/24", "10 + 1 machine + 6 slots are more than 16"


def test_sizes_are_those_of_the_definitions_else_small_and_growing() -> None:
    small, large = sites_of(layout())[0].sizes
    assert (small.name, small.cpus, small.cpu_mhz, small.memory_mb, small.disk_mb, small.price) == ("t3.small", 1, 2000, 1024, 10_000, 0.01)
    assert (large.name, large.cpus, large.cpu_mhz, large.memory_mb, large.disk_mb, large.price) == ("t3.large", 2, 4000, 9000, 20_000, 0.5)


def test_an_account_is_a_provider_a_region_and_an_endpoint() -> None:
    assert account_of(BURST) == "EC2 eu-west-1"
    assert account_of(replace(BURST, provider="OPENSTACK", region=None, endpoint=Endpoint("here"))) == "OPENSTACK here"


def test_what_a_server_is_told_is_read_from_its_user_data() -> None:
    slot = slots_of(BURST)[0]
    told = read_user_data(user_data(GRID, BURST, slot))
    ((name, text),) = told.nomad
    assert name == "nomad.hcl"
    assert f'name       = "{slot.name}"' in text
    assert "tls://home.example.org:9001" in told.peers
    assert len(told.peers) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\n", "doesn't begin with #cloud-config"),
        ("#cloud-config\n{", "it isn't YAML: "),
        ("#cloud-config\n", "writes no configuration into /etc/nomad.d"),
        ("#cloud-config\n- a\n", "writes no configuration into /etc/nomad.d"),
        ("#cloud-config\nwrite_files:\n- path: /etc/nomad.d/x.txt\n", "writes no configuration into /etc/nomad.d"),
        ("#cloud-config\nwrite_files:\n- path: /etc/nomad.d/x.hcl\n  encoding: b64\n", "/etc/nomad.d/x.hcl is written as b64"),
    ],
)
def test_a_server_that_is_told_too_little_is_known_by_its_user_data(text: str, said: str) -> None:
    with pytest.raises(Refusal) as raised:
        read_user_data(text)
    assert said in str(raised.value)


def test_all_of_nomads_files_count_in_their_order() -> None:
    files = "".join(f"- path: /etc/nomad.d/{name}\n  content: '{name}'\n" for name in ("b.hcl", "a.json"))
    assert read_user_data(f"#cloud-config\nwrite_files:\n{files}") == FirstBoot((("a.json", "a.json"), ("b.hcl", "b.hcl")), ())


def test_a_server_joins_the_labs_own_nomad_servers_with_its_own_size(tmp_path: Path) -> None:
    write_rented(Has(2000, 900, 5000, drivers=("exec",)), tmp_path, ["one", "two"], ("200::1", "200::2"))
    assert (tmp_path / "client.hcl").read_text() == "one\ntwo"
    client = json.loads((tmp_path / "lab.json").read_text())["client"]
    assert client["server_join"]["retry_join"] == ["[200::1]", "[200::2]"]
    assert (client["cpu_total_compute"], client["memory_total_mb"], client["disk_total_mb"]) == (2000, 900, 5000)
    assert client["options"]["driver.allowlist"] == "exec"
    assert "env_aws" in client["options"]["fingerprint.denylist"]


def test_a_card_is_plugged_into_the_zones_switch() -> None:
    commands = (*new_namespace("simlab.lab.s.7"), *plug("simlab.lab.s.7", "10.77.1.12/24", ("simlab.lab.z.sky", server_port(7))))
    assert commands[0] == ("netns", "add", "simlab.lab.s.7")
    assert commands[-1] == ("-n", "simlab.lab.z.sky", "link", "set", "server7", "master", "lan0", "up")
    assert len([it for it in build_commands(layout()) if "netns" in it[:1]]) == 5, "servers have none before they are rented"


SERVER = Rented(3, "burst-t3-small-1", "EC2 eu-west-1", "burst", "t3.small", "sky", "10.77.1.11/24", {"a": "b"}, "one", "#cloud", 12.5)


def test_books_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    assert load_books(tmp_path) == Books()
    for books in (Books((SERVER,), 3, Mood("hangs", 1.5, 2, 0, True)), Books((), 9)):
        save_books(tmp_path, books)
        assert load_books(tmp_path) == books


@pytest.mark.parametrize(("stage", "switch"), [("booting", "booting"), ("running", "on"), ("failed", "on"), ("stopping", "sleeping")])
def test_servers_are_among_the_machines_of_a_lab_and_never_written_into_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, switch: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = state.lab_folder("lab")
    (folder / "_3").mkdir(parents=True)
    save_power(folder / "_3", MachinePower("on", 1.0, "a-boot", agent=Process(5, 6)))
    save_books(folder, Books((replace(SERVER, stage=stage, overlay="200::3"),), 3))  # type: ignore[arg-type]
    own = Resident("nas", "attic", "simlab.lab.m.nas", True, "200::1", "port0")
    routers = tuple(Router(lan.zone, lan.namespace, lan.port, lan.wan) for lan in layout().lans)
    state.save(LabState("lab", "home", "up", "simlab.lab.wan", "ygg0", (own,), routers, (), sites=sites_of(layout()), cloud=Process(1, 2)))
    found = state.load_state("lab")
    assert found is not None
    assert (found.residents, found.sites, found.cloud) == ((own,), sites_of(layout()), Process(1, 2))
    (server,) = found.servers
    assert (server.name, server.zone, server.namespace, server.address) == ("burst-t3-small-1", "sky", "simlab.lab.s.3", "200::3")
    assert (server.agent, server.rented, server.power and server.power.switch) == (Process(5, 6), "t3.small of burst", switch)
    assert state.folder_of("lab", server) == folder / "_3"
    assert state.folder_of("lab", own) == folder / "nas"
    place = find_place(found, "burst-t3-small-1")
    assert (place.namespace, place.port) == ("simlab.lab.z.sky", "server3")
    assert find_place(found, "sky").machines == ("burst-t3-small-1",)
    state.save(found)
    assert json.loads((folder / "state.json").read_text())["servers"] == []
