"""What the README shows is what one gets."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from simulacra.definitions import load
from simulacra.render import render_job

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"```hcl\n(.*?)```", re.DOTALL)


def test_the_definition_becomes_the_jobspec_beside_it(tmp_path: Path) -> None:
    definition, jobspec = FENCED.findall((ROOT / "README.md").read_text())
    folder = tmp_path / "grid"
    folder.mkdir()
    for name in ("grid", "zones", "tiers", "machines"):
        shutil.copy(ROOT / f"grid/{name}.hcl", folder)
    (folder / "page.hcl").write_text(definition)
    grid = load(folder)
    assert render_job(grid, grid.services[0]) == jobspec
