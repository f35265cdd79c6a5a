"""A new grid's definitions: they load, they are in nomad's layout, and they say what the nodes have."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from fake_nomad import fake_node
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.cli.scaffold import FILES, grid_name, texts, write
from simulacra.definitions import load
from simulacra.faults import Refusal, Usage
from simulacra.gateways.nomad_values import Member, Node, NodeDetail
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, WakeLan
from simulacra.model.marks import LABEL_ZONE
from simulacra.observe.live import Live, live, real_cards, zone_name

SERVER = Member("shelf", "alive", "1.11.3", "global", "200:1::1")
NIC, BRIDGE = "90:1b:0e:aa:bb:cc", "02:42:ac:11:00:02"


def detail(node: Node, zone: str | None = "attic") -> NodeDetail:
    meta = ((LABEL_ZONE, zone),) if zone else ()
    return NodeDetail(node.id, node.name, (("cpu.arch", "arm64"), ("kernel.name", "linux")), meta, (), 1)


def seen(*nodes: Node, zone: str | None = "attic") -> Live:
    return live(nodes, {node.id: detail(node, zone) for node in nodes}, (SERVER,))


def written(folder: Path, found: Live | None, address: str | None = None, region: str | None = None) -> Grid:
    write(folder, texts("trial", found, address, region=region), force=False)
    return load(folder)


def test_a_new_grid_loads_and_only_observes(tmp_path: Path) -> None:
    grid = written(tmp_path, None)
    assert (grid.name, grid.mode, grid.machines, grid.services) == ("trial", "observe", (), ())
    assert [zone.name for zone in grid.zones] == ["home"]
    assert [tier.name for tier in grid.tiers] == ["hypervisor", "phone", "server", "small"]


@pytest.mark.parametrize(
    ("address", "region"), [("https://[200:1::1]:4646", "eu"), ("http://10.0.0.2:4646", None), (None, "eu"), (None, None)]
)
def test_the_nomad_that_was_asked_is_written_down(tmp_path: Path, address: str | None, region: str | None) -> None:
    nomad = written(tmp_path, seen(fake_node("shelf")), address, region).nomad
    assert (nomad.address, nomad.region, nomad.servers) == (address, region, ("200:1::1",))


@pytest.mark.parametrize("words", [["--from-nomad", "https://[200:1::1]:4646"], ["https://[200:1::1]:4646"]], ids=len)
def test_an_address_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["init", *words], env={"NOMAD_ADDR": "nowhere"})
    assert isinstance(ran.exception, Usage)
    assert "https://[200:1::1]:4646 is an address, and no folder: set NOMAD_ADDR to it" in str(ran.exception)
    assert [*tmp_path.iterdir()] == []


def test_nobody_is_asked_for_what_would_not_be_written(tmp_path: Path) -> None:
    write(tmp_path, texts("trial"), force=False)
    for more, kind in (((), Refusal), (("--force",), Usage)):
        ran = CliRunner().invoke(app, ["init", str(tmp_path), "--from-nomad", *more], env={"NOMAD_ADDR": "nowhere"})
        assert isinstance(ran.exception, kind), ran.exception


def test_a_place_that_cant_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Usage, match=r"file.* can't be written: Not a directory; name another folder"):
        write(tmp_path / "file" / "grid", texts("trial"), force=False)


def test_what_is_commented_out_is_right_too(tmp_path: Path) -> None:
    files = texts("trial")
    for name, text in files.items():
        lines = text.splitlines()
        code = [line.replace("# ", "", 1) if line.lstrip().startswith("# ") and not _prose(line) else line for line in lines]
        files[name] = "\n".join("" if line.strip() == "#" else line for line in code) + "\n"
    write(tmp_path, files, force=False)
    grid = load(tmp_path)
    assert (grid.timezone, grid.nomad.address, [it.name for it in grid.machines]) == (
        "Europe/Amsterdam",
        "http://[200:1:2:3::1]:4646",
        ["tower"],
    )
    assert [it.name for it in grid.services] == ["hello"]
    assert [it.name for it in grid.uplinks] == ["home-fiber"]


def _prose(line: str) -> bool:
    text = line.lstrip().removeprefix("# ").strip()
    return not (text.endswith(("{", "}", '"', "]", "{}")) or "=" in text) or text[:1].isupper() or text.startswith(("where Nomad", "which"))


def test_live_machines_are_written_with_what_they_have(tmp_path: Path) -> None:
    shelf, pi = fake_node("shelf", macs=(BRIDGE, NIC)), fake_node("pi.lan", memory_mb=1024)
    grid = written(tmp_path, seen(shelf, pi), "http://[200:1::1]:4646")
    assert grid.nomad.address == "http://[200:1::1]:4646"
    assert grid.nomad.servers == ("200:1::1",)
    first, second = grid.machines
    assert (first.name, first.zone, first.server, first.wake) == ("pi.lan", "attic", False, None)
    assert (second.name, second.server, second.wake) == ("shelf", True, WakeLan(NIC))
    assert second.has == Has(4000, 4096, 50000, 2, ("exec", "raw_exec"), attributes=(("cpu.arch", "arm64"),))


@pytest.mark.parametrize(("zone", "called"), [("attic", "attic"), (None, "dc1")])
def test_the_zone_is_the_labels_else_the_datacenter(tmp_path: Path, zone: str | None, called: str) -> None:
    grid = written(tmp_path, seen(fake_node(), zone=zone))
    assert [it.zone for it in grid.machines] == [called]
    assert [it.name for it in grid.zones] == [called]


def test_several_network_cards_are_left_to_the_owner(tmp_path: Path) -> None:
    other = "90:1b:0e:aa:bb:cd"
    grid = written(tmp_path, seen(fake_node(macs=(NIC, other))))
    assert grid.machines[0].wake is None
    assert other in (tmp_path / "machines.hcl").read_text()


def test_who_is_left_out_is_said_with_the_reason() -> None:
    found = seen(fake_node("a b"), fake_node("gone", status="down"), fake_node("twice", id="1"), fake_node("twice", id="2"))
    assert [it.name for it in found.machines] == ["twice"]
    assert dict(found.skipped) == {
        "'a b'": "a machine's name has letters, digits, dots, dashes and underscores only",
        "gone": "its node is down, so nobody knows what it has",
        "twice": "there are two nodes of that name; the other is 2",
    }


def test_a_node_that_tells_nothing_is_written_all_the_same(tmp_path: Path) -> None:
    bare = replace(fake_node(), cpu_mhz=0, memory_mb=0, disk_mb=-5, cores=0, drivers=())
    assert written(tmp_path, live((bare,), {}, ())).machines[0].has == Has(1, 1, 0)


@pytest.mark.nomad
@pytest.mark.parametrize("found", [None, seen(fake_node(macs=(NIC,)), fake_node("pi", macs=(NIC, "90:1b:0e:aa:bb:cd")), fake_node("a b"))])
@pytest.mark.parametrize("address", [None, "http://[200:1::1]:4646"])
def test_the_files_are_in_nomads_layout(nomad_binary: Path, tmp_path: Path, found: Live | None, address: str | None) -> None:
    written(tmp_path, found, address)
    done = subprocess.run([nomad_binary, "fmt", "-check", "-list=true", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_files_that_are_there_are_not_overwritten_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.hcl").write_text("# mine\n")
    with pytest.raises(Refusal, match=r"has definitions already \(sub/mine.hcl\): .* write a first set beside them with --force"):
        write(tmp_path, texts("trial"), force=False)
    assert not (tmp_path / "grid.hcl").exists()
    write(tmp_path, texts("trial"), force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*(f"{file}.hcl" for file in FILES), "sub"])
    with pytest.raises(Refusal, match=r"has definitions already \(grid.hcl, .*\): .* overwrite with --force"):
        write(tmp_path, texts("trial"), force=False)


@pytest.mark.parametrize(("text", "name"), [("My Grid!", "my-grid"), ("grid", "grid"), ("--", "grid"), ("Zürich_2", "z-rich-2")])
def test_grid_names(text: str, name: str) -> None:
    assert grid_name(text) == name


@pytest.mark.parametrize(("text", "name"), [("eu west/1", "eu-west-1"), ("..", "home"), ("_x", "x"), ("x" * 80, "x" * 63)])
def test_zone_names(text: str, name: str) -> None:
    assert zone_name(text) == name


def test_makeshift_network_cards_do_not_count() -> None:
    assert real_cards((BRIDGE, NIC, "00:00:00:00:00:00", "nonsense")) == (NIC,)
