"""What `simulacra peripherals discover` refuses before anything is asked of Nomad, and which zones it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_nomad import fake_node
from typer.testing import CliRunner

from simulacra.act.discovering import Answer
from simulacra.cli.device_search import _awake, _read
from simulacra.cli.main import app
from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.place import Zone
from simulacra.observe.answers import Answers

GRID = 'grid "trial" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n}\n'
PRINTER = 'peripheral "printer" {\n  zone    = "attic"\n  address = "192.168.1.50"\n\n  port "ipp" {\n    number = 631\n  }\n}\n'


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["atic"], "grid trial has no zone atic. Did you mean"),
        (["--for", "0s"], "--for takes 1s to 10m, not 0s"),
        (["--for", "soon"], "--for takes a duration"),
        (["--out", "grid.hcl"], "grid.hcl is there already: --out writes a new file only"),
    ],
    ids=" ".join,
)
def test_what_is_refused(words: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "grid.hcl").write_text(GRID)
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["--grid", str(tmp_path), "peripherals", "discover", *words], env={"NOMAD_ADDR": "http://127.0.0.1:1"})
    assert isinstance(ran.exception, Usage), ran.exception
    assert why in str(ran.exception)


def test_zones_where_nobody_is_awake_are_left_out_with_the_reason() -> None:
    machines = (Machine("desk", "office", wake=WakeLan("52:54:00:00:00:01")), Machine("nas", "attic"))
    grid = Grid("trial", zones=(Zone("attic"), Zone("empty"), Zone("office")), machines=machines)
    answers = Answers((fake_node("nas"),), frozenset(), (), (), (), ())
    assert _awake(grid, answers, ("attic", "empty", "office")) == (
        ("attic",),
        (
            "zone empty is left out: no machine takes work there",
            "zone office is left out: no machine takes work there (desk is asleep)",
        ),
    )


def test_what_machines_print_and_why_they_dont() -> None:
    looks, failed = _read([Answer("a", '{"machine": "nas"}'), Answer("b", "nonsense"), Answer("c", failed="it hangs")])
    assert [*looks] == ["a"]
    assert [it.partition(": ")[0] for it in failed] == ["zone b", "zone c"]


def test_a_listing_needs_nomad_only_where_there_is_something_to_list(tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text(GRID)
    listing = ["--grid", str(tmp_path), "peripherals"]
    nowhere = {"NOMAD_ADDR": "nowhere"}
    assert "no peripheral is defined" in CliRunner().invoke(app, listing, env=nowhere).stdout
    assert CliRunner().invoke(app, [*listing, "--json"], env=nowhere).stdout == "[]\n"
    (tmp_path / "peripherals.hcl").write_text(PRINTER)
    ran = CliRunner().invoke(app, listing, env=nowhere)
    assert isinstance(ran.exception, Usage)
    assert "Nomad's address 'nowhere' isn't one" in str(ran.exception)
