"""Values for a jobspec's variables, as `nomad job run` puts them together."""

from __future__ import annotations

from collections.abc import Mapping

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable, quote
from simulacra.model.jobspec import TEXT_TYPES, Jobspec, Values

PREFIX = "NOMAD_VAR_"


def values_of(spec: Jobspec, environment: Mapping[str, str]) -> Values:
    """What the jobspec's variables are given: from NOMAD_VAR_* first, files win over those, and the definition's own over all.

    Raises `Usage` for a value that can't arrive as it is.
    """
    types = {it.name: it.type for it in spec.outline.declared} if spec.outline is not None else {}
    around = {name: environment[f"{PREFIX}{name}"] for name in types if f"{PREFIX}{name}" in environment}
    filed = {name: value for file in spec.variable_files for name, value in file.values}
    own = dict(spec.variables)
    try:
        texts = {name: _expression(value, types.get(name, "")) for name, value in around.items()} | filed
    except Unquotable as error:
        raise Usage(f"the value of one of {', '.join(f'{PREFIX}{name}' for name in sorted(around))} can't be sent: it {error}") from error
    texts |= {name: _expression(value, types.get(name, "")) for name, value in own.items()}
    return Values(_lines(texts), _lines(filed), tuple(sorted({**around, **own}.items())))


def _expression(value: str, kind: str) -> str:
    return quote(value) if kind in TEXT_TYPES else value


def _lines(texts: Mapping[str, str]) -> str:
    return "".join(f"{name} = {text}\n" for name, text in sorted(texts.items()))
