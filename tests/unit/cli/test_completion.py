"""What shells offer for names on the command line: in a real bash, in fish and zsh as they ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SIMULACRA = Path(sys.executable).with_name("simulacra")
TRY = """
words=("$@")
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
_simulacra_completion simulacra
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""What bash does on a tabulator key, with the word under the cursor last."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with the example grid, no lab anywhere, and simulacra on PATH."""
    shutil.copytree(ROOT / "grid", tmp_path / "grid")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{SIMULACRA.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("SIMULACRA_GRID", raising=False)
    return tmp_path


def asked(shell: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program, called as a shell's completion calls it."""
    return subprocess.run(
        [SIMULACRA], env=os.environ | {"_SIMULACRA_COMPLETE": shell} | environment, capture_output=True, text=True, check=False
    )


@cache
def script_for(shell: str) -> str:
    return asked(f"source_{shell}").stdout


def offered(*words: str) -> list[str]:
    """What a real bash offers for the last word, with the script that we give it; nothing may be said beside."""
    run = subprocess.run(
        ["bash", "--norc", "-c", script_for("bash") + TRY, "bash", "simulacra", *words], capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    return run.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["va"], ["validate"]),
        (["lab", "he"], ["heal"]),
        (["wake", "--te"], ["--test"]),
        (["run", "b"], ["backup", "blog", "bulletin"]),
        (["plan", "blog", "b"], ["backup", "bulletin"]),
        (["wake", ""], ["desk", "laptop", "mini", "nas", "phone", "tower", "vps"]),
        (["sleep", "desk", "t"], ["tower"]),
        (["hold", "--for", "4h", "l"], ["laptop"]),
        (["client-config", "n"], ["nas"]),
        (["explain", "t"], ["thermostat", "time", "tower"]),
        (["explain", "pri"], ["primes", "printer"]),
        (["peripherals", "discover", "attic", ""], ["hosting", "office"]),
        (["log", "--machine", "v"], ["vps"]),
        (["split", "--cut", ""], ["attic", "hosting", "office"]),
        (["split", "--cut", "attic,"], ["attic,hosting", "attic,office"]),
        (["lab", "up", "--asleep", "desk,t"], ["desk,tower"]),
        (["lab", "cut", "ho"], ["home-fiber", "hosting"]),
        (["lab", "exec", "m"], ["mini"]),
        (["reference", "wa"], ["wake", "watts"]),
        (["run", "nothing-like-it"], []),
        (["fmt", "gri"], []),  # the shell's own turn: files
        (["--grid", "gri"], []),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("home")
def test_in_bash(words: list[str], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_labs_and_their_machines(home: Path) -> None:
    lab = home / "state/simulacra/labs/small"
    lab.mkdir(parents=True)
    resident = '{"name": "pi", "zone": "shed", "namespace": "n", "server": true, "address": "200::1"}'
    router = '{"zone": "shed", "namespace": "n", "port": "p", "wan": "w"}'
    cable = '{"uplink": "dsl", "port": "p", "zones": ["shed"]}'
    (lab / "state.json").write_text(
        '{"name": "small", "grid": "g", "phase": "up", "wan_namespace": "w", "interface": "ygg0", "delays": [], "sites": [], '
        f'"residents": [{resident}], "routers": [{router}], "cables": [{cable}]}}'
    )
    assert offered("lab", "down", "--name", "") == ["small"]
    assert offered("lab", "press", "--name", "small", "") == ["pi"]
    assert offered("lab", "heal", "--name", "small", "") == ["dsl", "pi", "shed"]


def test_another_grids_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "other").mkdir()
    (home / "other/one.hcl").write_text('service "single" {}\n')
    assert offered("--grid", "other", "run", "") == ["single"]
    assert offered("run", "--grid", "other", "") == ["single"]
    assert offered("lab", "cut", "--grid", "other", "") == offered("--grid", "other", "lab", "cut", "")
    monkeypatch.setenv("SIMULACRA_GRID", "other")
    assert offered("run", "") == ["single"]


def test_the_slots_of_another_grids_clouds(home: Path) -> None:
    shutil.move(home / "grid", home / "other")
    slots = offered("--grid", "other", "clouds", "user-data", "burst")
    assert len(slots) > 1
    assert offered("clouds", "user-data", "--grid", "other", "burst") == slots


def test_a_broken_grid_offers_what_it_has_and_says_nothing(home: Path) -> None:
    for name, content in {
        "open.hcl": b'service "never-closed" {\n  zones = [\n\nservice "after-it" {}\n',
        "bytes.hcl": b'# caf\xe9\nservice "latin" {}\n',
        "quote.hcl": b'service "x" {}\ny = "',
        "shell.hcl": b'service "$(touch hacked)" {}\nservice "a b" {}\nservice "*" {}\n',
        "text.hcl": b'service "real" {\n  task "real" {\n    template {\n      data = <<E\nservice "in-a-template" {\nE\n    }\n  }\n}\n',
    }.items():
        (home / "grid" / name).write_bytes(content)
    (home / "grid/gone.hcl").symlink_to("nowhere")
    found = offered("run", "")
    assert {"never-closed", "after-it", "latin", "x", "real", "blog"} <= set(found)
    assert not {"in-a-template", "$(touch", "a", "grid"} & set(found)
    assert not (home / "hacked").exists()


@pytest.mark.parametrize("folder", ["nowhere", "grid/grid.hcl"])
@pytest.mark.usefixtures("home")
def test_no_grid_offers_nothing_and_says_nothing(folder: str) -> None:
    assert offered("--grid", folder, "run", "") == []


@pytest.mark.usefixtures("home")
def test_as_zsh_asks() -> None:
    answer = asked("complete_zsh", _TYPER_COMPLETE_ARGS="simulacra run b")
    assert (answer.stdout, answer.stderr) == ('_arguments \'*: :(("backup"\n"blog"\n"bulletin"))\'\n', "")
    assert asked("complete_zsh", _TYPER_COMPLETE_ARGS="simulacra fmt gr").stdout == "_files\n"


@pytest.mark.usefixtures("home")
def test_as_fish_asks() -> None:
    answer = asked("complete_fish", _TYPER_COMPLETE_FISH_ACTION="get-args", _TYPER_COMPLETE_ARGS="simulacra wake desk t")
    assert (answer.stdout, answer.stderr) == ("tower\n", "")
    is_args = [
        asked("complete_fish", _TYPER_COMPLETE_FISH_ACTION="is-args", _TYPER_COMPLETE_ARGS=f"simulacra {words}").returncode
        for words in ("run b", "fmt gr")
    ]
    assert is_args == [0, 1]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
@pytest.mark.usefixtures("home")
def test_in_fish() -> None:
    script = script_for("fish") + "\ncomplete -C 'simulacra run b'"
    run = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True)
    assert (run.stdout.split(), run.stderr) == (["backup", "blog", "bulletin"], "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.usefixtures("home")
def test_each_shell_takes_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    subprocess.run([shell, "-n"], input=script_for(shell), text=True, check=True)
