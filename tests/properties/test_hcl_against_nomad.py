"""Our reader, our layout and our quoting against Nomad's own parser, many texts in each of its runs."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulacra.hcl.format import format_text
from simulacra.hcl.lexer import tokenize
from simulacra.hcl.quote import Unquotable, quote
from simulacra.hcl.syntax import SyntaxFaults, parse

pytestmark = pytest.mark.nomad

ROUNDS = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
TEXTS_A_ROUND = 400
STRINGS_A_ROUND = 60

SCALARS = ["1", "-2.5", "1e3", "true", "null", '"s"', '"é $${ %%{ $ %"', r'"\n\t\"\\\u00e9"', '"👨\u200d👩e\u0301🇩🇪"']
TEMPLATES = ['"${x}-${ y.z ~}"', '"%{ if x }1%{ else }2%{ endif }"', '"${{a=1}}"']
HEREDOCS = ["<<E\n  a ${x} $${y}\n%{ for k, v in z ~}\n b\n%{~ endfor }\n E\n", "<<-E\n    a\n\n  b\n  E\n"]
LISTS = ["[]", "[1,2 , 3]", "[\n1,\n2,\n]", '[{\n  a = "b"\n}, { c = 1 }]', "[for a, b in [c] : d if e]"]
OBJECTS = ["{}", '{ a=1, "b" : 2 }', "{\n a=1\n bcd = [2,\n3]\n}", "{ for a in b : a => a... }"]
OTHERS = ["x", "x.y[0].z[*].w", "x.*.y.0", "f(x, y...)", "a::b(1)", "!x && -1 == (2+3)*4 ? y : z % 2", "[1][0]"]
VALUES = SCALARS + TEMPLATES + HEREDOCS + LISTS + OBJECTS + OTHERS
COMMENTS = ["", "", "", " # c", "// dé", " /* e */", "\t#"]
CHARACTERS = list("{}[]()=\"\n\\'`;&|,:?.-+*/<!~$%# \t\r\x00é\u0301\u00a0\ufeff")
SYMBOLS = ["\r\n", "${", "%{", "$${", "%%{", "~}", "//", "/*", "*/", "<<E\n", "<<-E\n", "\nE\n", "::", "...", "=>", "==", "&&", '"${']
WORDS = ["x", "for", "in", "if", "1.", "01", "1e5", "a = 1", "b {\n}", '"s"', "[*]", ".*", ".0"]
DIRECTIVES = ["%{ if x }", "%{ endif }", "%{ else }", "%{ for a in b }", "%{ endfor }"]
FRAGMENTS = CHARACTERS + SYMBOLS + WORDS + DIRECTIVES
COMMENT_THAT_NOMAD_LOSES = re.compile(r'^[^="{#]*/\*.*["\w]', re.MULTILINE)


def written(rng: random.Random, depth: int = 0) -> str:
    """A body that HashiCorp's parser takes, in any layout."""
    lines: list[str] = []
    for number in range(rng.randint(1, 4)):
        space = rng.choice(["", " ", "   ", "\t"])
        choice = rng.random()
        if choice < 0.2:
            lines.append(rng.choice(["", "# comment", "  /* a\n b */", "// é"]))
        elif choice < 0.65 or depth > 2:
            value = rng.choice(VALUES)
            end = "" if value.endswith("\n") else rng.choice(COMMENTS) + "\n"
            lines.append(f"{space}{'n' * rng.randint(1, 6)}{number}{space}={space}{value}{end}".removesuffix("\n"))
        elif choice < 0.75:
            lines.append(f'{space}b "l"{space}{{ a{space}={space}{rng.choice(["1", "[1]", "x.y"])} }}{rng.choice(COMMENTS)}')
        else:
            labels = rng.choice(["", ' "l"', ' l "m"', '"$${"'])
            lines.append(f"{space}b{labels}{space}{{{rng.choice(COMMENTS)}\n{written(rng, depth + 1)}{space}}}")
    return "\n".join(lines) + "\n"


