"""The grid as a whole, and its places: uplinks and zones."""

from __future__ import annotations

from simulacra.definitions import address_kinds, kinds, time_kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, NAME, NAMED, NODE_NAME, build, named
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.grid import Grid
from simulacra.model.place import Uplink, Zone
from simulacra.model.settings import Autoscaler, ConsulServer, Electricity, Gates, NomadServer, Overlay, Power


def _power(found: Found) -> Power:
    power = Power(**found.values)
    if power.machines_max is not None and power.machines_max < power.machines_min:
        line = found.lines["machines_max"]
        raise Wrong(line, f"`machines_max` ({power.machines_max}) is less than `machines_min` ({power.machines_min}): correct one")
    return power


def _autoscaler(found: Found) -> Autoscaler:
    return Autoscaler(**{"count": AGENTS_OF_A_JOB if found.values.get("job") else 1, **found.values})


AGENTS_OF_A_JOB = 2

GRID = Schema(
    "The grid as a whole; there is exactly one.",
    build(Grid, "name", sourced=True),
    label=NAME,
    keys={
        "mode": Key(
            kinds.choice("observe", "act"),
            "`observe`: it plans, logs and explains, but touches nothing; `act`: it switches machines and services with `needs` too",
        ),
        "timezone": Key(time_kinds.timezone(), "the local time that quiet hours are in, and that people are shown"),
        "description": DESCRIPTION,
    },
    parts={
        "nomad": Part(
            Schema(
                "How Nomad is reached where NOMAD_* doesn't say so.",
                build(NomadServer),
                keys={
                    "address": Key(
                        kinds.text("an address", r"https?://[^\s/]+(/\S*)?", '"http://[200:1:2:3::1]:4646"'),
                        "where Nomad's API is; NOMAD_ADDR wins over it",
                        left_out="this machine's own agent",
                    ),
                    "region": Key(NAMED, "Nomad's region; NOMAD_REGION wins over it", left_out="the agent's own"),
                    "namespace": Key(NAMED, "the namespace of the grid's jobs; NOMAD_NAMESPACE wins over it", left_out='`"default"`'),
                    "servers": Key(
                        kinds.items(kinds.text("an address", r"\S+"), 'addresses, for example ["[200:1:2:3::1]:4647"]'),
                        "the servers that `client-config` tells a machine to join",
                        left_out="the addresses of machines with `server = true`",
                    ),
                },
            ),
            "how Nomad is reached",
        ),
        "electricity": Part(
            Schema(
                "What electricity costs.",
                build(Electricity),
                keys={
                    "price_per_kwh": Key(kinds.number(0, 1000), "what a kilowatt-hour costs", required=True),
                    "currency": Key(kinds.text("a currency's code", r"[A-Z]{3}", '"EUR"'), "the currency of all prices and budgets"),
                },
            ),
            "what electricity costs",
        ),
        "overlay": Part(
            Schema(
                "The overlay network that joins the machines.",
                build(Overlay),
                keys={
                    "interface": Key(
                        kinds.text("an interface's name", r"[A-Za-z0-9_.-]{1,15}", '"ygg0"'),
                        "the name of the overlay's network interface, the same on every machine",
                    )
                },
            ),
            "the overlay network",
        ),
        "power": Part(
            Schema(
                "How eagerly machines are woken and put to sleep, and how many of them are on.",
                _power,
                keys={
                    "evaluate_every": Key(
                        time_kinds.duration(1, 3600), "how often the Nomad Autoscaler looks and asks for a plan", field="evaluate_every_s"
                    ),
                    "wake_cooldown": Key(
                        time_kinds.duration(0, 86400),
                        "how long after a woken machine came on nothing more is woken for work that it may still take",
                        field="wake_cooldown_s",
                    ),
                    "sleep_after": Key(
                        time_kinds.duration(0, 604800),
                        "how long a machine that is needed now and then must have been superfluous before it is put to sleep; "
                        "one that is needed more often rests longer, one needed less often less",
                        field="sleep_after_s",
                    ),
                    "minimum_uptime": Key(
                        time_kinds.duration(0, 604800), "how long a machine stays on at least, once it is on", field="minimum_uptime_s"
                    ),
                    "moves_per_day": Key(
                        kinds.whole(2, 1000),
                        "how often one machine is woken or put to sleep at most within 24 hours; after that it stays on",
                    ),
                    "drain_within": Key(
                        time_kinds.duration(1, 86400),
                        "how long its work may take to move away before a machine sleeps",
                        field="drain_within_s",
                    ),
                    "machines_min": Key(
                        kinds.whole(0, 100_000, "machines"), "how many of one's own machines stay on in any case; nothing is rented for it"
                    ),
                    "machines_max": Key(
                        kinds.whole(0, 100_000, "machines"), "how many machines are on at most", left_out="as many as there are"
                    ),
                },
            ),
            "how eagerly machines are switched",
        ),
        "gates": Part(
            Schema(
                "How eagerly services with `needs` come online and go.",
                build(Gates),
                keys={
                    "open_after": Key(
                        time_kinds.duration(0, 86400),
                        "how long what a service needs must have been there before it comes online",
                        field="open_after_s",
                    ),
                    "close_after": Key(
                        time_kinds.duration(0, 86400), "how long some of it must have been missing before it goes", field="close_after_s"
                    ),
                    "calm": Key(
                        time_kinds.duration(0, 604800),
                        "a gate that closes again within this time stays closed for four times as long each time, up to this time",
                        field="calm_s",
                    ),
                },
            ),
            "how eagerly services with `needs` come and go",
        ),
        "consul": Part(
            Schema(
                "A Consul that runs on the machines: its network coordinates tell which zone a machine is in that isn't defined.",
                build(ConsulServer),
                keys={
                    "address": Key(
                        kinds.text("an address", r"https?://[^\s/]+", '"http://127.0.0.1:8500"'),
                        "where its agent's API is; CONSUL_HTTP_ADDR wins over it",
                        required=True,
                    )
                },
            ),
            "a Consul that runs on the machines",
        ),
        "autoscaler": Part(
            Schema(
                "How the Nomad Autoscaler's agent runs.",
                _autoscaler,
                keys={
                    "job": Key(
                        kinds.truth(),
                        "whether it runs as the grid's job simulacra-autoscaler, on machines that never sleep; else it is started by hand",
                    ),
                    "count": Key(kinds.whole(1, 9, "agents"), "how many run; one at a time steers", left_out="2 where it is a job, else 1"),
                    "command": Key(
                        kinds.text("a program's name or path", r"\S+", '"nomad-autoscaler"'),
                        "the program that the job runs, by its name or path on those machines",
                    ),
                },
            ),
            "how the Nomad Autoscaler's agent runs",
        ),
    },
)

UPLINK = Schema(
    "What a cable cut takes away: zones behind one uplink are cut off together.",
    build(Uplink, "name", sourced=True),
    label=NODE_NAME,
    keys={"via": Key(named("an uplink"), "the uplink that this one hangs on: cut that, and this one is cut off too")},
)

ZONE = Schema(
    "A place whose machines stay together when a cable is cut.",
    build(Zone, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "uplink": Key(named("an uplink"), "the uplink that joins the zone to the rest"),
        "subnets": Key(
            kinds.items(address_kinds.subnet(), 'subnets, for example ["192.168.1.0/24"]'),
            "the LANs of the zone: machines that aren't defined are put into it by their LAN address",
        ),
        "rtt_ms": Key(
            kinds.amounts(0, 10_000, "ms", "{ office = 12, cloud = 25 }"),
            "how far other zones are: the round trip to each, in milliseconds",
        ),
        "description": DESCRIPTION,
    },
)
