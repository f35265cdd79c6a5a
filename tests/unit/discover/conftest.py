"""The program that looks for devices, as it is on a machine: its files in a folder of their own, which Python is told of."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from simulacra.render.discover_job import PARTS
from simulacra.render.templates import shipped_templates


@pytest.fixture(scope="session", autouse=True)
def discover_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that nothing that Python writes lands among the templates."""
    folder = tmp_path_factory.mktemp("discover")
    for name in PARTS:
        shutil.copy(shipped_templates() / name, folder)
    sys.path.append(str(folder))
    return folder


@pytest.fixture(scope="session")
def dns_messages() -> ModuleType:
    return importlib.import_module("dns_messages")


@pytest.fixture(scope="session")
def devices() -> ModuleType:
    return importlib.import_module("devices")
