"""Machines of one's own, and clouds for the rest."""

from __future__ import annotations

from simulacra.definitions import kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, MEBIBYTES, MHZ, NAMED, NODE_NAME, build
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.machine import Cloud, Has, Machine, Sleep, WakeCommand, WakeLan, Watts


def _sleep(found: Found) -> Sleep:
    sleep = Sleep(**found.values)
    if sleep.method == "command" and not sleep.command:
        raise Wrong(found.source.line, '`method = "command"` lacks `command`: say which program puts the machine to sleep')
    if sleep.method != "command" and sleep.command:
        raise Wrong(found.lines["command"], '`command` is for `method = "command"` only: remove it, or set the method')
    return sleep


def _watts(found: Found) -> Watts:
    watts = Watts(**found.values)
    if watts.busy < watts.idle:
        raise Wrong(found.lines["busy"], f"`busy` ({watts.busy:g} W) is less than `idle` ({watts.idle:g} W): correct one")
    if watts.asleep > watts.idle:
        raise Wrong(found.lines["asleep"], f"`asleep` ({watts.asleep:g} W) is more than `idle` ({watts.idle:g} W): correct one")
    return watts


HAS = Schema(
    "What the machine has: for one not seen yet, for the lab and the simulator. What Nomad finds on it wins once it is seen.",
    build(Has),
    keys={
        "cpu_mhz": Key(kinds.whole(1, MHZ[1], "MHz"), "the sum over its cores", required=True),
        "memory_mb": Key(kinds.whole(1, MEBIBYTES[1], "MiB"), "its memory", required=True),
        "disk_mb": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "disk for tasks"),
        "cores": Key(kinds.whole(1, 4096), "the number of its cores"),
        "drivers": Key(kinds.items(NAMED, "task drivers"), "the task drivers that work on it"),
        "devices": Key(
            kinds.items(kinds.text("a device as vendor/type/name", r"[^/\s]+(/[^/\s]+){2}", '"nvidia/gpu/1080ti"'), "devices"),
            "the devices on it, one of each",
        ),
        "attributes": Key(kinds.mapping(), "further attributes, as Nomad fingerprints them"),
    },
)

MACHINE = Schema(
    "One of your machines; its name is the name of its Nomad node.",
    build(Machine, "name", sourced=True),
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
                    lambda found: WakeLan(**found.values),
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
                    lambda found: WakeCommand(**found.values),
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
                    "idle_after": Key(
                        kinds.duration(0, 604800), "so long after a person's last input the machine may sleep", field="idle_after_s"
                    ),
                    "busy_ports": Key(
                        kinds.items(kinds.whole(1, 65535), "ports"), "an established connection to one of them keeps it awake"
                    ),
                    "busy_load": Key(kinds.number(0, 1000), "load per core, beside Nomad's own, that keeps it awake; 0: none does"),
                },
            ),
            "how it is put to sleep",
        ),
    },
)


def _cloud(found: Found) -> Cloud:
    cloud = Cloud(name=found.label, source=found.source, **found.values)
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
