"""Jobspecs of the user's own that can't be taken over: each fault is marked on its line, in whatever file that is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from simulacra.definitions import load, load_all
from simulacra.definitions.problems import BrokenDefinitions
from simulacra.grids import Grids
from simulacra.model.jobspec import VariableFile

BROKEN = Path(__file__).parent / "broken_existing"
MARK = re.compile(r"# ! (.*)$")


@pytest.mark.parametrize("case", sorted(BROKEN.iterdir()), ids=lambda path: path.name)
def test_each_marked_line_is_named_and_no_other(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / case.name
    shutil.copytree(case, folder)
    expected = {
        (str(path), number): found[1]
        for path in sorted(folder.rglob("*.hcl"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := MARK.search(line))
    }
    with pytest.raises(BrokenDefinitions) as caught:
        load(folder)
    told = {(problem.file, problem.line): problem.message for problem in caught.value.problems}
    assert sorted(told) == sorted(expected), str(caught.value)
    for place, part in expected.items():
        assert part in told[place], f"{place}: {told[place]}"


GRID = 'grid "test" {}\nzone "attic" {}\nmachine "nas" {\n  zone = "attic"\n}\n'
JOB = 'variable "n" {\n  default = 1\n}\n\njob "web" {\n  type = "batch"\n\n  group "web" {\n    count = var.n\n  }\n}\n'


def grid(tmp_path: Path, service: str, **files: str) -> Path:
    folder = tmp_path / "grid"
    (folder / "jobs").mkdir(parents=True)
    (folder / "grid.hcl").write_text(GRID)
    (folder / "services.hcl").write_text(f'service "web" {{\n{service}\n}}\n')
    for name, text in files.items():
        (folder / "jobs" / f"{name}.hcl").write_text(text)
    return folder


@pytest.mark.parametrize("text", ["", "# nothing\n", 'variable "x" {}\n'])
def test_a_file_without_a_job_is_no_jobspec(text: str, tmp_path: Path) -> None:
    folder = grid(tmp_path, '  jobspec = "jobs/web.nomad.hcl"', **{"web.nomad": text})
    with pytest.raises(BrokenDefinitions, match=r"web\.nomad\.hcl: has no `job"):
        load(folder)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    folder = grid(tmp_path, '  jobspec = "jobs/web.nomad.hcl"')
    (folder / "jobs/web.nomad.hcl").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenDefinitions, match=r"web\.nomad\.hcl:1: isn't UTF-8 text"):
        load(folder)


@pytest.mark.parametrize(
    ("values", "files", "plain"),
    [
        ("", {}, "1"),
        ('  var_files = ["jobs/a.vars.hcl"]', {"a.vars": "n = 2\n"}, "2"),
        ('  var_files = ["jobs/a.vars.hcl", "jobs/b.vars.hcl"]', {"a.vars": "n = 2\n", "b.vars": 'n = "3"\n'}, "3"),
        ('  var_files = ["jobs/a.vars.hcl"]\n  vars = { n = 4 }', {"a.vars": "n = 2\n"}, "4"),
        ('  var_files = ["jobs/a.vars.hcl"]', {"a.vars": ' {"n": 5}'}, "5"),
        ('  var_files = ["jobs/a.vars.hcl"]', {"a.vars": "n = 2 + 2\n"}, ""),
        ('  vars = { n = "[1]" }', {}, "[1]"),
        ('  vars = { n = "[1]" }', {"web.nomad": JOB.replace("default = 1", "type = list(number)")}, ""),
        ("  vars = { n = true }", {"web.nomad": JOB.replace("default = 1", "type = bool")}, "true"),
    ],
)
def test_values_win_as_with_nomads_own_command(values: str, files: dict[str, str], plain: str, tmp_path: Path) -> None:
    service = load(grid(tmp_path, f'  jobspec = "jobs/web.nomad.hcl"\n{values}', **{"web.nomad": JOB} | files)).services[0]
    assert service.type == "batch"
    assert service.jobspec is not None
    assert service.jobspec.outline is not None
    assert service.jobspec.plain(service.jobspec.outline.groups[0].count.written) == plain


@pytest.mark.parametrize(
    ("values", "files", "plain"),
    [
        ("", {}, "7"),
        ('  var_files = ["jobs/a.vars.hcl"]', {"a.vars": "n = 2\n"}, "2"),
        ("  vars = { n = 4 }", {}, "4"),
        ("", {"web.nomad": JOB.replace("default = 1", "type = bool")}, "7"),
        ("", {"web.nomad": JOB.replace('"n"', '"other"').replace("var.n", "2")}, "2"),
    ],
)
def test_what_the_environment_has_wins_over_the_default_only(values: str, files: dict[str, str], plain: str, tmp_path: Path) -> None:
    folder = grid(tmp_path, f'  jobspec = "jobs/web.nomad.hcl"\n{values}', **{"web.nomad": JOB} | files)
    service = load(folder, environment={"NOMAD_VAR_n": "7", "NOMAD_VAR_more": "8", "n": "9"}).services[0]
    assert service.jobspec is not None
    assert service.jobspec.outline is not None
    assert service.jobspec.plain(service.jobspec.outline.groups[0].count.written) == plain
    assert "8" not in dict(service.jobspec.around).values()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("count = 1", r"`count` is 3 here and 1 in the definition: remove one \(NOMAD_VAR_n in the environment sets it\)"),
        ('zones = "each"', r"0 instances can't be shared out evenly over 1 zone: .* \(NOMAD_VAR_n in the environment sets it\)"),
    ],
)
def test_a_count_of_the_environments_is_judged_and_told(keys: str, said: str, tmp_path: Path) -> None:
    folder = grid(tmp_path, f'  jobspec = "jobs/web.nomad.hcl"\n  {keys}', **{"web.nomad": JOB})
    load(folder)
    with pytest.raises(BrokenDefinitions, match=said):
        load(folder, environment={"NOMAD_VAR_n": "3" if "count" in keys else "0"})


def test_the_type_of_a_job_may_come_from_the_environment(tmp_path: Path) -> None:
    job = JOB.replace('"batch"', "var.kind").replace("job ", 'variable "kind" {\n  default = "batch"\n}\n\njob ')
    folder = grid(tmp_path, '  jobspec = "jobs/web.nomad.hcl"', **{"web.nomad": job})
    assert load(folder).services[0].type == "batch"
    assert load(folder, environment={"NOMAD_VAR_kind": "system"}).services[0].type == "system"


def test_without_values_files_of_them_neednt_be_there(tmp_path: Path) -> None:
    folder = grid(tmp_path, '  jobspec = "jobs/web.nomad.hcl"\n  var_files = ["jobs/a.vars.hcl"]', **{"web.nomad": JOB})
    with pytest.raises(BrokenDefinitions, match="correct `var_files`"):
        load(folder)
    loaded = load_all(folder, values=False)
    assert loaded.grid.services[0].jobspec is not None
    assert loaded.grid.services[0].jobspec.variable_files == ()
    assert sorted(loaded.named) == ["grid/jobs/web.nomad.hcl"]


def test_a_jobspec_and_a_template_are_one_too_many(tmp_path: Path) -> None:
    folder = grid(tmp_path, '  jobspec = "jobs/web.nomad.hcl"\n  template = "web.j2"', **{"web.nomad": JOB})
    with pytest.raises(BrokenDefinitions, match=r'services\.hcl:3: service "web": it has a jobspec and a template: remove one'):
        load(folder)


@pytest.mark.parametrize("values", ["n = 4\n", None])
def test_what_only_a_file_of_values_tells_isnt_judged_without_it(values: str | None, tmp_path: Path) -> None:
    keys = '  jobspec = "jobs/web.nomad.hcl"\n  var_files = ["jobs/a.vars.hcl"]\n  zones = "each"'
    job = 'variable "n" {}\nvariable "kind" {}\n\njob "web" {\n  type = var.kind\n\n  group "web" {\n    count = var.n\n  }\n}\n'
    folder = grid(tmp_path, keys, **{"web.nomad": job})
    if values is not None:
        (folder / "jobs/a.vars.hcl").write_text(f'{values}kind = "batch"\n')
    service = load_all(folder, values=False).grid.services[0]
    assert service.jobspec is not None
    assert service.jobspec.awaits("var.n") == (values is None)
    assert (service.jobspec.plain("var.n"), service.type) == (("4", "batch") if values is not None else ("", "service"))


def test_without_values_those_that_the_definition_gives_are_judged(tmp_path: Path) -> None:
    keys = '  jobspec = "jobs/web.nomad.hcl"\n  var_files = ["jobs/a.vars.hcl"]\n  vars = { n = 0 }\n  zones = "each"'
    folder = grid(tmp_path, keys, **{"web.nomad": JOB})
    with pytest.raises(BrokenDefinitions, match="can't be shared out evenly"):
        load_all(folder, values=False)


def test_a_file_outside_is_named_as_it_can_be_opened_also_where_the_folder_is_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = grid(tmp_path, '  jobspec = "../web.nomad.hcl"')
    (tmp_path / "web.nomad.hcl").write_text(JOB + "}\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/linked").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    for named, place in ((Path("grid"), "web.nomad.hcl"), (Path("elsewhere/linked"), f"{tmp_path}/web.nomad.hcl")):
        with pytest.raises(BrokenDefinitions) as caught:
            load(named)
        assert [problem.file for problem in caught.value.problems] == [place]


def test_who_steers_sees_a_change_of_a_named_file_wherever_it_stands(tmp_path: Path) -> None:
    folder = grid(tmp_path, '  jobspec = "../web.nomad"')
    outside, said = tmp_path / "web.nomad", list[str]()
    outside.write_text(JOB)
    grids = Grids(folder, said.append)
    first = grids.now()
    assert grids.now() is first
    outside.write_text(JOB.replace("batch", "system").replace("    count = var.n\n", ""))
    assert (first.services[0].type, grids.now().services[0].type) == ("batch", "system")
    outside.unlink()
    assert (grids.now().services[0].type, grids.now().services[0].type, len(said)) == ("system", "system", 1)
    outside.write_text(JOB)
    assert grids.now().services[0].type == "batch"


def test_a_change_of_a_named_file_is_seen(tmp_path: Path) -> None:
    folder = grid(
        tmp_path, '  jobspec = "jobs/web.nomad.hcl"\n  var_files = ["jobs/a.vars.hcl"]', **{"web.nomad": JOB, "a.vars": "n = 2\n"}
    )
    first = load_all(folder)
    (folder / "jobs/a.vars.hcl").write_text("n = 7\n")
    second = load_all(folder)
    assert {name for name in first.named if first.named[name] != second.named[name]} == {"grid/jobs/a.vars.hcl"}
    assert second.grid.services[0].jobspec is not None
    assert second.grid.services[0].jobspec.variable_files == (VariableFile("grid/jobs/a.vars.hcl", "n = 7\n", (("n", "7"),)),)
