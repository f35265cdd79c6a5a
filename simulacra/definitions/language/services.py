"""Services."""

from __future__ import annotations

import posixpath

from simulacra.definitions import kinds, nomad_bodies
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, MEBIBYTES, MHZ, NAME, PORT_NAME, build, named
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
    "What the grid as a whole must have before the service comes online: its machines that are on and, with `on_demand`, those that can be "
    "woken.",
    build(Needs),
    keys={
        "machines": Key(kinds.whole(0, 100_000), "how many machines there must be"),
        "cpu_mhz": Key(kinds.whole(*MHZ, "MHz"), "how much cpu all of them must have together"),
        "memory_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "how much memory all of them must have together"),
        "disk_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "how much disk for tasks all of them must have together"),
        "zones": Key(kinds.whole(0, 1000), "how many zones they must be in"),
        "services": Key(kinds.items(named("a service"), "services"), "the services that must be online before it"),
    },
    parts={
        "tier": Part(
            Schema(
                "So many machines of a tier or a higher one.",
                build(NeedsTier, "tier"),
                label=named("a tier"),
                keys={"machines": Key(kinds.whole(1, 100_000), "how many of them must be of that tier or a higher one")},
            ),
            "how many machines of a tier there must be",
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
    return posixpath.normpath(posixpath.join(posixpath.dirname(found.source.file), path))


SERVICE = Schema(
    "One Nomad job: what it needs, where it may run, and Nomad's own stanzas.",
    _service,
    label=NAME,
    keys={
        "type": Key(kinds.choice("service", "batch", "system", "sysbatch"), "the type of its job, as Nomad has it"),
        "tier": Key(named("a tier"), "the tier that its machines are of, or a higher one", left_out="any machine will do"),
        "count": Key(kinds.whole(0, 10_000), "how many instances run", left_out="one for each zone asked for, else 1"),
        "zones": Key(
            kinds.zones(),
            "the zones that have an instance each, guaranteed; a number: that many zones, chosen so that a cut parts them",
            left_out="it runs in any zone",
        ),
        "on_demand": Key(kinds.truth(), "whether machines may be woken or rented for it; false: it takes what is on anyway"),
        "moves": Key(
            kinds.choice("never", "quiet_hours", "any"),
            "when it may be stopped here and started elsewhere so that a machine can sleep",
            left_out='`"quiet_hours"` with one instance, else `"any"`',
        ),
        "urgent": Key(kinds.truth(), "whether machines are woken for it in their quiet hours too"),
        "run_twice": Key(
            kinds.truth(), "whether each side of a cut may run its own meanwhile; false: never more of it anywhere than asked for"
        ),
        "priority": Key(
            kinds.whole(1, 100),
            "who goes first where there isn't enough for all: higher ones; Nomad's job priority",
            left_out="Nomad's own, 50",
        ),
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
                label=kinds.text("the link's text", filled=True),
                keys={
                    "url": Key(
                        kinds.text("an address", r"[A-Za-z][A-Za-z0-9+.-]*:\S+", '"https://wiki.example/"'), "where it leads", required=True
                    )
                },
            ),
            "a link that Nomad's UI shows",
            field="links",
            many=True,
        ),
        "needs": Part(NEEDS, "what the grid as a whole must have before it comes online"),
        "driver": Part(nomad_bodies.driver, "the task driver of the service's own task; in it stands what Nomad has in `config`"),
        "resources": Part(
            Schema(
                "What the service's own task asks for.",
                _resources,
                keys={
                    "cpu": Key(
                        kinds.whole(1, MHZ[1], "MHz"), "how much of a processor: a core of 2 GHz has 2000", left_out="Nomad's own, 100"
                    ),
                    "cores": Key(kinds.whole(1, 4096), "how many whole cores it has for itself, instead of `cpu`"),
                    "memory": Key(
                        kinds.whole(_LEAST_MEMORY, MEBIBYTES[1], "MiB"),
                        "how much memory is kept for it; it may use no more",
                        left_out="Nomad's own, 300",
                    ),
                    "memory_max": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "how much memory it may use where there is some free"),
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
                    "to": Key(kinds.whole(1, 65535), "the port inside the task's own network, where it has one, as with docker"),
                    "static": Key(kinds.whole(1, 65535), "the port on the machine", left_out="any free one"),
                },
                parts={
                    "check": Part(
                        nomad_bodies.check,
                        "a health check of the port: Nomad's `check`; every 10 s, for 2 s, where it doesn't say",
                        field="checks",
                        many=True,
                    )
                },
            ),
            "a port on the overlay, in Nomad's catalog of services",
            field="ports",
            many=True,
        ),
        "job": Part(nomad_bodies.job, "Nomad's own stanzas of the job, taken over as they are"),
        "group": Part(nomad_bodies.group, "Nomad's own stanzas of the group, taken over as they are"),
        "task": Part(
            nomad_bodies.task,
            "Nomad's own stanzas of a task: of the service's own under its name, else a further one, whole",
            field="tasks",
            many=True,
        ),
    },
)
