"""docs/ci.md: the files that it quotes, their commands on the example grid, its rules, and the hooks for pre-commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dev_agent import Agent

from simulacra.model.problem import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/ci.md").read_text()
FILES = {name: (ROOT / "docs/ci" / f"{name}.yml").read_text() for name in ("github", "gitlab")}
BROKEN = 'service "broken" {\n  teir = "server"\n}\n'


def quoted(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def scripts() -> dict[str, list[str]]:
    """Every command of both files."""
    github = [step["run"] for step in yaml.safe_load(FILES["github"])["jobs"]["grid"]["steps"] if "run" in step]
    jobs = [it for it in yaml.safe_load(FILES["gitlab"]).values() if "script" in it]
    return {"github": github, "gitlab": [line for job in jobs for line in (*job.get("before_script", ()), *job["script"])]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A checkout of the example grid's repository."""
    for folder in ("grid", "jobspecs", "autoscaler"):
        shutil.copytree(ROOT / folder, tmp_path / "home" / folder)
    return tmp_path / "home"


def run(home: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As CI would, with this very simulacra on PATH and nothing remembered."""
    there = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "NOMAD_", "PRE_COMMIT"))}
    path = f"{Path(sys.executable).parent}:{there['PATH']}"
    there |= {"PATH": path, "SIMULACRA_CACHE_DIR": str(home.parent / "cache"), "PRE_COMMIT_HOME": str(home.parent / "hooks")}
    return subprocess.run(command, cwd=home, env=there | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", FILES)
def test_the_page_quotes_the_files(name: str) -> None:
    assert FILES[name] in quoted("yaml")


def test_the_page_tells_of_every_rule() -> None:
    assert set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)))) == set(RULES)


def test_the_json_that_it_shows_is_what_one_gets(home: Path) -> None:
    (shown,) = json.loads(quoted("json")[0])
    assert shown in json.loads(run(home, "simulacra", "validate", "--format", "json").stdout)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in scripts().items() for line in lines if "--nomad" not in line])
def test_the_commands_do_on_the_example_grid(home: Path, name: str, line: str) -> None:  # noqa: ARG001
    if line.startswith("pip install"):
        assert line == 'pip install "$SIMULACRA"'  # from where nobody knows; it is installed here
        return
    done = run(home, "bash", "-e", "-c", line)
    assert done.returncode == 0, done.stderr
    (home / "grid/broken.hcl").write_text(BROKEN)
    assert run(home, "bash", "-e", "-c", line).returncode == 2
    if ">" in line:  # the file is there for the next step
        assert "teir" in (home / line.split()[-1]).read_text()


@pytest.mark.nomad
@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in scripts().items() for line in lines if "--nomad" in line])
def test_the_commands_that_ask_nomad_do_on_the_example_grid(home: Path, name: str, line: str, nomad_agent: Agent) -> None:  # noqa: ARG001
    done = run(home, "bash", "-e", "-c", line, NOMAD_ADDR=nomad_agent.address)
    assert done.returncode == 0, done.stderr
    assert "takes every job" in done.stdout


def hooks() -> list[dict[str, object]]:
    """Those of the manifest, but run as they are installed here: to install them anew would need the network."""
    return [{**hook, "language": "system"} for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]


def commit(home: Path) -> subprocess.CompletedProcess[str]:
    """All hooks on all files, as pre-commit runs them."""
    (home / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks()}]}))
    for command in (("git", "init", "--quiet"), ("git", "add", ".")):
        assert run(home, *command).returncode == 0
    return run(home, "pre-commit", "run", "--all-files", "--color", "never")


def verdicts(said: str) -> dict[str, str]:
    return {found[1]: found[2] for found in re.finditer(r"^(simulacra [a-z -]+?)\.{3,}.*?(Passed|Failed|Skipped)$", said, re.MULTILINE)}


def test_pre_commit_takes_the_manifest(home: Path) -> None:
    done = run(home, "pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert (done.returncode, done.stdout) == (0, "")


def test_the_hooks_pass_on_the_example_grid(home: Path) -> None:
    done = commit(home)
    assert set(verdicts(done.stdout).values()) == {"Passed"}, done.stdout + done.stderr
    assert len(verdicts(done.stdout)) == len(hooks())
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        (BROKEN, {"simulacra validate", "simulacra render --check"}),
        ('zone   "shed" {}\n', {"simulacra fmt"}),
        ('zone "shed" {}\n\nservice "new" {\n  driver "exec" {}\n}\n', {"simulacra render --check"}),
    ],
)
def test_the_hooks_keep_back_what_is_wrong(home: Path, text: str, failing: set[str]) -> None:
    (home / "grid/more.hcl").write_text(text)
    done = commit(home)
    assert {name for name, verdict in verdicts(done.stdout).items() if verdict == "Failed"} == failing, done.stdout + done.stderr
    assert done.returncode == 1


def test_the_hooks_of_the_page_are_those_of_the_manifest() -> None:
    shown = next(it["repos"] for text in quoted("yaml") if "repos" in (it := yaml.safe_load(text)))
    assert {hook["id"] for repo in shown for hook in repo["hooks"]} == {hook["id"] for hook in hooks()}
