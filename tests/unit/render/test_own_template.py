"""A template of the user's as a jobspec: filled in strictly, tidied, and held against what the definition asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.faults import Usage
from simulacra.hcl.syntax import parse
from simulacra.render import render_job

GRID = """
grid "test" {}
zone "attic" {}
zone "office" {}
tier "server" {
  rank = 30
}
machine "nas" {
  zone = "attic"
}
machine "desk" {
  zone = "office"
}
"""
ASKS = '  tier = "server"\n  zones = "each"\n  run_twice = true\n  vars = { image = "caddy:2" }\n'
WHOLE = """{% import "stanzas.hcl.j2" as stanzas with context %}
job {{ service.name | hcl }} {
{{ stanzas.job() }}

  group "web" {
{{ stanzas.count() }}
{{ stanzas.group() }}

    task "web" {
      driver = "docker"

      config {
        image = {{ vars.image | hcl }}
      }

      template {
        destination = "local/page"

        data = <<EOT
one


two blank lines above
EOT
      }
    }
  }
}
"""
Rendered = Callable[..., str]


@pytest.fixture
def rendered(tmp_path: Path) -> Rendered:
    """The jobspec of a service whose keys and template are given; ``more`` are other templates by name."""

    def render(keys: str, template: str | None, **more: str) -> str:
        grid, templates = tmp_path / "grid", tmp_path / "templates"
        for folder in (grid, templates):
            folder.mkdir(exist_ok=True)
        (grid / "grid.hcl").write_text(f'{GRID}\nservice "web" {{\n  template = "web.j2"\n{keys}}}\n')
        for name, text in ({"web": template} if template is not None else {} | more).items():
            (templates / f"{name}.j2").write_text(text or "")
        for name, text in more.items():
            (templates / f"{name}.j2").write_text(text)
        made = load(grid)
        return render_job(made, made.services[0], templates)

    return render


def test_it_has_all_that_the_definition_asks_for(rendered: Rendered) -> None:
    text = rendered(ASKS, WHOLE)
    assert text.startswith('# Rendered by simulacra: grid "test", service "web", from grid/grid.hcl:')
    (job,) = parse(text).blocks
    assert [it.type for it in job.body.blocks] == ["ui", "meta", "constraint", "group"]
    group = job.body.blocks[-1].body
    assert [it.type for it in group.blocks] == ["constraint", "constraint", "affinity", "affinity", "disconnect", "update", "task"]
    assert [it.written for it in group.attributes] == ["2"]
    assert 'image = "caddy:2"' in text


def test_empty_macros_leave_no_holes_and_heredocs_are_left_alone(rendered: Rendered) -> None:
    text = rendered('  vars = { image = "caddy:2" }\n', WHOLE)
    before, heredoc = text.split("<<EOT\n")
    assert "\n\n\n" not in before
    assert "{\n\n" not in before
    assert heredoc.startswith("one\n\n\ntwo blank lines above\nEOT\n")


@pytest.mark.parametrize(
    ("keys", "without", "said"),
    [
        ("", "{{ stanzas.job() }}", "it leaves out the grid's mark, by which it knows its own jobs: write {{ stanzas.meta() }}"),
        ('  tier = "server"\n', "{{ stanzas.job() }}", 'it leaves out the tier "server": write {{ stanzas.tier() }}'),
        ('  zones = "each"\n', "{{ stanzas.group() }}", "it leaves out the guarantee of `zones`: write {{ stanzas.zones() }}"),
        ("  run_twice = true\n", "{{ stanzas.group() }}", "it leaves out what `run_twice` asks for: write {{ stanzas.disconnect() }}"),
        ("  needs {\n    machines = 1\n  }\n", "{{ stanzas.group() }}", "it leaves out the gate of `needs`: write {{ stanzas.count() }}"),
    ],
)
def test_what_it_leaves_out_is_told(keys: str, without: str, said: str, rendered: Rendered) -> None:
    with pytest.raises(Usage) as caught:
        rendered(f'{keys}  vars = {{ image = "x" }}\n', WHOLE.replace(without, ""))
    assert said in str(caught.value)
    assert "templates/web.j2: service" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{ service.name | hcl }} {", '"other" {', 'its job is named "other", and a service and its job have one name'),
        ("{{ stanzas.job() }}", '  type = "batch"\n{{ stanzas.job() }}', 'its job is of type "batch", and the definition\'s is "service"'),
        ("{{ stanzas.job() }}", "  type = lower(1)\n{{ stanzas.job() }}", "its job is of a type that only Nomad can tell"),
        ("job {{ service.name", 'job "more" {}\njob {{ service.name', "it makes no single job"),
    ],
)
def test_a_job_that_is_another_than_the_definitions_is_refused(old: str, new: str, said: str, rendered: Rendered) -> None:
    with pytest.raises(Usage) as caught:
        rendered('  vars = { image = "x" }\n', WHOLE.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_gate_opens_one_group_only(rendered: Rendered) -> None:
    more = '\n  group "more" {\n{{ stanzas.count() }}\n  }\n'
    with pytest.raises(Usage, match="a gate opens one group, and its job has 2"):
        rendered(
            '  needs {\n    machines = 1\n  }\n  vars = { image = "x" }\n',
            WHOLE.replace("{{ stanzas.job() }}", f"{{{{ stanzas.job() }}}}{more}"),
        )


@pytest.mark.parametrize(
    ("keys", "count", "wanted"),
    [
        ('  zones = "each"\n', "", "2"),
        ('  zones = "each"\n', "    count = 3", "2"),
        ('  zones = "each"\n', "    count = 4", ""),
        ('  zones = "each"\n', "    count = 1 + 1", "2"),
        ("  count = 2\n", "", "2"),
        ("  count = 2\n", "    count = 4", "2"),
        ("  count = 1\n", "", ""),
        ("", "    count = 5", ""),
        ("  needs {\n    machines = 1\n  }\n", "    count = 1", "1, by its gate"),
        ("  needs {\n    machines = 1\n  }\n", "    count = 0", ""),
    ],
)
def test_a_count_that_is_another_than_the_definitions_is_refused(keys: str, count: str, wanted: str, rendered: Rendered) -> None:
    def made() -> str:
        return rendered(f'{keys}  vars = {{ image = "x" }}\n', WHOLE.replace("{{ stanzas.count() }}", count))

    if not wanted:
        assert count.strip() in made()
        return
    with pytest.raises(Usage) as caught:
        made()
    said = f"how many instances a group has isn't what the definition asks for ({wanted}): write {{{{ stanzas.count() }}}}"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\n{{ nobody }}\n", r"templates/web\.j2:2, for service \"web\": 'nobody' is undefined: correct the template"),
        ("a\n\n{{ vars.x }}\n", r"templates/web\.j2:3, for service \"web\": 'dict object' has no attribute 'x': correct"),
        ("a\n{{ service | hcl }}\n", r"templates/web\.j2:2, for service \"web\": the filter `hcl` takes a string, not Service: correct"),
        ("a\n{{ vars.x | hcl }}\n", r"templates/web\.j2:2, for service \"web\": 'dict object' has no attribute 'x': correct"),
        ("a\n{% if %}\n", r"templates/web\.j2:2: Expected an expression, got 'end of statement block'"),
        ("{% include 'more.j2' %}\n", r"templates/more\.j2:2, for service \"web\": division by zero"),
        ("{% include 'nowhere.j2' %}\n", r"web\.j2:1, for service \"web\": 'nowhere\.j2' not found"),
        ('job "web" {\n', r"templates/web\.j2: service \"web\": line 1 of what it becomes, `job \"web\" \{`: "),
        (None, r"grid/grid\.hcl:\d+: service \"web\": there is no template web\.j2 in .*templates: write it, or correct `template`"),
    ],
)
def test_a_broken_template_is_told_with_its_line(template: str | None, said: str, rendered: Rendered) -> None:
    with pytest.raises(Usage, match=said):
        rendered("", template, more="\n{{ 1 / 0 }}\n")


def test_a_template_may_use_what_the_definition_has_beside(rendered: Rendered) -> None:
    task = """
    task "web" {
      driver = {{ service.driver.name | hcl }}

      config {
{{ service.driver.config.indented(8) }}
      }

      resources {
{{ service.resources | resource_lines }}
      }
    }
"""
    head, rest = WHOLE.split('    task "web" {')
    keys = '  driver "docker" {\n    image = "caddy:2"\n  }\n  resources {\n    memory = 64\n  }\n'
    text = rendered(keys, head + task + rest[rest.index("EOT\n      }\n    }\n") + len("EOT\n      }\n    }\n") :])
    assert 'image = "caddy:2"' in text
    assert "memory = 64" in text
