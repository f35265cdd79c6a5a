"""The documentation becomes a site, and what is wrong with it fails its build."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pages
import pytest

ELSEWHERE = re.compile(r'(?:src="|<link[^>]*href="|url\(["\']?|@import ["\']?)(?:https?:)?//')
"""What a browser would fetch by itself from somewhere else; links that people follow aren't meant."""

INDEX = """# Index

## Pages

| I want to | page |
| --- | --- |
| read | [Page](page.md) |
"""
PAGE = "# Page\n\n## One part\n\n[itself](#one-part), [the index](index.md#pages), [the grid](../grid), [what it is](../NOTE.txt)\n"


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """As `./setup.sh docs` does."""
    command = [sys.executable, "-m", "sphinx", "-c", str(root / "docs"), "-W", "--keep-going", "--quiet", str(root), str(site)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(pages.ROOT, folder)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with two pages and the real configuration."""
    root = tmp_path / "repository"
    (root / "docs").mkdir(parents=True)
    (root / "grid").mkdir()
    shutil.copy(pages.ROOT / "docs" / "conf.py", root / "docs")
    (root / "docs" / "index.md").write_text(INDEX)
    (root / "docs" / "page.md").write_text(PAGE)
    (root / "grid" / "grid.hcl").write_text('grid "small" {} # <it>\n')
    (root / "NOTE.txt").write_text("a note\n")
    return root


def test_every_page_is_there_and_in_the_menu(site: Path) -> None:
    menu = (site / "docs" / "index.html").read_text()
    for path in [*pages.PAGES, pages.ROOT / "CONTRIBUTING.md", pages.ROOT / "CHANGELOG.md"]:
        page = path.relative_to(pages.ROOT).with_suffix(".html")
        assert (site / page).exists()
        assert page.stem == "index" or page.name in menu
    assert "docs/index.html" in (site / "index.html").read_text()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".css", ".js")]
    assert len(files) > len(pages.PAGES)
    assert not [(path.name, found) for path in files for found in ELSEWHERE.findall(path.read_text())]


def test_links_lead_to_the_files_and_folders_of_the_repository(small: Path, tmp_path: Path) -> None:
    built = build(small, tmp_path / "site")
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "site" / "docs" / "page.html").read_text()
    assert 'href="../grid/index.html"' in page
    assert "&lt;it&gt;" in (tmp_path / "site" / "grid" / "index.html").read_text()
    assert [it.read_text() for it in (tmp_path / "site" / "_downloads").rglob("NOTE.txt")] == ["a note\n"]


FAULTS = {
    "dead-page": ("[x](nowhere.md)", "'nowhere.md'"),
    "dead-file": ("[x](../nowhere.txt)", "'../nowhere.txt'"),
    "dead-folder": ("[x](../docs)", "'../docs'"),
    "dead-anchor": ("[x](#another-part)", "'another-part'"),
    "dead-anchor-elsewhere": ("[x](index.md#nowhere)", "'nowhere'"),
    "skipped-heading": ("### Deep", "header level"),
}
"""Pages with one fault each, and what is said of it."""


def test_each_fault_in_a_page_fails_the_build(small: Path, tmp_path: Path) -> None:
    for name, (planted, _) in FAULTS.items():
        (small / "docs" / f"{name}.md").write_text(f"# {name}\n\n{planted}\n")
        with (small / "docs" / "index.md").open("a") as index:
            index.write(f"| see | [it]({name}.md) |\n")
    (small / "docs" / "in-no-menu.md").write_text("# Forgotten\n")
    built = build(small, tmp_path / "site")
    assert built.returncode == 1
    for name, (_, said) in {**FAULTS, "in-no-menu": ("", "isn't included in any toctree")}.items():
        assert [line for line in built.stderr.splitlines() if f"docs/{name}.md" in line and "WARNING" in line and said in line], name
    assert "docs/page.md" not in built.stderr
