"""Services."""

from __future__ import annotations

import posixpath

from simulacra.definitions import kinds, nomad_bodies
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, MEBIBYTES, MHZ, NAME, NAMED, PORT_NAME, build
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.jobspec import Jobspec, VariableFile
from simulacra.model.service import Link, Needs, NeedsTier, Port, Resources, Service

FILE = kinds.text("the path of a file", r"[^\0\n]*[^\0\n/]", '"plex.nomad.hcl"')
_LEAST_MEMORY, _DEFAULT_MEMORY = 10, 300
"""MiB of a task, as Nomad has them."""


def _resources(found: Found) -> Resources:
    """What Nomad refuses about a task's resources. Source: nomad's ``structs.Resources.Validate``."""
    wanted = Resources(**found.values)
    if wanted.cpu is not None and wanted.cores is not None:
        raise Wrong(found.lines["cores"], "`cores` takes the place of `cpu`: remove one of them")
    memory = wanted.memory if wanted.memory is not None else _DEFAULT_MEMORY
    if wanted.memory_max and wanted.memory_max < memory:
        said = "" if wanted.memory is not None else ", what Nomad takes where `memory` is left out"
        raise Wrong(found.lines["memory_max"], f"`memory_max` ({wanted.memory_max}) is less than `memory` ({memory}{said}): raise it")
    return wanted


NEEDS = Schema(
    "What the grid as a whole must have before the service comes online.",
    build(Needs),
    keys={
        "machines": Key(kinds.whole(0, 100_000), "machines"),
        "cpu_mhz": Key(kinds.whole(*MHZ, "MHz"), "cpu over all machines"),
        "memory_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "memory over all machines"),
        "disk_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "disk over all machines"),
        "zones": Key(kinds.whole(0, 1000), "zones with a machine that is on"),
        "services": Key(kinds.items(NAMED, "services"), "services that must be online"),
    },
    parts={
        "tier": Part(
            Schema(
                "So many machines of a tier or a higher one.",
                build(NeedsTier, "tier"),
                label=NAMED,
                keys={"machines": Key(kinds.whole(1, 100_000), "how many; 1 if left out")},
            ),
            "machines of a tier",
            field="tiers",
            many=True,
        )
    },
)


def _service(found: Found) -> Service:
    """With its own jobspec's files as paths from where the grid's folder is."""
    values = dict(found.values)
    file, files = values.pop("jobspec", None), values.pop("variable_files", ())
    if file is not None:
        own = tuple(VariableFile(_beside(found, it)) for it in files)
        values["jobspec"] = Jobspec(_beside(found, file), values.pop("variables", ()), own)
    elif files:
        raise Wrong(found.lines["var_files"], "`var_files` are for a `jobspec` of your own, and there is none: remove them")
    elif found.values.get("variables") and not found.values.get("template"):
        raise Wrong(found.lines["vars"], "`vars` are for a `jobspec` or a `template` of your own, and there is none: remove them")
    return Service(**values, name=found.label, source=found.source)


def _beside(found: Found, path: str) -> str:
    """A path in a definition: from the folder of the file that it stands in."""
    return posixpath.join(posixpath.dirname(found.source.file), path.removeprefix("./"))


SERVICE = Schema(
    "One Nomad job: what it needs, where it may run, and Nomad's own stanzas.",
    _service,
    label=NAME,
    keys={
        "type": Key(kinds.choice("service", "batch", "system", "sysbatch"), "the job's type, as Nomad has it"),
        "tier": Key(NAMED, "it runs on machines of this tier or a higher one"),
        "count": Key(kinds.whole(0, 10_000), "how many instances; left out: one for each zone asked for, else 1"),
        "zones": Key(kinds.zones(), "one instance in each of these zones, guaranteed"),
        "on_demand": Key(kinds.truth(), "machines may be woken or bought for it; false: it takes what is on anyway"),
        "moves": Key(
            kinds.choice("never", "quiet_hours", "any"), "when it may be stopped here and started there so that a machine can sleep"
        ),
        "urgent": Key(kinds.truth(), "machines are woken for it in quiet hours too"),
        "run_twice": Key(kinds.truth(), "while a cable is cut each side may run its own; false: at most one anywhere"),
        "priority": Key(kinds.whole(1, 100), "who goes first where there isn't enough for all; Nomad's job priority"),
        "jobspec": Key(
            FILE, "a jobspec that you have already, beside this file: what is asked for here is added to it, all else stays as it is"
        ),
        "template": Key(FILE, "a template of your own (Jinja2) in `templates/` that becomes the jobspec"),
        "vars": Key(kinds.arguments_by_name(), "values for the jobspec's variables, as for `nomad job run -var`", field="variables"),
        "var_files": Key(
            kinds.items(FILE, "files", filled=True),
            "files with values for the jobspec's variables, as for `nomad job run -var-file`; the last one that has a value wins",
            field="variable_files",
        ),
        "description": DESCRIPTION,
    },
    parts={
        "link": Part(
            Schema(
                "A link that the Nomad UI shows.",
                build(Link, "label"),
                label=NAMED,
                keys={
                    "url": Key(
                        kinds.text("an address", r"[A-Za-z][A-Za-z0-9+.-]*:\S+", '"https://wiki.example/"'), "where it leads", required=True
                    )
                },
            ),
            "a link that the Nomad UI shows",
            field="links",
            many=True,
        ),
        "needs": Part(NEEDS, "what the grid as a whole must have"),
        "driver": Part(nomad_bodies.driver, "the task driver of the service's own task, with the body of Nomad's `config` block"),
        "resources": Part(
            Schema(
                "What the service's own task asks for.",
                _resources,
                keys={
                    "cpu": Key(kinds.whole(1, MHZ[1], "MHz"), "cpu"),
                    "cores": Key(kinds.whole(1, 4096), "whole cores, instead of cpu"),
                    "memory": Key(kinds.whole(_LEAST_MEMORY, MEBIBYTES[1], "MiB"), "memory"),
                    "memory_max": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "up to so much where there is some free"),
                },
                rest=nomad_bodies.other_blocks,
            ),
            "what its own task asks for",
        ),
        "port": Part(
            Schema(
                "A port on the overlay, registered as a service of Nomad's catalog.",
                build(Port, "name"),
                label=PORT_NAME,
                keys={
                    "to": Key(kinds.whole(1, 65535), "the port inside the task's own network, where it has one"),
                    "static": Key(kinds.whole(1, 65535), "this very port on the machine; left out: any free one"),
                },
                parts={"check": Part(nomad_bodies.check, "a health check; the body of Nomad's `check` block", field="checks", many=True)},
            ),
            "a port on the overlay",
            field="ports",
            many=True,
        ),
        "job": Part(nomad_bodies.job, "Nomad's own stanzas of the job, taken over as they are"),
        "group": Part(nomad_bodies.group, "Nomad's own stanzas of the group, taken over as they are"),
        "task": Part(
            nomad_bodies.task, "Nomad's own stanzas of a task; under the service's name: of its own task", field="tasks", many=True
        ),
    },
)
