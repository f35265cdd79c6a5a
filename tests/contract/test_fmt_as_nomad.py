"""`simulacra fmt` and the real `nomad fmt` on the same folders: every definition and jobspec that lies here, in several dresses."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.nomad

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = (
    *(ROOT / name for name in ("grid", "jobspecs", "autoscaler", "simulacra", "tests", "docs", "bench")),
    *(Path.home() / "go/pkg/mod/github.com/hashicorp").glob("nomad*"),  # where Go has built it here: Nomad's own jobspecs too
)
COMMENT_THAT_NOMAD_LOSES = re.compile(r'(?m)^[ \t]*\w+[ \t]*/\*[^\n]*\*/[ \t]*["\w]')
"""Between a block's name and its first label: there the layouts differ, since ours keeps it."""


def _flat(text: str) -> str:
    return re.sub(r"(?m)^[ \t]+", "", text)


def _wide(text: str) -> str:
    return re.sub(r" +", lambda found: found[0] * 2, text).replace("=", " = ")


DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "flat": _flat,
    "wide": _wide,
    "with CRLF": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"),
    "without the last line's end": lambda text: text.rstrip("\n"),
    "with tabs": lambda text: text.replace("  ", "\t"),
}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    found = (path for place in PLACES for pattern in ("*.hcl", "*.nomad") for path in sorted(place.rglob(pattern)) if path.is_file())
    readable = {content for path in found if b"\xff" not in (content := path.read_bytes())}
    return sorted(text for content in readable if not COMMENT_THAT_NOMAD_LOSES.search(text := content.decode()))


@pytest.mark.parametrize("dress", DRESSES)
def test_same_files_same_bytes(dress: str, texts: list[str], nomad_binary: Path, tmp_path: Path) -> None:
    ours, nomads = tmp_path / "ours", tmp_path / "nomads"
    ours.mkdir()
    for number, text in enumerate(texts):
        (ours / f"{number:04}.hcl").write_bytes(DRESSES[dress](text).encode())
    shutil.copytree(ours, nomads)
    simulacra = Path(sys.executable).with_name("simulacra")
    mine = subprocess.run([simulacra, "fmt", "."], cwd=ours, capture_output=True, text=True, check=False)
    theirs = subprocess.run([nomad_binary, "fmt", "."], cwd=nomads, capture_output=True, text=True, check=False)
    assert len(texts) > 40
    assert mine.stdout.splitlines() == theirs.stdout.splitlines()
    refused = set(re.findall(r"(?m)^(\d+\.hcl):\d+: ", mine.stderr))
    assert refused == set(re.findall(r"(?m)^  on (\d+\.hcl) line", theirs.stderr))
    assert mine.returncode == (2 if refused else 0)
    for file in sorted(ours.iterdir()):
        assert file.read_bytes() == (nomads / file.name).read_bytes(), file.name