def mutated(rng: random.Random, text: str) -> str:
    """The text with a few characters or tokens left out, put in, doubled or swapped."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        tokens = [(start, end) for _, start, end in tokenize(text) if end > start] or [(0, 0)]
        start, end = rng.choice(tokens)
        match rng.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + rng.choice(FRAGMENTS) + text[end:]
            case 2:
                text = text[:end] + text[start:end] + text[end:]
            case 3:
                at = rng.randint(0, len(text))
                text = text[:at] + rng.choice(FRAGMENTS) + text[at:]
            case _:
                at = rng.randint(0, len(text))
                text = text[:at] + text[at + rng.randint(1, 3) :]
    return text


def formatted(nomad: Path, texts: list[str]) -> list[str | None]:
    """What `nomad fmt` makes of each text; None for those that it refuses."""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.hcl" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text.encode())
        run = subprocess.run([nomad, "fmt", "."], cwd=folder, capture_output=True, check=False)
        refused = set(re.findall(r"^  on (\d+\.hcl) line", run.stderr.decode(), re.MULTILINE))
        assert (run.returncode == 0) == (not refused), run.stderr
        return [None if file.name in refused else file.read_bytes().decode() for file in files]


def accepted(text: str) -> bool:
    try:
        parse(text)
    except SyntaxFaults:
        return False
    return True


def known_to_differ(ours: str) -> bool:
    """`nomad fmt` drops a comment between a block's name and its first label, and turns a lonely byte order mark into blanks."""
    return not ours.strip() or bool(COMMENT_THAT_NOMAD_LOSES.search(ours))


@ROUNDS
@given(seed=st.integers(0, 2**64))
def test_reader_takes_what_nomad_takes(nomad_binary: Path, seed: int) -> None:
    rng = random.Random(seed)
    texts = [mutated(rng, written(rng)) for _ in range(TEXTS_A_ROUND)]
    laid_out = formatted(nomad_binary, texts)
    assert [text for text, nomads in zip(texts, laid_out, strict=True) if accepted(text) != (nomads is not None)] == []
    pairs = [(format_text(text), nomads) for text, nomads in zip(texts, laid_out, strict=True) if nomads is not None]
    assert [(ours, nomads) for ours, nomads in pairs if ours != nomads and not known_to_differ(ours)] == []


@ROUNDS
@given(seed=st.integers(0, 2**64))
def test_layout_is_nomads(nomad_binary: Path, seed: int) -> None:
    rng = random.Random(seed)
    texts = [written(rng) for _ in range(TEXTS_A_ROUND)]
    ours = [format_text(text) for text in texts]
    assert ours == formatted(nomad_binary, texts)
    assert [format_text(text) for text in ours] == ours
    assert all(accepted(text) for text in texts + ours)


ANY_TEXT = st.text()
ESCAPES = st.text(alphabet=st.sampled_from('$%{}~"\\u0é\u0301\n'))
MARKS = st.text(alphabet=st.characters(categories=["Mn", "Lo", "Cc"]))
STRINGS = st.lists(st.one_of(ANY_TEXT, ESCAPES, MARKS), min_size=STRINGS_A_ROUND, max_size=STRINGS_A_ROUND)


@ROUNDS
@given(strings=STRINGS)
def test_quoted_strings_arrive_exactly(nomad_binary: Path, tmp_path: Path, strings: list[str]) -> None:
    arriving: dict[str, str] = {}
    lines: list[str] = []
    for number, string in enumerate(strings):
        try:
            lines.append(f"    s{number} = {quote(string)}\n")
        except Unquotable:
            continue
        arriving[f"s{number}"] = string
    job = tmp_path / "strings.nomad.hcl"
    group = 'group "g" {\n    task "t" {\n      driver = "raw_exec"\n    }\n  }\n'
    job.write_bytes(f'job "strings" {{\n  meta {{\n{"".join(lines)}  }}\n  {group}}}\n'.encode())
    run = subprocess.run([nomad_binary, "job", "run", "-output", job], capture_output=True, check=True)
    assert (json.loads(run.stdout)["Job"]["Meta"] or {}) == arriving
