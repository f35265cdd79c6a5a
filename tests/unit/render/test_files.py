"""Folders of rendered files: what changes, what is removed, what is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.faults import Refusal
from simulacra.render.files import apply, changes, difference


def rendered(grid: str, text: str = "") -> str:
    return f'# Rendered by simulacra: grid "{grid}", service "x", from grid/x.hcl:1\n{text}'


def test_new_changed_and_gone_files(tmp_path: Path) -> None:
    first = changes(tmp_path, {"a.nomad.hcl": rendered("g"), "b.nomad.hcl": rendered("g")}, "g")
    apply(tmp_path, first)
    second = changes(tmp_path, {"b.nomad.hcl": rendered("g", "more\n")}, "g")
    assert [(name, old is None) for name, old, _ in second.written] == [("b.nomad.hcl", False)]
    assert [name for name, _ in second.removed] == ["a.nomad.hcl"]
    told = difference(tmp_path, second)
    assert "+more\n" in told
    assert "+++ /dev/null" in told
    apply(tmp_path, second)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.nomad.hcl"]
    assert not changes(tmp_path, {"b.nomad.hcl": rendered("g", "more\n")}, "g")


def test_only_this_grids_files_are_removed(tmp_path: Path) -> None:
    (tmp_path / "own.nomad.hcl").write_text('job "own" {}\n')
    (tmp_path / "other.nomad.hcl").write_text(rendered("other"))
    (tmp_path / "binary.hcl").write_bytes(b"\xff\xfe")
    assert not changes(tmp_path, {}, "g")


def test_a_file_of_somebody_elses_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.nomad.hcl").write_text('job "a" {}\n')
    with pytest.raises(Refusal, match=r"a\.nomad\.hcl: wasn't written by simulacra"):
        changes(tmp_path, {"a.nomad.hcl": rendered("g")}, "g")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.nomad.hcl").write_text(rendered("g", "old\n"))
    change = changes(tmp_path, {"a.nomad.hcl": rendered("g", "half a surrogate \ud800")}, "g")
    with pytest.raises(UnicodeEncodeError):
        apply(tmp_path, change)
    assert (tmp_path / "a.nomad.hcl").read_text() == rendered("g", "old\n")
    assert len(list(tmp_path.iterdir())) == 1
