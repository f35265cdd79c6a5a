"""The wheel works away from the repository: the package, its templates and the console script are all inside."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    built = subprocess.run([*command, str(folder), str(ROOT)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [made] = folder.glob("simulacra-*-py3-none-any.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_template_is_inside(names: set[str]) -> None:
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert templates
    assert {f"simulacra/{template}" for template in templates} <= names


def test_every_module_is_inside_and_typed(names: set[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "simulacra").rglob("*.py")}
    assert modules | {"simulacra/py.typed"} <= names


def test_the_references_examples_are_inside(names: set[str]) -> None:
    examples = {path.relative_to(ROOT).as_posix() for path in (ROOT / "simulacra").rglob("examples/*.hcl")}
    assert examples
    assert examples <= names


def test_the_grid_that_chaos_is_let_loose_on_is_inside(names: set[str]) -> None:
    definitions = {path.relative_to(ROOT).as_posix() for path in (ROOT / "simulacra").rglob("chaos/grid/*.hcl")}
    assert definitions
    assert definitions <= names


def test_nothing_else_is_inside(names: set[str]) -> None:
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"simulacra"}
    assert not [name for name in names if "__pycache__" in name]


def test_the_licence_and_the_console_script_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        told = {name.partition(".dist-info/")[2]: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "simulacra = simulacra.cli.main:main" in told["entry_points.txt"]
    assert "Apache License" in told["licenses/LICENSE"]


def test_the_templates_are_found_away_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    program = f"""
import sys
sys.path.insert(0, {str(site)!r})
from simulacra.render.templates import shipped_templates
print(shipped_templates())
"""
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.strip() == str(site / "simulacra" / "templates")
