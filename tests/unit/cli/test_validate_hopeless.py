"""What the definitions ask for and their machines can never give: each service of a case is marked with what is said of it, if anything.

``# ! rule: words`` is an error, ``# ? rule: words`` a warning, at the line that they are told at.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulacra.cli.main import app

CASES = Path(__file__).parent / "hopeless"
MARK = re.compile(r"# ([!?]) ([a-z-]+): (.*)$")
TEMPLATE = """{% import "stanzas.hcl.j2" as stanzas with context %}
job {{ service.name | hcl }} {
{{ stanzas.job() }}

  group "web" {
    task "web" {
      driver = "docker"

      resources {
        memory = MEMORY
      }
    }
  }
}
"""
LEVELS = {"!": "error", "?": "warning"}


def validate(*words: str) -> tuple[int, list[dict[str, object]]]:
    result = CliRunner().invoke(app, ["validate", "--format", "json", *words])
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.hcl")), ids=lambda path: path.stem)
def test_what_is_marked_is_told_and_nothing_else(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid").mkdir()
    shutil.copy(case, tmp_path / "grid")
    lines = enumerate(case.read_text().splitlines(), 1)
    expected = {number: (LEVELS[found[1]], found[2], found[3]) for number, line in lines if (found := MARK.search(line))}
    code, told = validate()
    assert {it["file"] for it in told} <= {f"grid/{case.name}"}
    assert [it["line"] for it in told] == sorted(expected), json.dumps(told, indent=1)
    for it in told:
        level, rule, words = expected[it["line"]]  # type: ignore[index]
        assert (it["level"], it["rule"]) == (level, rule), it
        assert words in str(it["message"])
    assert code == (2 if any(level == "error" for level, _, _ in expected.values()) else 0)
    assert validate() == (code, told)  # from the cache
    strict, same = validate("--strict")
    assert (strict, [it["line"] for it in same]) == (2 if told else 0, [it["line"] for it in told])
    assert {it["level"] for it in same} <= {"error"}


def test_a_template_is_judged_by_what_it_becomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for folder in ("grid", "templates"):
        (tmp_path / folder).mkdir()
    has = '  has {\n    cpu_mhz = 4000\n    memory_mb = 4096\n    disk_mb = 20000\n    drivers = ["docker"]\n  }\n'
    (tmp_path / "grid/all.hcl").write_text(
        f'service "web" {{\n  template = "web.j2"\n}}\n\ngrid "test" {{}}\nzone "attic" {{}}\nmachine "nas" {{\n  zone = "attic"\n{has}}}\n'
    )
    told = validate()[1]
    assert [(it["line"], it["rule"]) for it in told] == [(1, "unreadable")]
    assert "there is no template web.j2 in" in str(told[0]["message"])
    for memory, rules in (("2000", []), ("9000", ["never-runs"]), ("2000", [])):
        (tmp_path / "templates/web.j2").write_text(TEMPLATE.replace("MEMORY", memory))
        assert [it["rule"] for it in validate()[1]] == rules
