"""`simulacra split` on definitions alone: what is told, the fixed JSON, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulacra.cli.main import app
from simulacra.faults import Usage

PLACES = """
grid "home" {}
uplink "street" {}
zone "attic" {
  uplink = "street"
}
zone "shed" {
  uplink = "street"
}
zone "office" {}
zone "cloud" {}
"""
MACHINE = """
machine "NAME" {
  zone         = "ZONE"
  server       = SERVER
  never_sleeps = true
  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    drivers   = ["exec"]
  }
}
"""
SERVICE = """
service "NAME" {
  KEYS
  driver "exec" {
    command = "/bin/true"
  }
  resources {
    cpu    = 10
    memory = 10
  }
  GROUP
}
"""
MACHINES = (("box", "shed"), ("desk", "attic"), ("mini", "office"), ("nas", "attic"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid").mkdir()
    write(("box", "mini", "nas"), "")
    return tmp_path


def service(name: str, keys: str = "", group: str = "") -> str:
    body = f"group {{\n{group}\n  }}" if group else ""
    return SERVICE.replace("NAME", name).replace("KEYS", keys).replace("GROUP", body)


def write(servers: tuple[str, ...], services: str) -> None:
    machines = [
        MACHINE.replace("NAME", name).replace("ZONE", zone).replace("SERVER", "true" if name in servers else "false")
        for name, zone in MACHINES
    ]
    Path("grid/all.hcl").write_text(PLACES + "".join(machines) + services)


def simulacra(*words: str) -> Result:
    return CliRunner().invoke(app, ["split", "--defined", *words])


def foretold(*words: str) -> dict[str, dict[str, object]]:
    return {it["cut"]: it for it in json.loads(simulacra("--json", *words).stdout)}


def test_the_fixed_shape() -> None:
    write(("box", "mini", "nas"), service("page", 'zones = "each"') + service("moves", "", 'disconnect {\nstop_on_client_after = "1m"\n}'))
    found = foretold()
    assert list(found) == [
        "uplink street", "zone attic", "zone office", "zone shed", "machine box", "machine desk", "machine mini", "machine nas"
    ]  # fmt: skip
    assert {frozenset(it) for it in found.values()} == {frozenset(("cut", "halves", "lost", "doubled", "verdicts", "broken"))}
    street = found["uplink street"]
    first, second = street["halves"]  # type: ignore[misc]
    assert (first["zones"], first["leader"], second["zones"], second["leader"]) == (["attic", "shed"], True, ["office"], False)
    assert (first["services"]["page"], second["services"]) == (2, {"page": 1})
    assert (street["lost"], street["doubled"], street["broken"]) == ([], [], [])


def test_zones_together() -> None:
    write(("box", "mini", "nas"), service("page", 'zones = "each"'))
    (only,) = foretold("--cut", "shed, attic").values()
    assert only["cut"] == "attic,shed"
    assert [half["services"] for half in only["halves"]] == [{"page": 2}, {"page": 1}]  # type: ignore[attr-defined]
    shown = simulacra("--cut", "attic,shed").stdout
    assert "attic,shed" in shown
    assert "stand" not in shown


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("atic", "grid home has no zone atic. Did you mean 'attic'?"),
        ("cloud", "no machine is there: nothing would be cut off"),
        ("attic,office,shed", "every machine is there"),
    ],
)
def test_a_cut_that_parts_nothing_is_refused(cut: str, words: str) -> None:
    result = simulacra("--cut", cut)
    assert isinstance(result.exception, Usage)
    assert words in str(result.exception)


@pytest.mark.parametrize(
    ("servers", "services", "code", "words"),
    [
        (("box", "mini", "nas"), service("page", 'zones = "each"'), 0, "✓ no promise is broken"),
        (("box", "mini", "nas"), "", 0, "no service runs that a cut could touch"),
        (("mini", "nas"), service("page", 'zones = "each"'), 1, "✗ nobody has a leader"),
        (("box", "mini", "nas"), service("bare", "", "disconnect {}"), 1, "✗ bare runs twice, though it must not"),
        ((), service("page"), 0, "no machine has server = true, so as if Nomad's servers were on box, "),
    ],
)
def test_what_breaks_a_promise_exits_1(servers: tuple[str, ...], services: str, code: int, words: str) -> None:
    write(servers, services)
    result = simulacra()
    assert words in result.stdout
    assert result.exit_code == code


def test_people_see_cuts_halves_verdicts_and_advice() -> None:
    write(("nas",), service("page", 'zones = "each"') + service("twice", "run_twice = true"))
    shown = simulacra().stdout
    for words in (
        "grid home, as it is defined, with every machine on",
        "uplink street  attic, shed (3 on)  office (1 on)               cut off",
        "zone office, machine mini",
        "twice    doubled ",
        "Nomad's servers should stand on box, ",
        "; now they are on nas",
        "1 of 3 may be away",
    ):
        assert words in shown, shown


def test_with_consul_the_advice_is_for_its_servers_too() -> None:
    places = (
        Path("grid/all.hcl").read_text().replace('grid "home" {}', 'grid "home" {\n consul {\n  address = "http://127.0.0.1:8500"\n }\n}')
    )
    Path("grid/all.hcl").write_text(places)
    assert "Nomad's servers, and Consul's, stand well: box, mini, nas" in simulacra().stdout
