"""Values for a jobspec's variables, as `nomad job run` puts them together."""

from __future__ import annotations

from collections.abc import Mapping

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable, quote
from simulacra.model.jobspec import ENVIRONMENT, TEXT_TYPES, Jobspec, Values


def values_of(spec: Jobspec) -> Values:
    """What the jobspec's variables are given: from NOMAD_VAR_* first, files win over those, and the definition's own over all.

    Raises `Usage` for a value that can't arrive as it is.
    """
    types = {it.name: it.type for it in spec.outline.declared} if spec.outline is not None else {}
    around = dict(spec.around)
    filed = {name: value for file in spec.variable_files for name, value in file.values}
    own = dict(spec.variables)
    try:
        texts = {name: _expression(value, types.get(name, "")) for name, value in around.items()} | filed
    except Unquotable as error:
        names = ", ".join(f"{ENVIRONMENT}{name}" for name in sorted(around))
        raise Usage(f"the value of one of {names} can't be sent: it {error}") from error
    texts |= {name: _expression(value, types.get(name, "")) for name, value in own.items()}
    return Values(_lines(texts), _lines(filed), tuple(sorted({**around, **own}.items())))


def _expression(value: str, kind: str) -> str:
    return quote(value) if kind in TEXT_TYPES else value


def _lines(texts: Mapping[str, str]) -> str:
    return "".join(f"{name} = {text}\n" for name, text in sorted(texts.items()))
