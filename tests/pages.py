"""What the pages for people show, and how it is run: each fence with commands or output names its setting.

    ```sh grid          commands in a copy of the example grid, with no server
    ```sh empty         in an empty folder
    ```sh grid nomad    the same with a Nomad of one machine; `secured`: with access control; `lab`: with the grid in the lab
    ```text grid        "$ command" and what it prints; … stands for anything, on a line of its own for any lines

A page's blocks of one setting run one after the other in the same folder. A command whose comment says "exit 1" may exit with that. What
stands in a plain ```sh can't be run here, and is listed below with the reason; so is what is run in another way.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PROGRAMS = (Path(sys.executable).parent, ROOT / ".tools" / "bin")
FOLDERS, SERVERS = ("grid", "empty"), ("nomad", "secured", "lab")

NOT_RUN = {
    "git clone <this repository> simulacra && cd simulacra": "it is run from a checkout already",
    "sudo ./setup.sh demo": "tests/e2e/test_demo.py runs the demo; it takes minutes",
    "sudo ./setup.sh test": "it is what runs this",
    "pipx install .": "tests/unit/test_packaging.py makes the package and looks into it",
    "ssh tower sudo systemctl enable --now nomad": "there is no machine tower",
    "simulacra clouds": "it asks EC2, for an account; tests/contract/test_clouds_command.py runs it",
    "simulacra clouds --json": "it asks EC2, for an account; tests/contract/test_clouds_command.py runs it",
    "simulacra clouds user-data burst-t3-small-1": "the grid has no server to join; tests/contract/test_clouds_command.py runs it",
    "nomad var put nomad/jobs/proxy-attic/proxy certificate=@printer.pem key=@printer.key": "there is no such certificate",
    "simulacra lab up": "the lab is up: one for all pages",
    "simulacra lab up --asleep all": "tests/e2e/test_lab_sleep.py does; here one lab is up for all pages",
    "simulacra lab down": "the lab is for all pages, and ended after the last",
    'sudo -E env PATH="$PATH" simulacra lab chaos --seed 7 --minutes 20': "tests/e2e/test_chaos.py runs a shorter one; it takes minutes",
}
"""Commands that aren't run, and why."""

AT_REST = """until ! simulacra explain tower | grep -E "hasn't reported|render-video"; do sleep 1; done; """
"""A machine that has just come on isn't put to sleep before its program has reported and its work is done: nobody reads that fast."""

STAND_INS = {
    "simulacra sleep tower": f"{AT_REST}simulacra sleep tower",
    "simulacra wake --test": f"{AT_REST}simulacra wake --test",
    "export NOMAD_ADDR=http://127.0.0.1:4646": 'test -n "$NOMAD_ADDR"',
    "simulacra client-config tower | ssh tower 'sudo tee /etc/nomad.d/nomad.hcl'": "simulacra client-config tower > nomad.hcl",
    "simulacra record grid.csv --follow": "timeout -s INT 5 simulacra record grid.csv --follow || [ $? -eq 124 ]",
    "nomad-autoscaler agent -config autoscaler/agent.hcl": "timeout --preserve-status -s INT 5 nomad-autoscaler agent "
    '-config autoscaler/agent.hcl -http-bind-port "$FREE_PORT"',
}
"""Commands that are run in another way: what depends on where they are run, or would never end."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fence of a page; ``line`` is that of the fence. ``folder`` and ``server`` are its setting, empty where it names none."""

    page: str
    line: int
    language: str
    setting: tuple[str, ...]
    text: str

    @property
    def folder(self) -> str:
        return next((it for it in self.setting if it in FOLDERS), "")

    @property
    def server(self) -> str:
        return next((it for it in self.setting if it in SERVERS), "")

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> tuple[str, ...]:
        """What is typed, without comments; a command over several lines is one."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return tuple(command for line in lines if (command := without_comment(line)))


def blocks() -> tuple[Block, ...]:
    """Every fence of every page."""
    found = []
    for path in PAGES:
        for token in _tokens(path):
            if token.type == "fence" and token.map is not None:
                language, *setting = token.info.split() or [""]
                found.append(Block(str(path.relative_to(ROOT)), token.map[0] + 1, language, tuple(setting), token.content))
    return tuple(found)


def inlines(path: Path) -> tuple[tuple[Token, ...], ...]:
    """The page's paragraphs, headings and cells, each in its parts."""
    return tuple(tuple(token.children or ()) for token in _tokens(path) if token.type == "inline")


