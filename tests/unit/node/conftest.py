"""The program of the machine's side, as it is on a machine: its files in a folder of their own, which Python is told of."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from simulacra.render.node_job import PARTS
from simulacra.render.templates import shipped_templates


@pytest.fixture(scope="session", autouse=True)
def program_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that nothing that Python writes lands among the templates."""
    folder = tmp_path_factory.mktemp("program")
    for name in PARTS:
        shutil.copy(shipped_templates() / "node" / name, folder)
    sys.path.insert(0, str(folder))
    return folder


@pytest.fixture
def program() -> ModuleType:
    return importlib.import_module("program")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine's file system, with next to nothing in it."""
    folder = tmp_path / "root"
    for name in ("proc/sys/kernel/random", "proc/net", "proc/bus/input", "sys/class", "dev/pts", "dev/input"):
        (folder / name).mkdir(parents=True)
    (folder / "proc/sys/kernel/random/boot_id").write_text("this-boot\n")
    (folder / "proc/stat").write_text("cpu  0 0 0 0 0 0 0 0\ncpu0 0\ncpu1 0\n")
    return folder


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs: nothing of this machine's is reached, above all nothing that switches it off."""
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    (folder / "cat").symlink_to("/bin/cat")
    monkeypatch.setenv("PATH", str(folder))
    return folder
