"""The server's diff of a job as text, in the manner of ``nomad job plan``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING

from rich.text import Text

from simulacra.cli.hidden_values import without_values

if TYPE_CHECKING:
    from simulacra.gateways.nomad_diff_values import FieldDiff, GroupDiff, JobDiff, ObjectDiff, TaskDiff

MARKS = {"Added": ("+", "green"), "Deleted": ("-", "red"), "Edited": ("~", "yellow"), "None": (" ", "")}
UPDATES = {
    "create": "green",
    "destroy": "red",
    "migrate": "blue",
    "in-place update": "cyan",
    "create/destroy update": "yellow",
    "canary": "yellow",
}
STEP = "  "


def job_diff(diff: JobDiff, hidden: Sequence[str] = ()) -> Text:
    """The whole diff; a job that is new shows its groups and tasks, one that changed each field that does.

    Of a field that holds one of the ``hidden`` values neither what it was nor what it becomes is shown.
    """
    return _whole(without_values(diff, hidden) if hidden else diff)


def _whole(diff: JobDiff) -> Text:
    whole = diff.type == "Edited"
    lines = [_line("", diff.type, f'job "{diff.id}"', bold=True)]
    if whole:
        lines += _inside(diff.fields, diff.objects, STEP)
    for group in diff.groups:
        if group.type != "None" or group.updates:
            lines += _group(group)
    return Text("\n").join(lines)


def _group(group: GroupDiff) -> Iterator[Text]:
    line = _line(STEP, group.type, f'group "{group.name}"', bold=True)
    for position, (update, count) in enumerate(group.updates):
        line.append(" (" if position == 0 else ", ").append(f"{count} {update}", style=UPDATES.get(update, ""))
    yield line.append(")") if group.updates else line
    if group.type == "Edited":
        yield from _inside(group.fields, group.objects, STEP * 2)
    for task in group.tasks:
        if task.type != "None":
            yield from _task(task)


def _task(task: TaskDiff) -> Iterator[Text]:
    line = _line(STEP * 2, task.type, f'task "{task.name}"', bold=True)
    yield line.append(f" ({', '.join(task.annotations)})", style="dim") if task.annotations else line
    if task.type == "Edited":
        yield from _inside(task.fields, task.objects, STEP * 3)


def _inside(fields: Sequence[FieldDiff], objects: Sequence[ObjectDiff], indent: str) -> Iterator[Text]:
    changed = [field for field in fields if field.type != "None"]
    width = max((len(field.name) for field in changed), default=0)
    for field in changed:
        if "\n" in f"{field.old}{field.new}":
            yield from _long_field(field, indent)
        else:
            yield _field(field, indent, width)
    for item in objects:
        if item.type != "None":
            yield _line(indent, item.type, f"{item.name} {{")
            yield from _inside(item.fields, item.objects, indent + STEP)
            yield _line(indent, item.type, "}", marked=False)


def _field(field: FieldDiff, indent: str, width: int) -> Text:
    old, new = json.dumps(field.old, ensure_ascii=False), json.dumps(field.new, ensure_ascii=False)
    value = {"Added": new, "Deleted": old}.get(field.type, f"{old} => {new}")
    line = _line(indent, field.type, f"{field.name}: {' ' * (width - len(field.name))}{value}")
    return line.append(f" ({', '.join(field.annotations)})", style="dim") if field.annotations else line


def _long_field(field: FieldDiff, indent: str) -> Iterator[Text]:
    """A text of several lines: only the lines that differ, and what stands around them."""
    line = _line(indent, field.type, f"{field.name}:")
    yield line.append(f" ({', '.join(field.annotations)})", style="dim") if field.annotations else line
    styles = {"+": "green", "-": "red", "@": "dim"}
    old, new = (text.split("\n") if text else [] for text in (field.old, field.new))
    for text in list(unified_diff(old, new, n=2, lineterm=""))[2:]:
        yield Text(indent + STEP * 2).append(_visible(text), style=styles.get(text[0], ""))


def _visible(text: str) -> str:
    """The text with control characters spelt out: none of them reaches the terminal."""
    return "".join(it if it.isprintable() or it == "\t" else it.encode("unicode_escape").decode() for it in text)


def _line(indent: str, type_: str, words: str, *, bold: bool = False, marked: bool = True) -> Text:
    mark, style = MARKS[type_]
    return Text(indent).append(f"{mark if marked else ' '} ", style=style).append(words, style="bold" if bold else "")
