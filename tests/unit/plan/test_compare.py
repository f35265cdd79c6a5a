"""Nomad's operators on single values. The cases that surprise are the real Nomad's answers: see test_feasible_against_nomad."""

from __future__ import annotations

import pytest

from simulacra.model.compare import holds
from simulacra.model.regexp import compiled

CASES = [
    ("linux", "=", "linux", True),
    ("linux", "==", "Linux", False),
    ("linux", "is", "linux", True),
    ("linux", "!=", "linux", False),
    ("linux", "not", "darwin", True),
    (None, "=", "", False),
    (None, "!=", "linux", True),
    (None, "!=", "", False),
    (None, "is_set", "", False),
    (None, "is_not_set", "", True),
    ("", "is_set", "", True),
    (None, "<", "1", False),
    (None, "regexp", ".*", False),
    (None, "set_contains", "", False),
    ("linux", "=", None, False),
    ("linux", "!=", None, True),
    ("linux", "contains", "linux", False),
    # order: as integers where both are, as numbers where both are, else as text
    ("9", "<", "40", True),
    ("9", "<", "40.5", True),
    ("9", "<", "40x", False),
    ("+9", ">=", "9", True),
    ("0x10", ">", "9", False),
    ("0x1p4", ">", "9", True),
    ("1_0", ">", "9", True),
    ("1__0", ">", "9", False),
    ("1_", ">", "0.5", True),
    ("0x_1p4", ">", "9", True),
    (" 9", "<", "40", True),
    (" 50", "<", "40", True),
    ("9223372036854775808", ">", "9223372036854775807", False),
    ("1e400", ">", "9", False),
    ("inf", ">", "9", True),
    ("nan", "<=", "nan", False),
    ("abc", "<", "abd", True),
    ("b", ">=", "a", True),
    # sets
    ("a,b,c", "set_contains", "c,a", True),
    ("a, b ,c", "set_contains_all", " b", True),
    ("a,b", "set_contains", "a,c", False),
    ("a,b", "set_contains", "", False),
    ("a,,b", "set_contains", "", True),
    ("a,b", "set_contains_any", "x, b", True),
    ("a,b", "set_contains_any", "x,y", False),
    # version
    ("1.2.3", "version", ">= 1.2, < 2", True),
    ("1.2.3", "version", "~> 1.2", True),
    ("2.0", "version", "~> 1.2", False),
    ("1.3.0", "version", "~> 1.2.0", False),
    ("1.2", "version", "~> 1.2.0", True),
    ("1.2.3", "version", "1.2.3", True),
    ("v1.2.3", "version", "= 1.2.3", True),
    ("1.2.3+meta", "version", "= 1.2.3", True),
    ("1.2.0-beta1", "version", ">= 1.1", False),
    ("1.2.0-beta1", "version", ">= 1.2.0-alpha1", True),
    ("1.2.0-beta1", "version", ">= 1.1.0-alpha1", False),
    ("1.2.0-beta1", "version", "!= 1.1", True),
    ("1.2.0", "version", ">= 1.2.0-beta1", True),
    ("1.2.0", "version", "~> 1.2.0-beta1", False),
    ("6.1.0-18-amd64", "version", ">= 5.0", False),
    ("1.2.3", "version", ">= x", False),
    ("yes", "version", ">= 1", False),
    ("1.2.3", "version", "", False),
    ("1.2.3", "version", ">= 1.2,", False),
    ("1.2rc1", "version", "= 1.2.0-rc1", True),
    ("1.10", "version", "> 1.9", True),
    # semver
    ("1.2.0-beta1", "semver", ">= 1.1", True),
    ("1.2.0-beta1", "semver", "< 1.2.0", True),
    ("1.2.0-beta.2", "semver", "< 1.2.0-beta.11", True),
    ("1.2.0-alpha", "semver", "< 1.2.0-beta", True),
    ("1.2.0-1", "semver", "< 1.2.0-alpha", True),
    ("1.2.3", "semver", "~> 1.2", False),
    ("1.2.3", "semver", ">= 1.2rc1", False),
    ("6.1.0-18-amd64", "semver", ">= 5.0", True),
    # regular expressions: Go's
    ("machine-7", "regexp", "[0-9]$", True),
    ("machine-7\n", "regexp", "[0-9]$", False),
    ("machine", "regexp", "", True),
    ("aa", "regexp", "a++", False),
    ("ab", "regexp", "a(?=b)", False),
    ("aa", "regexp", r"(a)\1", False),
    ("x", "regexp", "(", False),
    ("xB", "regexp", "x(?i)b", True),
    ("٣", "regexp", r"^\d$", False),
    ("a.b", "regexp", r"\Qa.b\E", True),
    ("axb", "regexp", r"\Qa.b\E", False),
    ("9", "regexp", "^[[:digit:]]$", True),
    ("a\nb", "regexp", "(?m)^b$", True),
    ("a\nb", "regexp", "a.b", False),
    ("a\nb", "regexp", "(?s)a.b", True),
    ("{,2}", "regexp", "^{,2}$", True),
]


@pytest.mark.parametrize(("actual", "operator", "wanted", "expected"), CASES)
def test_an_operator(actual: str | None, operator: str, wanted: str | None, expected: bool) -> None:
    assert holds(actual, operator, wanted) is expected


@pytest.mark.parametrize(
    "refused", ["*", "a**", "(?<=a)b", r"\Z", r"\8", "(?x)a", "a{1001}", "a{2,1}", "[z-a]", "[a", ")", "\\", "[[:nope:]]"]
)
def test_what_go_refuses_is_refused(refused: str) -> None:
    assert compiled(refused) is None


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("[]a]", "]", True), ("[^]a]", "b", True), ("[a-]", "-", True), (r"[\d-x]", "-", True), (r"[\D]", "7", False),
        (r"[^\W]", "_", True), (r"\x41\x{42}\101", "ABA", True), ("(?U)a+", "aa", True), ("(?i:a)b", "AB", False),
        ("(?P<name>a)|b", "b", True), (r"\bfoo\b", "a foo", True), ("(?i)[k-m]", "L", True), ("a{2}", "a", False), ("a{2,}?$", "aaa", True),
        ("(?i)a|b", "B", True), ("((?i)a)b", "AB", False), ("(?-i)a", "A", False), ("[[&&]", "&", True), ("a|*", "a", False),
    ],
)  # fmt: skip
def test_a_regular_expression(expression: str, text: str, expected: bool) -> None:
    assert holds(text, "regexp", expression) is expected
