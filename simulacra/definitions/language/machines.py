"""Machines of one's own."""

from __future__ import annotations

from simulacra.definitions import address_kinds, kinds, time_kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, MEBIBYTES, MHZ, NAMED, NODE_NAME, build, named
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.machine import Has, Machine, Sleep, WakeCommand, WakeLan, Watts


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
        "cpu_mhz": Key(kinds.whole(1, MHZ[1], "MHz"), "the speed of all its cores together: 4 cores of 2 GHz have 8000", required=True),
        "memory_mb": Key(kinds.whole(1, MEBIBYTES[1], "MiB"), "its memory, all of it", required=True),
        "disk_mb": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "its disk for tasks"),
        "cores": Key(kinds.whole(1, 4096), "how many cores it has"),
        "drivers": Key(
            kinds.items(NAMED, "task drivers"), "the task drivers that work on it, by Nomad's names: docker, exec, raw_exec, java, qemu, …"
        ),
        "devices": Key(
            kinds.items(
                kinds.text("a device as vendor/type/name", r"[^/\s]+(/[^/\s]+){2}", '"nvidia/gpu/1080ti"'),
                'devices, for example ["nvidia/gpu/1080ti"]',
            ),
            "the devices on it, one of each",
        ),
        "attributes": Key(kinds.mapping(), "further attributes that Nomad finds on it"),
    },
)

WAKE_LAN = Schema(
    "It is woken by a magic packet, sent by a machine in its own zone.",
    build(WakeLan),
    label=NAMED,
    keys={
        "mac": Key(address_kinds.mac(), "the hardware address of its network card", required=True),
        "secureon": Key(
            address_kinds.six_bytes("a SecureOn password"),
            "the password that its card wants in the packet, where it wants one",
        ),
        "broadcast": Key(address_kinds.ip_address(), "the address that the packet is sent to"),
        "interface": Key(
            kinds.text("an interface's name", r"[A-Za-z0-9_.-]{1,15}", '"eth0"'),
            "the interface that the sender sends it from",
            left_out="whichever leads to `broadcast`",
        ),
        "port": Key(kinds.whole(0, 65535), "the UDP port that it is sent to"),
    },
)

MACHINE = Schema(
    "One of your machines; its name is the name of its Nomad node.",
    build(Machine, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "zone": Key(named("a zone"), "the zone that it stands in", required=True),
        "tier": Key(named("a tier"), "its tier, whatever it has", left_out="the highest tier whose `match` holds"),
        "description": DESCRIPTION,
        "server": Key(kinds.truth(), "whether it runs a Nomad server too"),
        "address": Key(address_kinds.ip_address(), "its address on the overlay"),
        "after": Key(kinds.items(NAMED, "machines"), "the machines that must be on before this one is woken"),
        "quiet_hours": Key(
            kinds.items(time_kinds.quiet_hours(), 'hours, for example ["23:00-07:00"]'),
            "when it isn't woken but for an `urgent` service, in the grid's `timezone`",
        ),
        "never_sleeps": Key(kinds.truth(), "whether it stays on whatever happens"),
        "boot_time": Key(
            time_kinds.duration(1, 3600), "how long it takes from the magic packet until it can run work", field="boot_time_s"
        ),
    },
    parts={
        "has": Part(HAS, "what the machine has"),
        "watts": Part(
            Schema(
                "What the machine draws: of two that would do, the one that draws less runs.",
                _watts,
                keys={
                    "idle": Key(kinds.number(0, 100_000, "W"), "what it draws while it is on without work", required=True),
                    "busy": Key(kinds.number(0, 100_000, "W"), "what it draws with all cores at work", required=True),
                    "asleep": Key(kinds.number(0, 100_000, "W"), "what it draws while it sleeps or is off"),
                },
            ),
            "what it draws",
        ),
        "wake": Part(
            {
                "lan": WAKE_LAN,
                "command": Schema(
                    "It is woken by a command: a smart plug, IPMI.",
                    build(WakeCommand),
                    label=NAMED,
                    keys={"command": Key(kinds.arguments(), "the program that wakes it, and its arguments", required=True)},
                ),
            },
            "how it is woken",
        ),
        "sleep": Part(
            Schema(
                "How it is put to sleep.",
                _sleep,
                keys={
                    "method": Key(
                        kinds.choice("poweroff", "suspend", "command"),
                        "`poweroff`: it is switched off; `suspend`: it keeps its memory powered; `command`: by a program",
                    ),
                    "command": Key(kinds.arguments(), 'the program that puts it to sleep, and its arguments, with `method = "command"`'),
                    "idle_after": Key(
                        time_kinds.duration(0, 604800), "how long after a person's last input it may sleep", field="idle_after_s"
                    ),
                    "busy_ports": Key(
                        kinds.items(kinds.whole(1, 65535), "ports, for example [22, 445]"),
                        "a connection from elsewhere to one of them keeps it awake",
                    ),
                    "busy_load": Key(
                        kinds.number(0, 1000), "the load per core, Nomad's own work not counted, that keeps it awake; 0: none does"
                    ),
                },
            ),
            "how it is put to sleep",
        ),
    },
)
