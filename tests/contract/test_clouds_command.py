"""``simulacra clouds`` as a user runs it, on EC2 as moto plays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from moto_cloud import AMI, Wire, moto_ec2
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.definitions import load
from simulacra.gateways.cloud import connect_cloud
from simulacra.model.cloud import slots_of
from simulacra.render.user_data import user_data

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
GRID = """
grid "home" {
  nomad {
    servers = ["200:1::1"]
  }
}

zone "hosting" {}

tier "server" {
  rank = 20
}
"""
CLOUD = """
cloud "NAME" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["t3.medium", "t3.small", "t9.none"]
  image          = "IMAGE"
  max            = 2
  monthly_budget = 20
  billed_by      = "1h"
  peers          = ["tls://home.example.org:9001"]

  endpoint {
    host   = "127.0.0.1"
    port   = PORT
    secure = false
  }
}
"""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with moto_ec2() as made:
        yield made


def defined(folder: Path, **ports: int) -> Path:
    folder.mkdir(exist_ok=True)
    clouds = (CLOUD.replace("NAME", name).replace("PORT", str(port)).replace("IMAGE", AMI) for name, port in ports.items())
    (folder / "grid.hcl").write_text(GRID + "".join(clouds))
    return folder


def run(folder: Path, *words: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner(env=CREDENTIALS if environment is None else environment).invoke(app, ["--grid", str(folder), "clouds", *words])


@pytest.fixture(scope="module")
def rented(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid with a server of a slot, and one of a cloud that isn't defined any more."""
    folder = tmp_path_factory.mktemp("rented") / "grid"
    for name in ("old", "burst"):
        grid = load(defined(folder, **{name: wire.port}))
        slot = slots_of(grid.clouds[0])[2]
        connect_cloud(grid.name, grid.clouds[0], CREDENTIALS).create(slot, user_data(grid, grid.clouds[0], slot), name)
    return folder


def test_offers_and_servers_are_shown(rented: Path) -> None:
    done = run(rented)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.exit_code == 0, done.output
    assert lines[:5] == [
        "burst: EC2 in eu-west-1; 0 to 2 servers of tier server in zone hosting, for at most 20 USD a month",
        "SIZE AN HOUR CORES CPU MHZ MEMORY MB DISK MB",
        "t3.small 0.0228 USD 2 6200 2048 the image's",
        "t3.medium 0.0487 USD 2 6200 4096 the image's",
        "t9.none: EC2 has no such size in eu-west-1",
    ]
    assert lines[6] == "SERVER STATE SIZE SINCE COST SO FAR PAID UNTIL ID NOTE"
    assert lines[7].startswith("burst-t3-small-1 running t3.small ")
    assert " 0.0228 USD " in lines[7]
    assert lines[8].startswith("old-t3-small-1 running t3.small ")
    assert lines[8].endswith("orphan: the definitions have no such slot")
    assert len(lines) == 9


def test_the_same_as_json(rented: Path) -> None:
    told = json.loads(run(rented, "--json").stdout)
    (cloud,) = told["clouds"]
    assert (cloud["name"], cloud["missing"], cloud["problem"], cloud["monthly_budget"]) == ("burst", ["t9.none"], None, 20)
    assert [(it["size"], it["price_per_hour"], it["memory_mb"]) for it in cloud["offers"]] == [
        ("t3.small", 0.0228, 2048),
        ("t3.medium", 0.0487, 4096),
    ]
    own, orphan = told["servers"]
    assert (own["machine"], own["state"], own["cost"], own["odd"]) == ("burst-t3-small-1", "running", 0.0228, None)
    assert own["since"] < own["paid_until"]
    assert (orphan["cloud"], orphan["cost"], orphan["odd"]) == ("old", None, "orphan: the definitions have no such slot")


@pytest.mark.usefixtures("rented")
def test_a_provider_that_can_not_be_reached_hides_no_other(wire: Wire, tmp_path: Path) -> None:
    folder = defined(tmp_path / "grid", away=wire.port, burst=wire.port)
    file = folder / "grid.hcl"
    file.write_text(file.read_text().replace("secure = false", "secure = true", 1))
    done = run(folder)
    assert done.exit_code == 3
    assert "burst-t3-small-1" in done.stdout
    assert "old-t3-small-1" in done.stdout
    assert "which servers it has isn't known: see below" in done.stdout
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f'cloud "away": EC2 at 127.0.0.1:{wire.port} can\'t be reached: TLS failed')
    assert json.loads(run(folder, "--json").stdout)["clouds"][0]["problem"] in done.stderr


def test_without_credentials(rented: Path) -> None:
    done = run(rented, environment=dict.fromkeys(CREDENTIALS, ""))
    assert done.exit_code == 2
    assert done.stderr.startswith('cloud "burst": no credentials for EC2: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
    assert "no server is known; where a provider tells nothing there may be some" in done.stdout


def test_a_grid_without_a_cloud(tmp_path: Path) -> None:
    done = run(defined(tmp_path / "grid"))
    assert (done.exit_code, done.stdout) == (0, "no cloud is defined; `simulacra reference cloud` shows how\n")
    assert json.loads(run(tmp_path / "grid", "--json").stdout) == {"clouds": [], "servers": []}


def test_user_data_is_printed(rented: Path) -> None:
    grid = load(rented)
    done = run(rented, "user-data", "burst-t3-small-1")
    assert (done.exit_code, done.stdout) == (0, user_data(grid, grid.clouds[0], slots_of(grid.clouds[0])[2]))
    wrong = run(rented, "user-data", "burst-t3-smal-1")
    assert str(wrong.exception) == "no cloud of grid home has a slot burst-t3-smal-1; did you mean burst-t3-small-1?"
