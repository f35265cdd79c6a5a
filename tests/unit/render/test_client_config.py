"""The configuration of a machine's Nomad agent."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.labels import labels_of
from simulacra.model.machine import Has, Machine, Match, Tier, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import NomadServer, Overlay
from simulacra.render.client_config import client_config, overlay_ip

NAS = Machine("nas", "attic", server=True, has=Has(8000, 8192, drivers=("exec", "raw_exec")))
PHONE = Machine("phone", "attic", has=Has(2000, 1024, drivers=("exec",)))
VPS = Machine("vps", "hosting")
GRID = Grid(
    "home",
    nomad=NomadServer(servers=("200:1:2:3::1",)),
    zones=(Zone("attic"), Zone("hosting")),
    tiers=(Tier("phone", 10), Tier("server", 20, Match(memory_mb=4096))),
    machines=(NAS, PHONE, VPS),
    clouds=(Cloud("burst", "EC2", "hosting", "server", ("t3.small",), "ami-1"),),
)


def test_labels_are_the_zone_the_tier_with_its_rank_and_the_watts() -> None:
    assert labels_of(GRID, NAS) == (("simulacra_zone", "attic"), ("simulacra_tier", "server"), ("simulacra_rank", "20"))
    assert labels_of(GRID, PHONE) == (("simulacra_zone", "attic"),)
    assert labels_of(GRID, replace(PHONE, watts=Watts(1.2, 4)))[1:] == (("simulacra_watts", "2"),)
    assert labels_of(GRID, replace(PHONE, watts=Watts(1.2, 4), never_sleeps=True))[1:] == (("simulacra_watts", "0"),)
    assert labels_of(GRID, replace(PHONE, tier="phone"))[1:] == (("simulacra_tier", "phone"), ("simulacra_rank", "10"))


@pytest.mark.parametrize(
    ("server", "client", "serf"),
    [
        ("200:1:2:3::1", "[200:1:2:3::1]:4647", "[200:1:2:3::1]:4648"),
        ("[200:1:2:3::1]", "[200:1:2:3::1]:4647", "[200:1:2:3::1]:4648"),
        ("[200:1:2:3::1]:4647", "[200:1:2:3::1]:4647", "[200:1:2:3::1]:4648"),
        ("[200:1:2:3::1]:5000", "[200:1:2:3::1]:5000", "[200:1:2:3::1]:5000"),
        ("nas.example", "nas.example:4647", "nas.example:4648"),
        ("10.0.0.1:4648", "10.0.0.1:4647", "10.0.0.1:4648"),
        ("provider=aws tag_key=nomad", "provider=aws tag_key=nomad", "provider=aws tag_key=nomad"),
    ],
)
def test_servers_are_called_at_the_ports_for_it(server: str, client: str, serf: str) -> None:
    of_client = client_config(GRID, PHONE, servers=(server,))
    assert f'    retry_join = [\n      "{client}",\n    ]' in of_client
    assert "server {" not in of_client
    of_server = client_config(GRID, NAS, servers=(server,))
    assert f'      "{serf}",' in of_server.partition("\nclient {")[0]
    assert f'      "{client}",' in of_server.partition("\nclient {")[2]


def test_the_grids_servers_are_the_default() -> None:
    assert "[200:1:2:3::1]:4647" in client_config(GRID, PHONE)
    unnamed = replace(GRID, nomad=NomadServer())
    assert "server_join" not in client_config(unnamed, PHONE)
    addressed = replace(unnamed, machines=(replace(NAS, address="200:5::1"), PHONE, VPS))
    assert '"[200:5::1]:4647"' in client_config(addressed, PHONE)


def test_a_server_expects_as_many_as_the_grid_defines() -> None:
    assert "bootstrap_expect       = 1\n" in client_config(GRID, NAS)
    three = replace(GRID, machines=tuple(replace(machine, server=True) for machine in GRID.machines))
    assert "bootstrap_expect       = 3\n" in client_config(three, NAS)
    assert "\nserver {" not in client_config(GRID, NAS, server=False)


def test_clouds_keep_their_fingerprints() -> None:
    assert '"fingerprint.denylist" = "env_aws,env_azure,env_digitalocean,env_gce"' in client_config(GRID, NAS)
    assert "fingerprint" not in client_config(GRID, VPS)


@pytest.mark.parametrize(("machine", "enabled"), [(NAS, True), (PHONE, False), (VPS, True), (replace(VPS, has=Has(1, 1)), True)])
def test_raw_exec_is_on_where_it_is_not_ruled_out(machine: Machine, enabled: bool) -> None:
    assert ('plugin "raw_exec"' in client_config(GRID, machine)) is enabled


def test_the_interface_is_meant_literally() -> None:
    assert overlay_ip("nebula.1") == '{{ GetInterfaceIP "^nebula[.]1$" }}'
    text = client_config(replace(GRID, overlay=Overlay("wt0")), NAS)
    assert 'network_interface = "wt0"' in text
    assert 'rpc  = "{{ GetInterfaceIP \\"^wt0$\\" }}"' in text


def test_the_same_grid_gives_the_same_bytes() -> None:
    assert client_config(GRID, NAS) == client_config(GRID, NAS)


@pytest.mark.nomad
@pytest.mark.parametrize("servers", [(), ("200::1", "200::2")], ids=["alone", "joining"])
@pytest.mark.parametrize("region", [None, "eu"])
@pytest.mark.parametrize("machine", GRID.machines, ids=lambda machine: machine.name)
def test_nomad_takes_it(nomad_binary: Path, tmp_path: Path, machine: Machine, servers: tuple[str, ...], region: str | None) -> None:
    path = tmp_path / "client.hcl"
    path.write_text(client_config(replace(GRID, nomad=NomadServer(region=region)), machine, servers=servers))
    assert subprocess.run([nomad_binary, "fmt", "-check", path], check=False).returncode == 0
    answer = subprocess.run([nomad_binary, "config", "validate", path], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout.strip()) == (0, "Configuration is valid!")
