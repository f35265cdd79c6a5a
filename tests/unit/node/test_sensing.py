"""What the program on a machine senses: files of a machine that isn't there, and commands that say what a test wants."""

from __future__ import annotations

import importlib
import json
import os
import socket
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.usefixtures("commands")
NOW = 1_800_000_000.0
IDLE_S = 900.0
PLAYERS = 'N: Name="AT keyboard"\nH: Handlers=sysrq kbd event0 \n\nN: Name="accelerometer"\nH: Handlers=event1 \n'


@pytest.fixture
def seen() -> ModuleType:
    """The module that looks for people; of programs there is only a shell: no logind, no `who`."""
    return importlib.import_module("people")


@pytest.fixture
def senses() -> ModuleType:
    return importlib.import_module("senses")


def says(commands: Path, name: str, text: str) -> None:
    (commands / f"{name}.txt").write_text(text)
    (commands / name).write_text(f"#!/bin/sh\ncat {commands}/{name}.txt\n")
    (commands / name).chmod(0o755)


def logind(commands: Path, **told: str) -> None:
    """One session."""
    given = {"Name": "ada", "Type": "tty", "Class": "user", "State": "active", "Remote": "no", "TTY": "tty2", "IdleHint": "no", **told}
    (commands / "loginctl").write_text(
        '#!/bin/sh\nif test "$1" = list-sessions; then echo "3 1000 ada seat0"; else cat <<END\n'
        + "\n".join(f"{key}={value}" for key, value in given.items())
        + "\nEND\nfi\n"
    )
    (commands / "loginctl").chmod(0o755)


def terminal(root: Path, name: str, idle_s: float) -> None:
    (root / "dev" / name).write_text("")
    os.utime(root / "dev" / name, (NOW - idle_s, NOW))


def people(seen: ModuleType, root: Path) -> list[str]:
    found: list[str] = seen.people(root, seen.Input(root, NOW - 2 * IDLE_S), IDLE_S, NOW)
    return found


def test_nobody(seen: ModuleType, root: Path) -> None:
    assert people(seen, root) == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"Type": "wayland", "IdleHint": "no"}, ["ada works on it on tty2"]),
        ({"Type": "wayland", "IdleHint": "yes", "IdleSinceHint": str(int((NOW - 60) * 1e6))}, ["ada works on it on tty2"]),
        ({"Type": "wayland", "IdleHint": "yes", "IdleSinceHint": str(int((NOW - 1000) * 1e6))}, []),
        ({"Type": "tty", "Remote": "yes", "TTY": ""}, ["ada works on it from elsewhere"]),
        ({"Class": "greeter", "Type": "wayland"}, []),
        ({"State": "closing"}, []),
        ({"Type": "unspecified", "TTY": ""}, []),
    ],
)
def test_sessions_of_logind(seen: ModuleType, root: Path, commands: Path, told: dict[str, str], found: list[str]) -> None:
    logind(commands, **told)
    assert people(seen, root) == found


@pytest.mark.parametrize(("idle_s", "found"), [(30, ["ada works on it on tty2"]), (1000, [])])
def test_a_session_in_text_is_as_idle_as_its_terminal(
    seen: ModuleType, root: Path, commands: Path, idle_s: float, found: list[str]
) -> None:
    logind(commands)
    terminal(root, "tty2", idle_s)
    assert people(seen, root) == found


def test_terminals_without_logind(seen: ModuleType, root: Path, commands: Path) -> None:
    terminal(root, "tty1", 10)  # a login prompt: nobody is logged in there
    terminal(root, "pts/0", 1000)
    assert people(seen, root) == []
    terminal(root, "pts/1", 10)
    assert people(seen, root) == ["somebody types on pts/1"]
    says(commands, "who", "ada      tty1         2027-01-15 08:00\n")
    assert people(seen, root) == ["somebody types on tty1", "somebody types on pts/1"]


def test_keys_pressed_where_no_session_tells(seen: ModuleType, root: Path) -> None:
    (root / "proc/bus/input/devices").write_text(PLAYERS)
    for name in ("event0", "event1"):
        os.mkfifo(root / "dev/input" / name)
    touched = seen.Input(root, NOW)
    assert (seen.people(root, touched, IDLE_S, NOW), touched.idle_s(NOW + 5)) == ([], 5)
    pressed = os.open(root / "dev/input/event0", os.O_WRONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="No such device"):  # nobody reads what isn't a keyboard's
        os.open(root / "dev/input/event1", os.O_WRONLY | os.O_NONBLOCK)
    os.write(pressed, b"x" * 24)
    assert seen.people(root, touched, IDLE_S, NOW + 10) == ["somebody uses its keyboard, mouse or screen"]
    assert seen.people(root, touched, IDLE_S, NOW + 10 + IDLE_S) == []
    (root / "proc/bus/input/devices").write_text("")
    touched.look(NOW)
    assert touched.idle_s(NOW) is None
    os.close(pressed)


def test_a_desktop_that_never_says_idle_is_as_idle_as_its_keyboard(seen: ModuleType, root: Path, commands: Path) -> None:
    (root / "proc/bus/input/devices").write_text(PLAYERS)
    os.mkfifo(root / "dev/input/event0")
    logind(commands, Type="x11")
    assert people(seen, root) == []
    logind(commands, Type="x11", Remote="yes")
    assert people(seen, root) == ["ada works on it from elsewhere"]


