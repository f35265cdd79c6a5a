"""A file's text to its definitions, or to all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, did_you_mean


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file holds. ``broken``: kind and name of blocks with faults; ``readable`` is False where its syntax is broken."""

    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    readable: bool = True


_JOBSPEC = ' It looks like a jobspec: name the file *.nomad.hcl, and a service with `jobspec = "…"` that takes it over.'


def read_file(file: str, content: bytes) -> FileRead:
    """Read one file of definitions. ``file`` is its name for people, with forward slashes."""
    from simulacra.hcl.syntax import SyntaxFaults, parse

    text = text_of(file, content)
    if isinstance(text, Problem):
        return _unreadable(text)
    try:
        body = parse(text)
    except SyntaxFaults as faults:
        return _unreadable(*(Problem(file, fault.line, fault.message, "syntax") for fault in faults.faults))
    problems = [
        Problem(
            file,
            attribute.line,
            f'`{attribute.name} = …` stands outside of any block: definitions are blocks, for example `zone "attic" {{ }}`',
        )
        for attribute in body.attributes
    ]
    definitions: list[Definition] = []
    broken: list[tuple[str, str]] = []
    for block in body.blocks:
        definition, wrong = _definition(file, block)
        problems += wrong
        if definition is not None:
            definitions.append(definition)
        elif len(block.labels) == 1:
            broken.append((block.type, block.labels[0]))
    return FileRead(tuple(definitions), tuple(problems), tuple(broken))


def text_of(file: str, content: bytes) -> str | Problem:
    """The text of a file, or what is wrong with it."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(file, content.count(b"\n", 0, error.start) + 1, "isn't UTF-8 text: save the file as UTF-8", "syntax")


def _definition(file: str, block: object) -> tuple[Definition | None, tuple[Problem, ...]]:
    from simulacra.definitions.decode import decode
    from simulacra.definitions.kinds import Wrong
    from simulacra.definitions.language import LANGUAGE
    from simulacra.hcl.syntax import Block

    assert isinstance(block, Block)
    schema = LANGUAGE.get(block.type)
    if schema is None:
        hint = _JOBSPEC if block.type in ("job", "variable", "variables", "locals") else did_you_mean(block.type, LANGUAGE)
        return None, (Problem(file, block.line, f"`{block.type}` isn't a definition.{hint}"),)
    found, problems = decode(schema, block, file)
    if any(key.required and (key.field or name) not in found.values for name, key in schema.keys.items()):
        return None, problems
    lines = tuple(found.lines.items())
    try:
        return Definition(block.type, schema.build(found), lines, whole=not problems), problems
    except Wrong as wrong:
        return None, (*problems, Problem(file, wrong.line, str(wrong)))


def _unreadable(*problems: Problem) -> FileRead:
    return FileRead((), problems, (), readable=False)
