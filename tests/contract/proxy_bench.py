"""A proxy's programs as its job starts them, on the loopback: its files where Nomad would lay them, and the real programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dev_agent import free_ports

from simulacra.definitions import load
from simulacra.model.grid import Grid
from simulacra.model.proxy import health_port, proxies_of
from simulacra.render.jobspec import render_job

FILE = re.compile(r'destination +?= "([^"]+)".*?<<END_OF_FILE\n(.*?)END_OF_FILE', re.DOTALL)
TASK = re.compile(r'\n    task "(\w+)"')
PATIENCE_S = 15.0
FAKE_NAMES = """
import json, pathlib

class Names:
    def __init__(self, root, overlay):
        self.told = pathlib.Path("local/addresses.json")

    def look_up(self, devices):
        pass

    def address(self, device):
        return device.address if device.kind == "ip" else json.loads(self.told.read_text()).get(device.address, "")
"""


def program(name: str) -> str:
    """Where it is; without it there is nothing to test, which only somebody who can't install it may leave so."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None and os.getuid() != 0:
        pytest.skip(f"no {name}, and not root to install it: sudo ./setup.sh test")
    if found is None:
        pytest.fail(f"no {name}: ./setup.sh test installs it")
    return found


def free_zone() -> str:
    """A zone whose proxy tells of its health on a port that nobody has now."""
    for number in range(os.getpid(), os.getpid() + 1000):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", health_port(f"proxy-z{number}"))):
                return f"z{number}"
    raise AssertionError("all ports are taken")


def eventually(holds: Callable[[], bool], what: str = "it never came to hold", within_s: float = PATIENCE_S) -> None:
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


@dataclass
class Bench:
    """``own`` is the address that the proxy has. Nomad's part is played here: it fills in who is allowed, and the address."""

    folder: Path
    own: str = "127.0.0.1"
    zone: str = field(default_factory=free_zone)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def peripherals(self, text: str) -> Grid:
        """The definitions of devices, each body with its zone."""
        (self.folder / "grid").mkdir(exist_ok=True)
        zoned = re.sub(r'(?m)^(peripheral ".*" {)$', rf'\1\n  zone = "{self.zone}"', text)
        (self.folder / "grid/all.hcl").write_text(
            f'grid "bench" {{}}\nzone "{self.zone}" {{}}\nmachine "m" {{\n  zone = "{self.zone}"\n}}\n{zoned}'
        )
        return load(self.folder / "grid")

    def lay(self, text: str, allowed: dict[str, str] | None = None, pem: str = "") -> None:
        """Write the files of the job's tasks; ``allowed`` are lines of files, by device."""
        grid = self.peripherals(text)
        job = render_job(grid, next(it for it in grid.services if it.proxies))
        (self.folder / "alloc").mkdir(exist_ok=True)
        for folder, mode in ((self.folder, 0o755), (self.folder / "alloc", 0o777)):
            folder.chmod(mode)  # as Nomad makes them, below one that is root's alone
        for part in re.split(r"(?=\n    task \")", job)[1:]:
            found = TASK.match(part)
            assert found is not None
            for name, content in FILE.findall(part):
                self._write(found[1], name, content, allowed or {}, pem)
        names = self.folder / "companion/local/naming.py"
        if names.exists():
            names.write_text(FAKE_NAMES)
            self.addresses()

    def _write(self, task: str, name: str, content: str, allowed: dict[str, str], pem: str) -> None:
        path = self.folder / task / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.replace("$${", "${").replace("%%{", "%{")
        device = name.partition("allowed.")[2]
        if device:
            content = allowed.get(device, "")
        elif name.endswith(".pem"):
            content = pem
        elif task == "nginx":
            content = re.sub(r"\{\{ with env.*?\}\}\]\{\{ else.*?\{\{ end \}\}\{\{ end \}\}", self.bracketed(), content)
            assert "{{" not in content
        path.write_text(content)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        (self.folder / file).write_text(text.replace(old, new))

    def addresses(self, **found: str) -> None:
        """What the LAN tells of names and cards."""
        (self.folder / "companion/local/addresses.json").write_text(json.dumps({name.replace("_", "."): it for name, it in found.items()}))

    def bracketed(self) -> str:
        return f"[{self.own}]" if ":" in self.own else self.own

    def start(self) -> None:
        """All tasks, as the job starts them."""
        for task, words in (
            ("haproxy", [program("haproxy"), "-W", "-f", "local/haproxy.cfg"]),
            ("companion", [sys.executable, "local/companion.py"]),
            ("nginx", ["/bin/sh", "local/start.sh"]),
        ):
            if (self.folder / task).exists():
                self.run(task, words)

    def run(self, task: str, words: list[str]) -> None:
        folder = self.folder / task
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "NOMAD_IP_health": self.own,
            "NOMAD_TASK_DIR": str(folder / "local"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with (self.folder / f"{task}.log").open("ab") as log:
            self.running[task] = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)

    def log(self, task: str) -> str:
        return (self.folder / f"{task}.log").read_text()

    def reload(self) -> None:
        """As Nomad does when a file has changed."""
        before = self.log("haproxy").count("Loading success")
        time.sleep(0.5)  # its master is deaf while it starts
        self.running["haproxy"].send_signal(signal.SIGUSR2)
        eventually(lambda: self.log("haproxy").count("Loading success") > before, "it never loaded anew")

    def health(self, device: str) -> int:
        """The status that Nomad's check sees; 0 where nobody answers."""
        (proxy,) = proxies_of(load(self.folder / "grid"))
        try:
            with socket.create_connection((self.own, health_port(proxy.name)), timeout=3) as asked:
                asked.sendall(f"GET /{device} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                return int(asked.recv(4096).split()[1])
        except (OSError, IndexError):
            return 0

    def becomes(self, device: str, status: int) -> None:
        eventually(lambda: self.health(device) == status, f"{device} never became {status}, it is {self.health(device)}")

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


@contextmanager
def bench(folder: Path, own: str = "127.0.0.1") -> Iterator[Bench]:
    made = Bench(folder, own)
    try:
        yield made
    finally:
        made.stop()


def port() -> int:
    return free_ports(1)[0]
