"""Compose's kinds of values: texts, sizes, times, words and variables, as Compose itself reads them."""

from __future__ import annotations

import pytest

from simulacra.importing.amounts import duration, in_bytes, mebibytes, seconds
from simulacra.importing.dotenv import read_dotenv, read_raw
from simulacra.importing.interpolation import Filler, Malformed
from simulacra.importing.notes import Broken
from simulacra.importing.reading import file_mode, pairs, text, truth, whole
from simulacra.importing.tree import Map, Scalar, read_yaml
from simulacra.importing.words import Words, split


def plain(written: str) -> Scalar:
    return Scalar(written, 7, "services.web.key")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("web", "web"), ("1", "1"), ("007", "7"), ("0222", "146"), ("08", "8"), ("0x1F", "31"), ("0o17", "15"), ("0b11", "3"),
        ("1_000", "1000"), ("+5", "5"), ("-5", "-5"), ("1.0", "1"), ("3.10", "3.1"), ("1e3", "1000"), (".5", "0.5"), ("1e21", "1e+21"),
        ("1.2.3", "1.2.3"), ("22:22", "22:22"), ("yes", "yes"), ("off", "off"), ("True", "true"), ("FALSE", "false"), ("tRue", "tRue"),
        ("~", ""), ("null", ""), ("", ""), ("2001-12-14", "2001-12-14"), ("0755x", "0755x"), ("1__", "1"), ("-", "-"),
    ],
)  # fmt: skip
def test_plain_scalars_are_texts_as_compose_prints_them(written: str, printed: str) -> None:
    assert text(plain(written)) == printed


def test_quoted_scalars_stay_as_they_are() -> None:
    assert text(Scalar("0222", 7, "p", plain=False)) == "0222"


@pytest.mark.parametrize(
    ("written", "amount"),
    [("0", 0), ("64", 64), ("64b", 64), ("1k", 1024), ("64m", 64 << 20), ("1.5gb", 3 << 29), ("2G", 2 << 30), ("1GiB", 1 << 30),
     ("1t", 1 << 40)],
)  # fmt: skip
def test_sizes(written: str, amount: int) -> None:
    assert in_bytes(plain(written)) == amount


def test_mebibytes_are_rounded_up() -> None:
    assert mebibytes(plain("1048577")) == 2


@pytest.mark.parametrize(
    ("written", "told"),
    [("10s", "10s"), ("1m30s", "1m30s"), ("90s", "1m30s"), ("2h", "2h"), ("1d", "24h"), ("500ms", "500ms"), ("1.5s", "1500ms"),
     ("0s", "0s"), ("1h5m30s20ms", "3930020ms")],
)  # fmt: skip
def test_durations_as_nomad_takes_them(written: str, told: str) -> None:
    assert duration(seconds(plain(written))) == told


@pytest.mark.parametrize(("written", "mode"), [("0440", 0o440), ("440", 0o440), ("0o400", 0o400), ("1777", 0o1777)])
def test_file_modes_are_octal(written: str, mode: int) -> None:
    assert file_mode(plain(written)) == mode


@pytest.mark.parametrize(
    ("read", "written", "said"),
    [
        (in_bytes, "lots", "takes a size up to 1024t, for example 64m or 1g, not 'lots'"),
        (in_bytes, "9999p", "takes a size up to 1024t"),
        (seconds, "10", "takes a duration, for example 30s or 1m30s, not '10'"),
        (seconds, "1m 30s", "takes a duration"),
        (file_mode, "0888", "takes permissions such as 0440, not '0888'"),
        (file_mode, "77777", "takes permissions"),
        (truth, "maybe", "takes true or false, not 'maybe'"),
        (whole, "1.5", "takes a whole number, not '1.5'"),
        (whole, "9" * 30, "takes a whole number"),
    ],
)
def test_other_values_are_refused_with_their_place(read: object, written: str, said: str) -> None:
    assert callable(read)
    with pytest.raises(Broken) as refused:
        read(plain(written))
    assert refused.value.line == 7
    assert refused.value.message.startswith(f"services.web.key: {said}")


def test_of_equal_entries_in_a_list_the_last_counts() -> None:
    node = read_yaml("a: [B=1, C, B=2=3]")
    assert isinstance(node, Map)
    assert [(pair.key, pair.value) for pair in pairs(node.get("a"))] == [("B", "2=3"), ("C", None)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nginx -g 'daemon off;'", ("nginx", "-g", "daemon off;")),
        ('redis-server --save "" --port 1', ("redis-server", "--save", "", "--port", "1")),
        (r"echo a\ b \$HOME", ("echo", "a b", "$HOME")),
        ("a  b\n\tc", ("a", "b", "c")),
        ('--opt="two words"x', ("--opt=two wordsx",)),
        ("echo $(date +%F) `id -u`", ("echo", "$(date +%F)", "`id -u`")),
        ("", ()),
    ],
)
def test_command_lines_are_split_as_a_shell_would(line: str, words: tuple[str, ...]) -> None:
    assert split(line) == Words(words)


