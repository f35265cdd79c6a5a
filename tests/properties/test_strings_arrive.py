"""Any string of a definition arrives in Nomad exactly as written, or is refused with its line: shown by Nomad's own parser."""

from __future__ import annotations

import json
import subprocess
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulacra.definitions import load
from simulacra.definitions.problems import BrokenDefinitions
from simulacra.render import render_job

pytestmark = pytest.mark.nomad

NASTY = st.sampled_from(
    [
        *('"', "\\", "$", "%", "{", "}", "${", "%{", "$${", "%%{", "${node.unique.name}", "%{ if true }", "<<EOT", "EOT", "{{", "{%", "#}"),
        *("#", "//", "/*", "*/", "\\n", "\\u0041", "\n", "\r", "\t", " ", "é", "e\u0301", "\u212b", "日本", "🏡", "\ufffd"),
        *("\x00", "\x07", "\x1b[31m", "\u2028", "\ufeff"),
    ]
)
STRINGS = st.lists(st.one_of(NASTY, st.text(max_size=6)), max_size=6).map("".join)

DEFINITION = """
grid "strings" {{}}

service "strings" {{
  description = {description}

  link {label} {{
    url = "https://example.org/"
  }}

  driver "raw_exec" {{
    command = {command}
  }}

  port "http" {{
    check {{
      type = "http"
      path = {path}
    }}
  }}

  job {{
    meta {{
      value = {meta}
    }}
  }}

  task "strings" {{
    env {{
      VALUE = {env}
    }}

    template {{
      destination = "local/file"
      data        = {heredoc}
    }}
  }}
}}
"""


def spelled(value: str, escapes: bool) -> str:
    """A literal of HCL for the string, written here by the specification alone: every odd character escaped, or only what must be."""
    out = []
    for index, character in enumerate(value):
        opens = character in "$%" and value[index + 1 : index + 2] == "{"
        if opens:
            out.append(character * 2)
        elif character in '"\\':
            out.append("\\" + character)
        elif character in "\n\r\t":
            out.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character])
        elif ord(character) < 32 or (escapes and not (character.isascii() and character.isalnum()) and character not in "{$%"):
            out.append(f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


def heredoc(value: str) -> tuple[str, str]:
    """The string as a heredoc, where it can be one (else as a literal), and what then arrives."""
    if any(line.strip() == "MARK" for line in value.split("\n")) or any(
        ord(character) < 32 and character not in "\n\t" for character in value
    ):
        return spelled(value, escapes=False), value
    escaped = value.replace("${", "$${").replace("%{", "%%{")
    return f"<<MARK\n{escaped}\nMARK", value + "\n"


def arrived(binary: Path, text: str) -> dict[str, Any]:
    """What Nomad's parser makes of a jobspec, with no server."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "strings.nomad.hcl")
        path.write_text(text, encoding="utf-8", newline="")
        done = subprocess.run([binary, "job", "run", "-output", path], capture_output=True, check=False)
        assert done.returncode == 0, f"{done.stderr.decode()}\n{text}"
        formatted = subprocess.run([binary, "fmt", "-check", path], capture_output=True, check=False)
        assert formatted.returncode == 0, f"{formatted.stdout.decode()}\n{text}"
    job: dict[str, Any] = json.loads(done.stdout)["Job"]
    return job


def unfaithful(value: str) -> bool:
    """Strings that HCL itself can't carry as they are: it brings text into normal form C."""
    return unicodedata.normalize("NFC", value) != value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STRINGS, min_size=7, max_size=7), st.booleans())
def test_every_string_arrives_as_written_or_is_refused(nomad_binary: Path, strings: list[str], escapes: bool) -> None:
    description, label, command, path, meta, env, data = strings
    label = label or "x"
    written, data = heredoc(data)
    fields = {
        "description": spelled(description, escapes),
        "label": spelled(label, escapes),
        "command": spelled(command, escapes),
        "path": spelled(path, escapes),
        "meta": spelled(meta, escapes),
        "env": spelled(env, escapes),
        "heredoc": written,
    }
    with TemporaryDirectory() as folder:
        Path(folder, "grid.hcl").write_text(DEFINITION.format(**fields), encoding="utf-8", newline="")
        if any(map(unfaithful, [*strings, data])) or not label.strip():
            with pytest.raises(BrokenDefinitions) as refused:
                load(Path(folder))
            assert all(problem.line > 0 for problem in refused.value.problems)
            return
        grid = load(Path(folder))
    (service,) = grid.services
    job = arrived(nomad_binary, render_job(grid, service))
    group = job["TaskGroups"][0]
    task = group["Tasks"][0]
    if description:
        assert job["UI"]["Description"] == description
    assert job["UI"]["Links"][0]["Label"] == label
    assert task["Config"]["command"] == command
    assert group["Services"][0]["Checks"][0]["Path"] == path
    assert job["Meta"]["value"] == meta
    assert task["Env"]["VALUE"] == env
    assert task["Templates"][0]["EmbeddedTmpl"] == data
