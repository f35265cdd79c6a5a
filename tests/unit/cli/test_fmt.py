"""`simulacra fmt` as a command: which files it takes, what it writes and tells, and what it leaves alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulacra.cli.main import app, main

UGLY = 'zone   "attic"{\nuplink="fiber"#ours\n}\n'
FINE = 'zone "attic" {\n  uplink = "fiber" #ours\n}\n'
BROKEN = 'zone "attic" {\n  uplink = "fiber\n}\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a grid: one ugly file, one that is fine, and a jobspec among them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid/deep").mkdir(parents=True)
    (tmp_path / "grid/deep/ugly.hcl").write_text(UGLY)
    (tmp_path / "grid/fine.hcl").write_text(FINE)
    (tmp_path / "grid/own.nomad.hcl").write_text("job   x{}\n")
    return tmp_path


def fmt(*words: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["fmt", *words], input=given)


def faults(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The whole program's exit code, and what it said on standard error."""
    monkeypatch.setattr("sys.argv", ["simulacra", "fmt", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code)), capsys.readouterr().err


def test_the_grids_folder_is_formatted(home: Path) -> None:
    done = fmt()
    assert (done.exit_code, done.output) == (0, "grid/deep/ugly.hcl\n")
    assert (home / "grid/deep/ugly.hcl").read_text() == FINE
    assert (home / "grid/own.nomad.hcl").read_text() == "job   x{}\n"
    again = fmt()
    assert (again.exit_code, again.output) == (0, "")


def test_what_is_fine_is_not_written(home: Path) -> None:
    file = home / "grid/fine.hcl"
    os.utime(file, ns=(1, 1))
    before = file.stat()
    fmt()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (1, before.st_ino)


def test_check_names_and_diff_shows_but_neither_writes(home: Path) -> None:
    checked, shown = fmt("--check"), fmt("--diff")
    assert (checked.exit_code, checked.stdout) == (1, "grid/deep/ugly.hcl\n")
    assert checked.stderr == "1 file isn't laid out as `simulacra fmt` does it\n"
    assert shown.exit_code == 1
    assert shown.stdout == (
        "--- grid/deep/ugly.hcl\n+++ grid/deep/ugly.hcl\n@@ -1,3 +1,3 @@\n"
        '-zone   "attic"{\n-uplink="fiber"#ours\n+zone "attic" {\n+  uplink = "fiber" #ours\n }\n'
    )
    assert (home / "grid/deep/ugly.hcl").read_text() == UGLY
    assert fmt("--check", "grid/fine.hcl").exit_code == 0


def test_files_and_folders_by_name(home: Path) -> None:
    (home / "legacy.nomad").write_text("job   x{}\n")
    done = fmt("grid/own.nomad.hcl", "legacy.nomad", "grid/deep", "grid/deep/ugly.hcl")
    assert done.output == "grid/own.nomad.hcl\nlegacy.nomad\ngrid/deep/ugly.hcl\n"
    assert (home / "legacy.nomad").read_text() == "job x {}\n"


def test_standard_input_goes_to_standard_output() -> None:
    assert fmt("-", given=UGLY.encode()).stdout_bytes == FINE.encode()
    assert fmt("-", given=FINE.encode()).stdout_bytes == FINE.encode()
    assert fmt("-", given='a = "é" \r\nbc=1\r\n'.encode()).stdout_bytes == 'a  = "é"\r\nbc = 1\r\n'.encode()
    checked = fmt("--check", "-", given=UGLY.encode())
    assert (checked.exit_code, checked.stdout) == (1, "<stdin>\n")
    assert fmt("--diff", "-", given=UGLY.encode()).stdout.startswith("--- <stdin>\n+++ <stdin>\n")
    assert fmt("--check", "-", given=FINE.encode()).exit_code == 0


def test_a_broken_file_is_named_and_left_alone_and_the_others_are_formatted(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "grid/broken.hcl").write_text(BROKEN)
    (home / "grid/latin.hcl").write_bytes(b"# one\n# caf\xe9\n")
    code, said = faults([], monkeypatch, capsys)
    assert code == 2
    assert said == (
        'grid/broken.hcl:2: a string must end on the line it begins on: close it with `"`, or write it as a heredoc\n'
        "grid/latin.hcl:2: isn't UTF-8 text: save the file as UTF-8\n"
    )
    assert (home / "grid/broken.hcl").read_text() == BROKEN
    assert (home / "grid/deep/ugly.hcl").read_text() == FINE
    assert faults(["--check"], monkeypatch, capsys)[0] == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["gone.hcl"], "gone.hcl: No such file or directory: it can't be read"),
        (["gone"], "there is no folder 'gone' with a grid's definitions: name one with --grid, or make one with `simulacra init`"),
        (["notes.txt"], "notes.txt: only folders and files named *.hcl or *.nomad are formatted; `simulacra fmt -` takes any text"),
        (["empty"], "empty: has no definitions (*.hcl); jobspecs are formatted by name: `simulacra fmt empty/*.nomad.hcl`"),
        (["-", "grid"], "- is standard input and stands alone: leave the files and folders out, or the -"),
        (["pipe.hcl"], "pipe.hcl: isn't a file that can be formatted"),
        (["loop.hcl"], "loop.hcl: Too many levels of symbolic links: it can't be read"),
        (["odd\n.hcl"], '"odd\\n.hcl": its name holds characters that can\'t be shown: rename it'),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_what_cannot_be_formatted(
    home: Path, words: list[str], expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "notes.txt").touch()
    (home / "empty").mkdir()
    (home / "odd\n.hcl").touch()
    (home / "loop.hcl").symlink_to("loop.hcl")
    os.mkfifo(home / "pipe.hcl")
    assert faults(words, monkeypatch, capsys) == (2, f"{expected}\n")


def test_no_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = faults([], monkeypatch, capsys)
    assert code == 2
    assert said.startswith("there is no folder 'grid' with a grid's definitions")


def test_modes_are_kept(home: Path) -> None:
    file = home / "grid/deep/ugly.hcl"
    file.chmod(0o640)
    fmt()
    assert file.read_text() == FINE
    assert file.stat().st_mode & 0o7777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["ugly.hcl"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owners_are_kept(home: Path) -> None:
    file = home / "grid/deep/ugly.hcl"
    os.chown(file, 12345, 23456)
    fmt()
    assert file.read_text() == FINE
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 23456)


def test_links_stay_links(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / "elsewhere/zones.hcl").write_text(UGLY)
    (home / "grid/linked.hcl").symlink_to("../elsewhere/zones.hcl")
    (home / "grid/round").symlink_to(".")
    assert fmt().output == "grid/deep/ugly.hcl\ngrid/linked.hcl\n"
    assert (home / "grid/linked.hcl").is_symlink()
    assert (home / "elsewhere/zones.hcl").read_text() == FINE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("locked", ["grid/deep", "grid/deep/ugly.hcl"])
def test_what_may_not_be_written(home: Path, locked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / locked).chmod(0o555)
    assert faults([], monkeypatch, capsys) == (2, "grid/deep/ugly.hcl: Permission denied: it can't be written\n")
    assert (home / "grid/deep/ugly.hcl").read_text() == UGLY