def inline_code() -> tuple[tuple[str, str], ...]:
    """Every `code` within text, with its page."""
    return tuple(
        (str(path.relative_to(ROOT)), it.content) for path in PAGES for inline in inlines(path) for it in inline if it.type == "code_inline"
    )


def _tokens(path: Path) -> list[Token]:
    return MarkdownIt().enable("table").parse(path.read_text())


def shown(server: str) -> dict[str, list[Block]]:
    """The blocks that are run with that server (empty: with none), by page, in the order of the page."""
    found: dict[str, list[Block]] = {}
    for block in blocks():
        if block.language in ("sh", "text") and block.setting and block.server == server:
            found.setdefault(block.page, []).append(block)
    return found


def without_comment(line: str) -> str:
    return re.sub(r"(^|\s+)#(\s.*)?$", "", line).strip()


def check_page(shown_there: Sequence[Block], where: Path, environment: Mapping[str, str]) -> None:
    """Run a page's blocks, those of one kind of folder in one folder below ``where``."""
    for block in shown_there:
        check(block, make_folder(where / block.folder, block.folder), environment)


def check(block: Block, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the block's commands there; its text is what they must print. Raises `AssertionError` with what was said."""
    if block.language == "sh":
        run(_script(block), folder, environment, block.where)
        return
    for session in block.text.split("$ ")[1:]:
        command, _, wanted = session.partition("\n")
        printed = run(command, folder, environment, block.where)
        assert _fits(printed, wanted), f"{block.where}: $ {command}\nprints:\n{printed}\nthe page has:\n{wanted}"


def _script(block: Block) -> str:
    return "\n".join(_line(line) for line in block.text.replace("\\\n", " ").splitlines())


def _line(line: str) -> str:
    command, may_exit = without_comment(line), re.search(r"#.*\bexit (\d)", line)
    if command in NOT_RUN:
        return ""
    if command in STAND_INS:
        return STAND_INS[command]
    return f"{command} || [ $? -eq {may_exit[1]} ]" if command and may_exit else line


def run(script: str, folder: Path, environment: Mapping[str, str], where: str = "") -> str:
    """What a script prints, which ends with its first command that fails; raises `AssertionError` then."""
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, f"{where}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _fits(printed: str, wanted: str) -> bool:
    """Line by line; how wide columns are doesn't count."""
    lines = [re.sub("  +", "  ", line.rstrip()) for line in wanted.rstrip().splitlines()]
    pattern = "".join(r"(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines)
    return re.fullmatch(pattern, "".join(re.sub("  +", "  ", line.rstrip()) + "\n" for line in printed.rstrip().splitlines())) is not None


def make_folder(where: Path, kind: str) -> Path:
    """The folder that a page's blocks are run in, as its first block finds it."""
    if not where.exists():
        where.mkdir(parents=True)
        for name in ("grid", "jobspecs", "autoscaler") if kind == "grid" else ():
            shutil.copytree(ROOT / name, where / name)
    return where


def environment(outer: Mapping[str, str], **more: str) -> dict[str, str]:
    """With this checkout's programs first, and nothing that leads to somebody's Nomad or Consul."""
    kept = {name: value for name, value in outer.items() if not name.startswith(("NOMAD_", "CONSUL_", "SIMULACRA_"))}
    path = os.pathsep.join([*map(str, PROGRAMS), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, **more}
