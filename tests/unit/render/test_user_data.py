"""What a new server of a cloud is told at its first boot."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulacra.faults import Usage
from simulacra.model.cloud import Cloud, slots_of
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, Tier
from simulacra.model.place import Zone
from simulacra.model.settings import NomadServer, Overlay
from simulacra.render.client_config import client_config
from simulacra.render.user_data import user_data

PEERS = ("tls://home.example.org:9001", "quic://[2001:db8::1]:9002?key=a'b&c=$HOME")
CLOUD = Cloud("burst", "EC2", "hosting", "server", ("t3.small",), "ami-1", max=2, peers=PEERS)
GRID = Grid(
    "home", nomad=NomadServer(servers=("200:1::1",)), zones=(Zone("hosting"),), tiers=(Tier("server", 20),), clouds=(CLOUD,)
)  # fmt: skip
SLOT = slots_of(CLOUD)[1]


def told(grid: Grid = GRID, templates: Path | None = None) -> Any:
    return yaml.safe_load(user_data(grid, grid.clouds[0], SLOT, templates))


def test_it_is_cloud_inits_and_small() -> None:
    text = user_data(GRID, CLOUD, SLOT)
    assert text.startswith("#cloud-config\n")
    assert len(text.encode()) < 8 * 1024
    assert text == user_data(GRID, CLOUD, SLOT)
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_the_node_is_the_slot_with_the_labels_of_zone_and_tier() -> None:
    data = told()
    assert (data["hostname"], data["runcmd"]) == ("burst-t3-small-2", [["/usr/local/sbin/simulacra-join"]])
    config, script = data["write_files"]
    assert config["path"] == "/etc/nomad.d/nomad.hcl"
    assert config["content"] == client_config(GRID, Machine("burst-t3-small-2", "hosting", "server"))
    for line in ('name       = "burst-t3-small-2"', 'simulacra_zone = "hosting"', 'simulacra_rank = "20"', '"[200:1::1]:4647"'):
        assert line in config["content"]
    assert "fingerprint" not in config["content"], "it is in a cloud, whose metadata service tells Nomad more"
    assert (script["path"], script["permissions"]) == ("/usr/local/sbin/simulacra-join", "0755")
    assert script["content"].startswith("#!/bin/sh\n")


def test_the_script_is_one_that_shells_take(tmp_path: Path) -> None:
    path = tmp_path / "join"
    path.write_text(told(replace(GRID, overlay=Overlay("my.ygg0")))["write_files"][1]["content"])
    for shell in filter(shutil.which, ("sh", "dash", "bash")):
        checked = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_the_script_brings_up_the_overlay_then_nomad(tmp_path: Path) -> None:
    """Run with stand-ins for the programs that it calls, in a root of its own; twice, as after a boot that broke off."""
    calls = run(tmp_path, "yggdrasil", "nomad", "systemctl", "apt-get", "ip")
    again = run(tmp_path, "yggdrasil", "nomad", "systemctl", "apt-get", "ip")
    assert [it for it in calls if it.startswith(("systemctl", "apt-get"))] == [
        "systemctl enable yggdrasil",
        "systemctl restart yggdrasil",
        "systemctl enable nomad",
        "systemctl restart nomad",
    ]
    assert "yggdrasil -genconf" in calls
    assert "yggdrasil -genconf" not in again, "its key stays"
    config = yaml.safe_load((tmp_path / "etc/yggdrasil/yggdrasil.conf").read_text())
    assert config == {"PrivateKey": "made here", "IfName": "ygg0", "Peers": list(PEERS)}
    assert (tmp_path / "etc/yggdrasil/yggdrasil.conf").stat().st_mode & 0o007 == 0, "its key is nobody else's"


def run(root: Path, *programs: str) -> list[str]:
    """The script's calls, with stand-ins for these programs; what is below /etc lies in the root."""
    bin_, log = root / "bin", root / "calls"
    bin_.mkdir(exist_ok=True)
    log.write_text("")
    answers = {"yggdrasil": 'echo \'{"PrivateKey": "made here"}\'', "ip": "echo inet6"}
    for name in programs:
        (bin_ / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n{answers.get(name, ":")}\n')
        (bin_ / name).chmod(0o755)
    script = told()["write_files"][1]["content"].replace("/etc/", f"{root}/etc/")
    done = subprocess.run(
        ["sh", "-c", script], env={"PATH": f"{bin_}:/usr/bin:/bin"}, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split(" -useconffile")[0] for line in log.read_text().splitlines()]


def test_no_secret_stands_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOMAD_TOKEN", "AWS_SECRET_ACCESS_KEY", "CONSUL_HTTP_TOKEN"):
        monkeypatch.setenv(name, "b7f3c1d2-secret")
    assert "b7f3c1d2" not in user_data(GRID, CLOUD, SLOT)


def test_a_server_that_would_find_nobody_is_refused() -> None:
    with pytest.raises(Usage, match="would join no Nomad server, since none is known: write `servers`"):
        user_data(replace(GRID, nomad=NomadServer()), CLOUD, SLOT)
    with pytest.raises(Usage, match="wouldn't find the overlay: write `peers`, or a template"):
        user_data(GRID, replace(CLOUD, peers=()), SLOT)


def test_templates_of_the_users_win(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud/overlay.sh.j2").write_text("wg-quick up {{ interface | sh }}\n")
    bare = replace(CLOUD, peers=())
    script = told(replace(GRID, clouds=(bare,)), tmp_path)["write_files"][1]["content"]
    assert "wg-quick up ygg0\n" in script
    assert "yggdrasil" not in script
    assert "systemctl restart nomad" in script


def test_a_broken_template_of_the_users_is_named(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud/nomad.sh.j2").write_text("{{ nobody }}\n")
    with pytest.raises(Usage, match=r'cloud/nomad.sh.j2.*, for server "burst-t3-small-2": .*correct the template'):
        told(templates=tmp_path)
