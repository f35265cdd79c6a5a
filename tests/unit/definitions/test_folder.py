"""What is said of a folder that isn't a grid's, and where the grid's may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.definitions.folder import source_paths
from simulacra.faults import Usage


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("grid/grid.hcl", "grid/more/zones.hcl", "autoscaler/agent.hcl", "autoscaler/acl/node.hcl", "jobspecs/web.nomad.hcl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("here", "folder", "told"),
    [
        ("grid", "grid", "there is no folder 'grid' with a grid's definitions; some are here: name this folder with `--grid .`"),
        ("grid", "gird", "there is no folder 'gird' with a grid's definitions: name one with --grid, or make one with `simulacra init`"),
        (
            "jobspecs",
            "grid",
            "there is no folder 'grid' with a grid's definitions: name one with --grid, or make one with `simulacra init`",
        ),
        (".", "grid/grid.hcl", "'grid/grid.hcl' is a file: --grid takes the folder that it is in, `--grid grid`"),
        (".", ".", "the folder '.' isn't a grid's, it has one: `--grid grid`"),
        ("grid", "..", "the folder '..' isn't a grid's, it has one: `--grid ../grid`"),
    ],
)
def test_a_folder_that_is_no_grids_is_told_with_the_one_that_may_be_meant(
    place: Path, monkeypatch: pytest.MonkeyPatch, here: str, folder: str, told: str
) -> None:
    monkeypatch.chdir(place / here)
    with pytest.raises(Usage) as caught:
        source_paths(Path(folder))
    assert str(caught.value) == told


def test_a_folder_of_definitions_may_be_called_as_it_likes(place: Path) -> None:
    (place / "machines.hcl").touch()
    assert source_paths(place) == (
        "autoscaler/acl/node.hcl",
        "autoscaler/agent.hcl",
        "grid/grid.hcl",
        "grid/more/zones.hcl",
        "machines.hcl",
    )
    assert source_paths(place / "grid") == ("grid.hcl", "more/zones.hcl")
