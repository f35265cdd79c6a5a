"""The documentation site, of the Markdown as it stands in the repository. ``./setup.sh docs`` builds it; each warning is a failure.

The whole repository is Sphinx's source folder, so that a link leads to the same file here and on the site. `docs/index.md` is the menu:
each of its tables is a group, each link in a table a page. A page that stands in none is a warning, and so is a link that leads nowhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("grid",)
"""Folders of the repository that pages link to: each has a page that shows its files."""

project = "simulacra"
html_title = "simulacra"
language = "en"
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "bench/README.md"]
exclude_patterns = [".*", "**/.*"]
myst_heading_anchors = 3
html_theme = "furo"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

GROUP = re.compile(r"^## (.+)$", re.MULTILINE)
ROW_LINK = re.compile(r"^\|.*?\[([^\]]+)\]\(([^)#:]+)\.md\)", re.MULTILINE)


class Hcl(RegexLexer):
    """HCL with blocks of any name; Pygments' own knows Terraform's only, and takes all others for errors."""

    name = "HCL"
    tokens = {  # noqa: RUF012 - Pygments wants it so
        "root": [
            (r"(#|//).*", Comment.Single),
            (r"/\*[\s\S]*?\*/", Comment.Multiline),
            (r"<<-?(\w+)\n[\s\S]*?\n[ \t]*\1\b", String.Heredoc),
            (r'"(?:\\.|\$\{[^}]*\}|[^"\\\n])*"', String.Double),
            (r"([\w-]+)([ \t]*)(=)(?![=>])", bygroups(Name.Attribute, Whitespace, Operator)),
            (r"\b(true|false|null)\b", Keyword.Constant),
            (r"\b\d+(\.\d+)?\b", Number),
            (r"[\w-]+", Name.Tag),
            (r"\s+", Whitespace),
            (r".", Punctuation),
        ]
    }


def menu(_: Sphinx, page: str, source: list[str]) -> None:
    """Add the site's menu to the index: for each of its groups the pages that its table links to."""
    if page != root_doc:
        return
    text = source[0]
    for heading, body in zip(GROUP.findall(text), GROUP.split(text)[2::2], strict=True):
        pages = ROW_LINK.findall(body)
        if pages:
            source[0] += "\n".join(
                ["\n```{toctree}", ":hidden:", f":caption: {heading}", *(f"{it} <{page}>" for it, page in pages), "```\n"]
            )


def link_to_folders(app: Sphinx, page: nodes.document) -> None:
    """Let links to the folders lead to the pages that show them."""
    for link in list(page.findall(addnodes.pending_xref)):
        folder = (ROOT / link["refdoc"]).parent.joinpath(link["reftarget"]).resolve()
        if folder in [ROOT / name for name in FOLDERS]:
            where = app.builder.get_relative_uri(link["refdoc"], f"{folder.relative_to(ROOT)}/index")
            link.replace_self(nodes.reference("", "", *link.children, internal=True, refuri=where))


def folder_pages(_: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each folder, with all its files in full."""
    for folder in FOLDERS:
        shown = [f"<h1>{folder}/</h1>"]
        for path in sorted((ROOT / folder).rglob("*.hcl")):
            code = PygmentsBridge("html", "sphinx").highlight_block(path.read_text(), "hcl")
            shown.append(f"<h2>{html.escape(str(path.relative_to(ROOT)))}</h2>\n{code}")
        yield f"{folder}/index", {"title": f"{folder}/", "body": "\n".join(shown)}, "page.html"


def front_door(app: Sphinx, failed: Exception | None) -> None:
    """The site's own address leads to its index."""
    if failed is None:
        (Path(app.outdir) / "index.html").write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html">\n')


def setup(app: Sphinx) -> None:
    """Sphinx calls it."""
    app.add_lexer("hcl", Hcl)
    app.connect("source-read", menu)
    app.connect("doctree-read", link_to_folders)
    app.connect("html-collect-pages", folder_pages)
    app.connect("build-finished", front_door)
