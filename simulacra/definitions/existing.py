"""What must hold for a service with a jobspec of the user's own.

What stands in it is kept, so it mustn't defeat what the definition asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, did_you_mean, problem, quoted
from simulacra.definitions.promises import check_promises, within, zones_asked
from simulacra.model.jobspec import JobGroup, Jobspec, Outline
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.source import Source
from simulacra.model.words import numbered

_IN_THE_JOBSPEC = ("type", "driver", "resources", "port", "job", "group", "task", "template")
_OF_GROUPS = ("zones", "needs", "count", "run_twice")


def check_existing(d: Definition, own_zones: frozenset[str]) -> Iterator[Problem]:
    """All that is wrong with it; ``own_zones`` are the zones with a machine of one's own."""
    service: Service = d.value
    title = f'service "{service.name}"'
    for key, _ in d.lines:
        kind = key.partition(".")[0].partition(" ")[0]
        if kind in _IN_THE_JOBSPEC and "." not in key:
            both = kind == "template"
            said = "it has a jobspec and a template: remove one" if both else f"`{kind}` stands in its jobspec: remove it here"
            yield problem(d.at(key), f"{title}: {said}")
    spec = service.jobspec
    if spec is None or spec.outline is None:
        return
    outline = spec.outline
    yield from check_promises(d, title, own_zones, (outline.job, *(group.body for group in outline.groups)))
    yield from _job(d, title, spec, outline)
    yield from _variables(d, title, spec, outline)
    if not outline.groups or outline.bare_tasks:
        there = f"a task without one at line {outline.bare_tasks}" if outline.bare_tasks else "none"
        for key in (it for it in _OF_GROUPS if d.gives(it)):
            yield problem(d.at(key), f"{title}: `{key}` is about a group, and its job has {there}: put its task into a `group` there")
    for group in outline.groups:
        yield from _group(d, title, spec, group, zones_asked(service, own_zones))


def _job(d: Definition, title: str, spec: Jobspec, outline: Outline) -> Iterator[Problem]:
    service: Service = d.value

    def at(line: int, message: str) -> Problem:
        return problem(Source(spec.file, line), f"{title}: {message}")

    if outline.name != service.name:
        yield at(outline.line, f"its job is named {quoted(outline.name)}: name the service so, a service and its job have one name")
    if outline.id.written and not spec.awaits(outline.id.written) and spec.plain(outline.id.written) != service.name:
        yield at(outline.id.line, "the job's `id` must be the service's name: remove it")
    kind = service.type if not outline.type.written or spec.awaits(outline.type.written) else spec.plain(outline.type.written)
    if kind != service.type:
        said = (
            f"{quoted(kind)} isn't a type of jobs: service, batch, system or sysbatch"
            if kind
            else "`type` must be plain text here, or a variable"
        )
        yield at(outline.type.line, said if kind else f"{said} with a value: simulacra goes by it")
    if service.priority is not None and outline.job.has("priority"):
        yield at(outline.job.line_of("priority"), "`priority` stands in the definition too: remove one")
    if (service.description or service.links) and outline.job.has("ui"):
        yield at(outline.job.line_of("ui"), "it has both a description or links in the definition and a `ui` of its own: remove one")
    if outline.marked:
        yield at(outline.marked, "this is simulacra's own mark on its jobs: take another name")
    if service.needs is not None and (len(outline.groups) != 1 or not outline.groups[0].name):
        there = numbered(len(outline.groups), "group") if all(it.name for it in outline.groups) else "groups that only Nomad can count"
        yield problem(d.at("needs"), f"{title}: a gate opens one group, and its job has {there}: give each a job and a service of its own")
    if service.zones is not None and outline.zone_rule:
        yield at(outline.zone_rule, "a constraint on the zone stands here, and the definition asks for `zones`: remove one")


def _variables(d: Definition, title: str, spec: Jobspec, outline: Outline) -> Iterator[Problem]:
    declared = {it.name for it in outline.declared}
    for name, _ in spec.variables:
        if name not in declared:
            yield problem(d.at("vars"), f"{title}: its jobspec declares no variable {quoted(name)}.{did_you_mean(name, declared)}")
    for file in spec.variable_files:
        for name, _ in file.values:
            if name not in declared:
                yield Problem(file.file, 0, f"{title}: its jobspec declares no variable {quoted(name)}.{did_you_mean(name, declared)}")


def _group(d: Definition, title: str, spec: Jobspec, group: JobGroup, zones: int) -> Iterator[Problem]:
    service: Service = d.value
    body = group.body

    def at(line: int, message: str) -> Problem:
        return within(body, line, f"{title}{message}")

    if zones and group.zone_rule:
        yield at(group.zone_rule, ": a constraint on the zone stands here, and the definition asks for `zones`: remove one")
    if service.type in EVERYWHERE_TYPES:
        return
    if d.gives("run_twice") and body.has("disconnect"):
        yield at(body.line_of("disconnect"), " has both `run_twice` and a `disconnect` of its own: remove one")
    if body.has("scaling") and (service.needs is not None or zones):
        asked = "`needs`" if service.needs is not None else "`zones`"
        said = f" asks for {asked}, which settles its count, and has a `scaling` of its own that would change it: remove one"
        yield at(body.line_of("scaling"), said)
    if group.count.written and not spec.awaits(group.count.written):
        yield from _count(d, title, spec, group, zones)


def _count(d: Definition, title: str, spec: Jobspec, group: JobGroup, zones: int) -> Iterator[Problem]:
    """What is wrong with a count that stands in the jobspec."""
    service: Service = d.value
    plain, variable = spec.plain(group.count.written), spec.set_around(group.count.written)
    by_it = f" ({variable} in the environment sets it)" if variable else ""

    def at(message: str) -> Problem:
        return within(group.body, group.count.line, f"{title}: {message}{by_it}")

    if service.needs is not None:
        if plain != "0":
            yield at("its gate sets the count: remove `count` here, and write it into the definition")
    elif not plain.isdigit():
        if zones or service.count is not None:
            yield at("`count` must be a plain number here, or a variable with one: the definition promises how many there are")
    elif service.count is not None and int(plain) != service.count:
        yield at(f"`count` is {plain} here and {service.count} in the definition: remove one")
    elif zones and (not int(plain) or int(plain) % zones):
        there = numbered(zones, "zone")
        yield at(
            f"{numbered(int(plain), 'instance')} can't be shared out evenly over {there}: remove `count`, or take a multiple of {zones}"
        )
