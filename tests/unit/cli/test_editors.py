"""What the page on editors gives them to find problems by, against what `validate` says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/editors.md").read_text()
GRID = """\
grid "test" {}

zone "attic" {}

machine "nas" {
  zone = "attic"

  has {
    cpu_mhz   = 1000
    memory_mb = 100
  }
}

service "large" {
  driver "raw_exec" {
    command = "/bin/true"
  }

  resources {
    memory = 1000
  }
}
"""


def block(language: str) -> str:
    """The page's first block of a language."""
    found = re.search(rf"(?ms)^```{language}\n(.*?)^```", PAGE)
    assert found is not None
    return found[1]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What validate says of a grid with a warning, and of one with two errors."""
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    lines = {}
    for name, text in {"warned": GRID, "broken": GRID.replace("memory_mb", "memory").replace("zone = ", "zones = ")}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.hcl").write_text(text)
        command = [Path(sys.executable).with_name("simulacra"), "--grid", name, "validate"]
        lines[name] = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr.splitlines()
    return lines


def test_visual_studio_code_finds_the_places(said: dict[str, list[str]]) -> None:
    pattern = json.loads(block("json"))["tasks"][0]["problemMatcher"]["pattern"]
    found = [re.fullmatch(pattern["regexp"], line) for line in (*said["warned"], *said["broken"])]
    places = [tuple(it[pattern[key]] for key in ("file", "line", "severity")) for it in found if it is not None]
    assert places == [
        ("warned/all.hcl", "14", "warning"),
        ("broken/all.hcl", "5", None),
        ("broken/all.hcl", "6", None),
        ("broken/all.hcl", "8", None),
        ("broken/all.hcl", "10", None),
    ]
    assert all(it is not None and it[pattern["message"]].strip() for it in found)


@pytest.mark.skipif(shutil.which("vim") is None, reason="there is no vim here")
def test_vim_finds_the_places(said: dict[str, list[str]], tmp_path: Path) -> None:
    (tmp_path / "said").write_text("\n".join((*said["warned"], *said["broken"])) + "\n")
    (tmp_path / "vimrc").write_text(block("vim"))
    (tmp_path / "all.hcl").write_text('zone   "x"{}\n')
    show = "echo map(getqflist(), {_, it -> [bufname(it.bufnr), it.lnum, it.type]})"
    steps = ["edit all.hcl", "cgetfile said", "redir! > found", show, "redir END", "normal! gggqG", "write", "qa!"]
    words = [part for step in steps for part in ("-c", f"silent {step}")]
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    vim = ["vim", "-es", "-N", "-u", "vimrc", *words]
    subprocess.run(vim, cwd=tmp_path, env=os.environ | path, check=True, stdin=subprocess.DEVNULL, timeout=60)
    assert "['warned/all.hcl', 14, 'w'], ['broken/all.hcl', 5, '']" in (tmp_path / "found").read_text()
    assert (tmp_path / "all.hcl").read_text() == 'zone "x" {}\n'
