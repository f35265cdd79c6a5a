"""Ctrl-C while processes simulate: it ends at once, whenever it comes, and says nothing of its insides."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize("after_s", [0.8, 1.3, 1.8, 3.0])
def test_ctrl_c_ends_all_of_it(tmp_path: Path, after_s: float) -> None:
    command = [Path(sys.executable).with_name("simulacra"), "simulate", "home", "--machines", "10", "--days", "300"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        try:
            time.sleep(after_s)
            os.killpg(running.pid, signal.SIGINT)
            _, said = running.communicate(timeout=15)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 130
    assert "Traceback" not in said
