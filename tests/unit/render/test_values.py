"""What a jobspec's variables are given, as `nomad job run` puts it together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.faults import Usage
from simulacra.model.jobspec import Jobspec, Opening, Outline, Values, Variable, VariableFile
from simulacra.model.verbatim import Verbatim
from simulacra.render.values import values_of

DECLARED = (Variable("a"), Variable("b", "string"), Variable("c", "list(string)"), Variable("d", "any"))
OUTLINE = Outline("web", 1, Opening(0, 0, ""), Verbatim(), declared=DECLARED)


def spec(**around: str) -> Jobspec:
    return Jobspec("grid/web.nomad.hcl", outline=OUTLINE, around=tuple(around.items()))


def test_text_is_quoted_and_expressions_are_not() -> None:
    around = {"a": 'say "hi" ${x}', "b": "5", "c": '["x"]', "d": "1 + 1"}
    values = values_of(spec(**around))
    assert values.merged == 'a = "say \\"hi\\" $${x}"\nb = "5"\nc = ["x"]\nd = 1 + 1\n'
    assert values.flags == tuple(around.items())


def test_files_win_over_the_environment_and_the_definition_over_both() -> None:
    files = (VariableFile("a.hcl", "", (("a", "1"), ("b", "2"))), VariableFile("b.hcl", "", (("b", "3"),)))
    whole = replace(spec(b="around"), variables=(("a", "own"),), variable_files=files)
    assert values_of(whole) == Values('a = "own"\nb = 3\n', "a = 1\nb = 3\n", (("a", "own"), ("b", "around")))


def test_a_value_that_would_arrive_as_another_is_told_and_not_shown() -> None:
    with pytest.raises(Usage, match=r"one of NOMAD_VAR_a, NOMAD_VAR_b can't be sent: it isn't in Unicode normal form C") as caught:
        values_of(spec(a="cafe\u0301", b="secret"))
    assert "cafe" not in str(caught.value)
