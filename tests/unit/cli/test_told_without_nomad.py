"""What the definitions alone tell is said at once, though Nomad can't be reached."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.faults import Fault, Refusal, Unreachable, Usage

GRID = """
grid "trial" {
  mode = "MODE"
}

zone "attic" {}

tier "server" {
  rank = 20
}

machine "phone" {
  zone = "attic"
}

machine "tower" {
  zone = "attic"

  wake "lan" {
    mac = "52:54:00:00:00:01"
  }
}

cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "attic"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "ami-1"
}

peripheral "printer" {
  zone    = "attic"
  address = "192.168.1.50"

  port "ipp" {
    number = 631
  }
}
"""
LONGEST_S = 5.0
"""Where Nomad is waited for it takes ten."""


def told(folder: Path, words: list[str], mode: str = "act") -> BaseException | None:
    (folder / "grid.hcl").write_text(GRID.replace("MODE", mode))
    begun = time.monotonic()
    ran = CliRunner().invoke(app, ["--grid", str(folder), *words], env={"NOMAD_ADDR": "http://127.0.0.1:1", "CONSUL_HTTP_ADDR": ""})
    assert time.monotonic() - begun < LONGEST_S
    return ran.exception


NO_MACHINE = "grid trial has no machine towr. Did you mean 'tower'?"
ONLY_NOMAD = "whether Nomad knows one can't be told: Nomad at http://127.0.0.1:1 can't be reached"


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ("hold towr --for 1h", Usage, NO_MACHINE),
        ("hold towr --release", Usage, NO_MACHINE),
        ("hold phone --for 1h", Usage, "phone is never switched"),
        ("wake towr", Usage, NO_MACHINE),
        ("wake tower towr", Usage, NO_MACHINE),
        ("wake phone", Usage, "phone can't be woken"),
        ("wake --test towr", Usage, NO_MACHINE),
        ("wake --test tower", Usage, "tower can't be put to sleep"),
        ("sleep towr", Usage, NO_MACHINE),
        ("sleep tower", Usage, "tower can't be put to sleep"),
        ("explain peripheral:printr", Usage, "grid trial has no peripheral printr. Did you mean 'printer'?"),
        ("explain machine:towr", Unreachable, "grid trial defines no machine towr. Did you mean 'tower'?"),
        ("explain towr", Unreachable, "grid trial defines no machine, service or peripheral towr. Did you mean 'tower'?"),
        ("log --machine towr", Unreachable, "grid trial defines no machine towr. Did you mean 'tower'?"),
        ("split --cut atic", Unreachable, "grid trial defines no zone atic. Did you mean 'attic'?"),
        ("hold burst-t3-small-9 --for 1h", Unreachable, "grid trial defines no machine burst-t3-small-9. Did you mean 'burst-t3-small-1'?"),
    ],
)
def test_a_name_that_there_is_not(tmp_path: Path, words: str, kind: type[Fault], said: str) -> None:
    fault = told(tmp_path, words.split())
    assert isinstance(fault, kind), fault
    assert said in str(fault)
    assert (ONLY_NOMAD in str(fault)) is (kind is Unreachable)


@pytest.mark.parametrize("words", ["wake tower", "wake burst-t3-small-1", "sleep burst-t3-small-1", "scale", "scale --count 2"])
def test_a_grid_that_only_observes(tmp_path: Path, words: str) -> None:
    fault = told(tmp_path, words.split(), mode="observe")
    assert isinstance(fault, Refusal), fault
    assert "grid trial only observes" in str(fault)