def test_sound(seen: ModuleType, root: Path) -> None:
    (root / "proc/asound/card0/pcm0p/sub0").mkdir(parents=True)
    (root / "proc/asound/card0/pcm0p/sub0/status").write_text("state: RUNNING\n")
    assert people(seen, root) == ["it plays sound"]


def test_inhibitors_as_busctl_tells_them(senses: ModuleType, commands: Path) -> None:
    rows = [("sleep", "nm", "net", "delay"), ("shutdown:sleep", "apt", "upgrade", "block"), ("handle-lid-switch", "gsd", "", "block")]
    says(commands, "busctl", json.dumps({"type": "a(ssssuu)", "data": [[[*row, 0, 1] for row in rows]]}))
    assert senses.inhibitors() == ["apt inhibits shutdown:sleep"]


def test_inhibitors_as_a_table(senses: ModuleType, commands: Path) -> None:
    rows = ["NetworkManager 0 root 620 NetworkManager sleep the network goes delay", "backup 0 root 7 sh sleep:idle in progress block"]
    says(commands, "elogind-inhibit", "\n".join(rows))
    assert senses.inhibitors() == ["backup inhibits sleep:idle"]
    (commands / "elogind-inhibit").unlink()
    assert senses.inhibitors() == []


@pytest.mark.parametrize(
    ("supplies", "told"),
    [
        ({}, None),
        ({"AC": {"type": "Mains", "online": "1"}}, False),
        ({"BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Charging"}}, False),
        ({"mouse": {"type": "Battery", "status": "Discharging", "scope": "Device"}}, None),
    ],
)
def test_battery(senses: ModuleType, root: Path, supplies: dict[str, dict[str, str]], told: bool | None) -> None:
    for name, files in supplies.items():
        folder = root / "sys/class/power_supply" / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text + "\n")
    assert senses.on_battery(root) is told


HEAD = "  sl  local_address rem_address   st\n"


@pytest.mark.parametrize(
    ("name", "line", "busy"),
    [
        ("tcp", "0: 0501A8C0:0016 0A01A8C0:D431 01", True),
        ("tcp", "0: 00000000:0016 00000000:0000 0A", False),
        ("tcp", "0: 0501A8C0:D431 0A01A8C0:0016 01", False),
        ("tcp", "0: 0100007F:0016 0100007F:D431 01", False),
        ("tcp6", "0: 0000000000000000FFFF00000501A8C0:0016 0000000000000000FFFF00000A01A8C0:D431 01", True),
        ("tcp6", "0: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000100007F:D431 01", False),
        ("tcp6", "0: 00000000000000000000000001000000:0016 00000000000000000000000001000000:D431 01", False),
        ("tcp6", "0: 00020000000000000000000001000000:0016 00020000000000000000000002000000:D431 01", True),
    ],
)
def test_connections(senses: ModuleType, root: Path, name: str, line: str, busy: bool) -> None:
    (root / "proc/net" / name).write_text(f"{HEAD} {line}\n")
    assert senses.connections(root, (22, 445)) == (["there is a connection to port 22"] if busy else [])


def test_a_real_connection_is_found(senses: ModuleType) -> None:
    """From this machine to itself, so it doesn't count; but it must be read without a stumble."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert senses.connections(Path("/"), (server.getsockname()[1],)) == []


def busy(root: Path, machine_s: float, processes: dict[int, tuple[str, int, float]]) -> None:
    """Processor time so far: of the machine, and of each process (its name, its parent, its seconds)."""
    ticks = os.sysconf("SC_CLK_TCK")
    (root / "proc/stat").write_text(f"cpu  {int(machine_s * ticks)} 0 0 99 0 0 0 0\ncpu0 0\ncpu1 0\n")
    for pid, (name, parent, seconds) in processes.items():
        (root / f"proc/{pid}").mkdir(exist_ok=True)
        (root / f"proc/{pid}/stat").write_text(f"{pid} ({name}) S {parent} 0 0 0 0 0 0 0 0 0 {int(seconds * ticks)} 0 0 0 20")


def test_load_that_is_not_nomads(senses: ModuleType, root: Path) -> None:
    load = senses.Load(root)
    for second, machine_s, task_s in ((0, 100, 10), (3, 500, 10), (20, 116, 12), (60, 148, 16)):
        busy(root, machine_s, {5: ("nomad", 1, 3), 6: ("nomad", 5, 0), 7: ("a) b(", 6, task_s), 8: ("gcc", 1, machine_s)})
        assert load.per_core() is None or second > 20
        load.look(NOW + second)
    assert load.per_core() == pytest.approx((48 - 6) / 60 / 2)
    group = root / "sys/fs/cgroup/nomad.slice"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("usage_usec 40000000\nuser_usec 1\n")  # containers, outside of the agent's tree
    busy(root, 196, {7: ("a) b(", 6, 16)})
    load.look(NOW + 80)
    assert load.per_core() == pytest.approx((96 - 40) / 80 / 2)


def test_cards_are_those_of_this_machine(program: ModuleType) -> None:
    there = {path.name: (path / "address").read_text().strip() for path in Path("/sys/class/net").iterdir()}
    found = program.cards(Path("/"))
    assert found == sorted(found, key=lambda card: str(card["interface"]))
    assert all(there.get(str(card["interface"]), card["mac"]) == card["mac"] for card in found)
    assert "lo" not in {card["interface"] for card in found}