@pytest.mark.parametrize(("line", "dropped"), [("a b && c", "&& c"), ("a | b", "| b"), ("a > b", "> b"), ("a;b", ";b")])
def test_compose_stops_at_an_operator(line: str, dropped: str) -> None:
    assert split(line).dropped == dropped


@pytest.mark.parametrize("line", ["it's", 'say "hello', "a (b", "a\\"])
def test_open_quotes_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="aren't closed"):
        split(line)


VARIABLES = {"A": "a", "EMPTY": "", "B2": "$A"}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("$A ${A} $$A $${A}", "a a $A ${A}"), ("${A}b$A.", "aba."), ("$B2", "$A"), ("${NONE}", ""), ("$NONE-", "-"),
        ("${A:-x} ${EMPTY:-x} ${NONE:-x}", "a x x"), ("${A-x} ${EMPTY-x} ${NONE-x}", "a  x"),
        ("${A:+x} ${EMPTY:+x} ${NONE:+x}", "x  "), ("${A+x} ${EMPTY+x} ${NONE+x}", "x x "),
        ("${NONE:-${EMPTY:-${A}}}", "a"), ("${NONE:-a}b}", "ab}"), ("${NONE:-$$}", "$"), ("${NONE:-{}}", "{}"),
        ("${A:?x}${A?x}${EMPTY?x}", "aa"),
        ("${NONE:-http://x:80/?q=1}", "http://x:80/?q=1"), ("no dollars {}", "no dollars {}"),
    ],
)  # fmt: skip
def test_variables_are_filled_in(written: str, filled: str) -> None:
    assert Filler(VARIABLES).fill(written) == filled


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${NONE:?say where}", r"NONE must be set \(say where\): set it in \.env"), ("${EMPTY:?}", "EMPTY must be set: set it"),
        ("${NONE?}", "NONE must be set"), ("a $ b", "write `\\$\\$`"), ("$1", "write `\\$\\$`"), ("${A", "isn't closed"),
        ("${}", "no variable"),
        ("${A!x}", "no variable"), ("${1A}", "no variable"), ("${A:}", "no variable"), ("${NONE:-${A}", "isn't closed"),
        ("${N:-" * 60 + "}" * 60, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_compose_refuses_is_refused(written: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        Filler(VARIABLES).fill(written)


def test_who_isnt_set_is_remembered() -> None:
    filler = Filler(VARIABLES)
    filler.fill("${NONE} $OTHER ${THIRD:-x} $A")
    assert filler.unset == ["NONE", "OTHER"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("# a comment\n\nexport A=b # and one\nB=c#d\nC= # nothing", {"A": "b", "B": "c#d", "C": ""}),
        ("A='$B \\' # x'\nB=\"two\nlines\\t$HOME\" # y", {"A": "$B ' # x", "B": "two\nlines\t/home/me"}),
        ("A=1\nB=${A}2\nC='${A}'\nD=\\$A", {"A": "1", "B": "12", "C": "${A}", "D": "\\1"}),
        ("A: yaml\nB = spaced ", {"A": "yaml", "B": "spaced"}),
        ("HOME\nNOBODY\nA=", {"HOME": "/home/me", "A": ""}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=1\nA=2", {"A": "2"}),
        ("", {}),
    ],
)
def test_dotenv(written: str, found: dict[str, str]) -> None:
    assert dict(read_dotenv(written, ".env", {"HOME": "/home/me"})) == found


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [("A=1\n?=2", 2, "isn't a line NAME=value"), ("\nA='x", 2, "A: its quotes aren't closed"),
     ("A=${B:?gone}", 1, "A: the variable B must be set"),
     ("A B=1", 1, "isn't a line")],
)  # fmt: skip
def test_dotenv_faults_have_their_line(written: str, line: int, said: str) -> None:
    with pytest.raises(Broken) as refused:
        read_dotenv(written, "web.env", {})
    assert (refused.value.file, refused.value.line) == ("web.env", line)
    assert refused.value.message.startswith(said)


def test_raw_files_are_taken_as_they_are() -> None:
    assert dict(read_raw('A="$B" # c\n# d\n\n E =1\n')) == {"A": '"$B" # c', "E": "1"}
