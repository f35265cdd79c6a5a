"""What is printed where there is no room for it: a message, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", [["reference"], ["init", "--help"]], ids=" ".join)
def test_a_full_disk_is_told(command: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run([sys.executable, "-m", "simulacra.cli.main", *command], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.stderr.decode() == "standard output: No space left on device: make room, or write elsewhere\n"
    assert done.returncode == 2
