"""The whole language: every block, every key, what it takes and what it is for. The reference in ``docs/`` is made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulacra.definitions import kinds, nomad_bodies
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model import grid as model
from simulacra.model.compare import OPERATORS

MEBIBYTES, MHZ = (0, 1 << 30), (0, 1 << 30)
_LEAST_MEMORY, _DEFAULT_MEMORY = 10, 300
"""MiB of a task, as Nomad has them."""
NODE_NAME = kinds.text(
    "a name of letters, digits, dots, dashes and underscores, at most 63 long, starting with a letter or digit",
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
)
NAME = kinds.text(
    "a name of lower case letters, digits and dashes, at most 63 long, starting with a letter or digit and not ending in a dash",
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
)
PORT_NAME = kinds.text(
    "a port's name: letters, digits and underscores, at most 40 long, starting with a letter and not ending in an underscore",
    r"[A-Za-z]([A-Za-z0-9_]{0,38}[A-Za-z0-9])?",
)
WORDS = kinds.text()
NAMED = kinds.text("a name", filled=True)
DESCRIPTION = Key(WORDS, "what it is, in words; shown to people")


def _build(made: Callable[..., Any], label: str = "", sourced: bool = False) -> Callable[[Found], Any]:
    """Make the model's value from what was found, with the label under a field's name and the source where it has one."""

    def build(found: Found) -> Any:
        extra: dict[str, Any] = {label: found.label} if label else {}
        if sourced:
            extra["source"] = found.source
        return made(**found.values, **extra)

    return build


def _sleep(found: Found) -> model.Sleep:
    sleep = model.Sleep(**found.values)
    if sleep.method == "command" and not sleep.command:
        raise Wrong(found.source.line, '`method = "command"` lacks `command`: say which program puts the machine to sleep')
    if sleep.method != "command" and sleep.command:
        raise Wrong(found.lines["command"], '`command` is for `method = "command"` only: remove it, or set the method')
    return sleep


def _attribute_match(found: Found) -> model.AttributeMatch:
    match = model.AttributeMatch(attribute=found.label, **found.values)
    if match.operator in ("is_set", "is_not_set"):
        if "value" in found.values:
            raise Wrong(found.lines["value"], f'`value` has no meaning with operator "{match.operator}": remove it')
    elif "value" not in found.values:
        raise Wrong(found.source.line, f'the attribute "{found.label}" lacks `value`: what it is compared with; or set operator = "is_set"')
    if match.operator == "regexp":
        import re

        try:
            re.compile(match.value)
        except re.error as error:
            raise Wrong(found.lines["value"], f'`value` "{match.value}" isn\'t a regular expression: {error}') from None
    return match


def _watts(found: Found) -> model.Watts:
    watts = model.Watts(**found.values)
    if watts.busy < watts.idle:
        raise Wrong(found.lines["busy"], f"`busy` ({watts.busy:g} W) is less than `idle` ({watts.idle:g} W): correct one")
    if watts.asleep > watts.idle:
        raise Wrong(found.lines["asleep"], f"`asleep` ({watts.asleep:g} W) is more than `idle` ({watts.idle:g} W): correct one")
    return watts


def _resources(found: Found) -> model.Resources:
    """What Nomad refuses about a task's resources. Source: nomad's ``structs.Resources.Validate``."""
    wanted = model.Resources(**found.values)
    if wanted.cpu is not None and wanted.cores is not None:
        raise Wrong(found.lines["cores"], "`cores` takes the place of `cpu`: remove one of them")
    memory = wanted.memory if wanted.memory is not None else _DEFAULT_MEMORY
    if wanted.memory_max and wanted.memory_max < memory:
        said = "" if wanted.memory is not None else ", what Nomad takes where `memory` is left out"
        raise Wrong(found.lines["memory_max"], f"`memory_max` ({wanted.memory_max}) is less than `memory` ({memory}{said}): raise it")
    return wanted


GRID = Schema(
    "The grid as a whole; there is exactly one.",
    _build(model.Grid, "name", sourced=True),
    label=NAME,
    keys={
        "mode": Key(
            kinds.choice("observe", "act"), "observe: plans, logs and explains, but touches nothing; act: switches machines on and off"
        ),
        "timezone": Key(kinds.timezone(), "whose local time quiet hours are in"),
        "description": DESCRIPTION,
    },
    parts={
        "nomad": Part(
            Schema(
                "How Nomad is reached where NOMAD_* doesn't say so.",
                _build(model.NomadServer),
                keys={
                    "address": Key(
                        kinds.text("an address", r"https?://[^\s/]+(/\S*)?", '"http://[200:1:2:3::1]:4646"'),
                        "the API's address; NOMAD_ADDR wins over it",
                    ),
                    "region": Key(NAMED, "the region; NOMAD_REGION wins over it"),
                    "namespace": Key(NAMED, "the namespace; NOMAD_NAMESPACE wins over it"),
                    "servers": Key(
                        kinds.items(kinds.text("an address", r"\S+", '"[200:1:2:3::1]:4647"'), "servers' addresses"),
                        "the servers that `client-config` tells a machine to join",
                    ),
                },
            ),
            "how Nomad is reached",
        ),
        "electricity": Part(
            Schema(
                "What electricity costs.",
                _build(model.Electricity),
                keys={
                    "price_per_kwh": Key(kinds.number(0, 1000), "the price of a kilowatt-hour", required=True),
                    "currency": Key(kinds.text("a currency's code", r"[A-Z]{3}", '"EUR"'), "the currency of all prices"),
                },
            ),
            "what electricity costs",
        ),
        "overlay": Part(
            Schema(
                "The overlay network that joins the machines.",
                _build(model.Overlay),
                keys={
                    "interface": Key(
                        kinds.text("an interface's name", r"[A-Za-z0-9_.-]{1,15}", '"ygg0"'), "the overlay's interface on every machine"
                    )
                },
            ),
            "the overlay network",
        ),
    },
)

UPLINK = Schema(
    "What a cable cut takes away: zones behind one uplink are cut off together.",
    _build(model.Uplink, "name", sourced=True),
    label=NODE_NAME,
    keys={"via": Key(NAMED, "the uplink that this one hangs on")},
)

ZONE = Schema(
    "A place whose machines stay together when a cable is cut.",
    _build(model.Zone, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "uplink": Key(NAMED, "the uplink that joins the zone to the rest"),
        "subnets": Key(kinds.items(kinds.subnet(), "subnets"), "machines not defined here join the zone by their LAN address"),
        "description": DESCRIPTION,
    },
)

MATCH = Schema(
    "What a machine must have to count as one of the tier; all of it must hold.",
    _build(model.Match),
    keys={
        "cpu_mhz": Key(kinds.whole(*MHZ, "MHz"), "at least so much, over all cores"),
        "memory_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "at least so much memory"),
        "disk_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "at least so much disk"),
        "drivers": Key(kinds.items(NAMED, "task drivers"), "task drivers that it must have"),
    },
    parts={
        "attribute": Part(
            Schema(
                "A fingerprinted attribute, compared as by a constraint of Nomad's.",
                _attribute_match,
                label=NAMED,
                keys={
                    "operator": Key(kinds.choice(*OPERATORS), 'how it is compared; "=" if left out'),
                    "value": Key(WORDS, "what it is compared with"),
                },
            ),
            "an attribute that it must have",
            field="attributes",
            many=True,
        )
    },
)

TIER = Schema(
    "A class of machines; a higher rank can do all that a lower one can.",
    _build(model.Tier, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "rank": Key(
            kinds.whole(0, 1_000_000), "orders the tiers: a service takes machines of its tier's rank or a higher one", required=True
        ),
        "description": DESCRIPTION,
    },
    parts={"match": Part(MATCH, "which machines are of this tier, where their definition doesn't say")},
)

HAS = Schema(
    "What the machine has: for one not seen yet, for the lab and the simulator. What Nomad finds on it wins once it is seen.",
    _build(model.Has),
    keys={
        "cpu_mhz": Key(kinds.whole(1, MHZ[1], "MHz"), "the sum over its cores", required=True),
        "memory_mb": Key(kinds.whole(1, MEBIBYTES[1], "MiB"), "its memory", required=True),
        "disk_mb": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "disk for tasks"),
        "cores": Key(kinds.whole(1, 4096), "the number of its cores"),
        "drivers": Key(kinds.items(NAMED, "task drivers"), "the task drivers that work on it"),
        "attributes": Key(kinds.mapping(), "further attributes, as Nomad fingerprints them"),
    },
)

MACHINE = Schema(
    "One of your machines; its name is the name of its Nomad node.",
    _build(model.Machine, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "zone": Key(NAMED, "the zone that it stands in", required=True),
        "tier": Key(NAMED, "its tier; left out: the highest whose match holds"),
        "description": DESCRIPTION,
        "server": Key(kinds.truth(), "it runs a Nomad server too"),
        "address": Key(kinds.ip_address(), "its address on the overlay"),
        "after": Key(kinds.items(NAMED, "machines"), "machines that must be on before this one is woken"),
        "quiet_hours": Key(kinds.items(kinds.quiet_hours(), "hours"), "not woken then, unless for an urgent service", field="quiet_hours"),
        "never_sleeps": Key(kinds.truth(), "it is never put to sleep"),
        "boot_time": Key(kinds.duration(1, 3600), "how long it takes from the magic packet until it can run work", field="boot_time_s"),
    },
    parts={
        "has": Part(HAS, "what the machine has"),
        "watts": Part(
            Schema(
                "What the machine draws.",
                _watts,
                keys={
                    "idle": Key(kinds.number(0, 100_000, "W"), "on, without work", required=True),
                    "busy": Key(kinds.number(0, 100_000, "W"), "with all cores at work", required=True),
                    "asleep": Key(kinds.number(0, 100_000, "W"), "asleep"),
                },
            ),
            "what it draws",
        ),
        "wake": Part(
            {
                "lan": Schema(
                    "It is woken by a magic packet, sent by a machine in its own zone.",
                    lambda found: model.WakeLan(**found.values),
                    label=NAMED,
                    keys={
                        "mac": Key(kinds.mac(), "its network card's address", required=True),
                        "secureon": Key(kinds.six_bytes("a SecureOn password"), "the SecureOn password, where its card wants one"),
                        "broadcast": Key(kinds.ip_address(), "where the packet is sent to"),
                        "interface": Key(kinds.text("an interface's name", r"[A-Za-z0-9_.-]{1,15}"), "the sender's interface on that LAN"),
                        "port": Key(kinds.whole(0, 65535), "the UDP port; 9 if left out"),
                    },
                ),
                "command": Schema(
                    "It is woken by a command: a smart plug, IPMI.",
                    lambda found: model.WakeCommand(**found.values),
                    label=NAMED,
                    keys={"command": Key(kinds.arguments(), "the program and its arguments", required=True)},
                ),
            },
            "how it is woken",
        ),
        "sleep": Part(
            Schema(
                "How it is put to sleep.",
                _sleep,
                keys={
                    "method": Key(kinds.choice("poweroff", "suspend", "command"), "what it is told to do"),
                    "command": Key(kinds.arguments(), 'the program and its arguments, for method "command"'),
                },
            ),
            "how it is put to sleep",
        ),
    },
)


def _cloud(found: Found) -> model.Cloud:
    cloud = model.Cloud(name=found.label, source=found.source, **found.values)
    if cloud.min > cloud.max:
        raise Wrong(found.lines["min"], f"`min` ({cloud.min}) is more than `max` ({cloud.max}): lower one, or raise the other")
    return cloud


CLOUD = Schema(
    "A provider of servers that are booted when the machines of one's own aren't enough.",
    _cloud,
    label=NODE_NAME,
    keys={
        "provider": Key(
            kinds.text("a compute provider of libcloud", r"[A-Za-z0-9_]+", '"EC2"'), "a compute provider of Apache Libcloud", required=True
        ),
        "region": Key(NAMED, "the provider's region"),
        "zone": Key(NAMED, "the zone that its servers are in", required=True),
        "tier": Key(NAMED, "the tier of its servers", required=True),
        "sizes": Key(kinds.items(NAMED, "sizes", filled=True), "which of the provider's sizes may be taken", required=True),
        "image": Key(NAMED, "the image that its servers boot", required=True),
        "min": Key(kinds.whole(0, 10_000, "servers"), "always so many"),
        "max": Key(kinds.whole(0, 10_000, "servers"), "never more than so many"),
        "monthly_budget": Key(kinds.number(0, 1e9), "never spent more than that in a month, in the grid's currency"),
        "description": DESCRIPTION,
    },
)

PERIPHERAL = Schema(
    "A device that can't join the grid, and is reached through a machine that can.",
    _build(model.Peripheral, "name", sourced=True),
    label=NAME,
    keys={
        "zone": Key(NAMED, "the zone whose machines reach it"),
        "machines": Key(kinds.items(NAMED, "machines", filled=True), "the machines that reach it, where not all of the zone do"),
        "address": Key(
            kinds.text("an address or a host name", r"[A-Za-z0-9_.:-]+", '"192.168.1.50"'), "its address in that zone", required=True
        ),
        "description": DESCRIPTION,
    },
    parts={
        "port": Part(
            Schema(
                "A port of the device.",
                _build(model.PeripheralPort, "name"),
                label=PORT_NAME,
                keys={
                    "number": Key(kinds.whole(1, 65535), "the port's number on the device", required=True),
                    "protocol": Key(kinds.choice("tcp", "udp", "http", "https"), "what is spoken there; tcp if left out"),
                },
            ),
            "a port of the device",
            field="ports",
            many=True,
        )
    },
)

NEEDS = Schema(
    "What the grid as a whole must have before the service comes online.",
    _build(model.Needs),
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
                _build(model.NeedsTier, "tier"),
                label=NAMED,
                keys={"machines": Key(kinds.whole(1, 100_000), "how many; 1 if left out")},
            ),
            "machines of a tier",
            field="tiers",
            many=True,
        )
    },
)

SERVICE = Schema(
    "One Nomad job: what it needs, where it may run, and Nomad's own stanzas.",
    _build(model.Service, "name", sourced=True),
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
        "description": DESCRIPTION,
    },
    parts={
        "link": Part(
            Schema(
                "A link that the Nomad UI shows.",
                _build(model.Link, "label"),
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
                _build(model.Port, "name"),
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

LANGUAGE = {
    "grid": GRID,
    "uplink": UPLINK,
    "zone": ZONE,
    "tier": TIER,
    "machine": MACHINE,
    "cloud": CLOUD,
    "service": SERVICE,
    "peripheral": PERIPHERAL,
}
"""Every block that may stand at the top of a file."""
