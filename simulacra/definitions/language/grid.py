"""The grid as a whole, and its places: uplinks and zones."""

from __future__ import annotations

from simulacra.definitions import kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, NAME, NAMED, NODE_NAME, build
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
            kinds.choice("observe", "act"), "observe: plans, logs and explains, but touches nothing; act: switches machines on and off"
        ),
        "timezone": Key(kinds.timezone(), "whose local time quiet hours are in"),
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
                build(Electricity),
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
                build(Overlay),
                keys={
                    "interface": Key(
                        kinds.text("an interface's name", r"[A-Za-z0-9_.-]{1,15}", '"ygg0"'), "the overlay's interface on every machine"
                    )
                },
            ),
            "the overlay network",
        ),
        "power": Part(
            Schema(
                "How eagerly machines are woken and put to sleep.",
                _power,
                keys={
                    "evaluate_every": Key(kinds.duration(1, 3600), "how often the autoscaler looks", field="evaluate_every_s"),
                    "wake_cooldown": Key(
                        kinds.duration(0, 86400), "so long after a wake nothing more is woken for the same work", field="wake_cooldown_s"
                    ),
                    "sleep_after": Key(
                        kinds.duration(0, 604800), "how long a machine must have been superfluous before it sleeps", field="sleep_after_s"
                    ),
                    "minimum_uptime": Key(kinds.duration(0, 604800), "how long a machine stays on once it is", field="minimum_uptime_s"),
                    "moves_per_day": Key(
                        kinds.whole(2, 1000), "how often one machine is woken or put to sleep in 24 hours; then it stays on"
                    ),
                    "drain_within": Key(kinds.duration(1, 86400), "how long a machine may take to be emptied", field="drain_within_s"),
                    "machines_min": Key(kinds.whole(0, 100_000, "machines"), "so many machines stay on in any case"),
                    "machines_max": Key(kinds.whole(0, 100_000, "machines"), "never more machines than so many are on"),
                },
            ),
            "how eagerly machines are switched",
        ),
        "gates": Part(
            Schema(
                "How eagerly services with `needs` come online and go.",
                build(Gates),
                keys={
                    "open_after": Key(kinds.duration(0, 86400), "how long what a service needs must have been there", field="open_after_s"),
                    "close_after": Key(kinds.duration(0, 86400), "how long some of it must have been missing", field="close_after_s"),
                    "calm": Key(
                        kinds.duration(0, 604800),
                        "a gate that closes again within that time stays closed for longer each time, up to as long",
                        field="calm_s",
                    ),
                },
            ),
            "how eagerly services with `needs` come and go",
        ),
        "consul": Part(
            Schema(
                "A Consul that runs on the machines: its network coordinates tell which zone a machine is in.",
                build(ConsulServer),
                keys={
                    "address": Key(
                        kinds.text("an address", r"https?://[^\s/]+", '"http://127.0.0.1:8500"'),
                        "its agent's address; CONSUL_HTTP_ADDR wins over it",
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
                    "job": Key(kinds.truth(), "it runs as the grid's job simulacra-autoscaler, on machines that never sleep"),
                    "count": Key(
                        kinds.whole(1, 9, "agents"), "so many run, of which one at a time steers; 2 for a job, else 1", field="count"
                    ),
                    "command": Key(
                        kinds.text("a program's name or path", r"\S+", '"nomad-autoscaler"'), "the program on the job's machines"
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
    keys={"via": Key(NAMED, "the uplink that this one hangs on")},
)

ZONE = Schema(
    "A place whose machines stay together when a cable is cut.",
    build(Zone, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "uplink": Key(NAMED, "the uplink that joins the zone to the rest"),
        "subnets": Key(kinds.items(kinds.subnet(), "subnets"), "machines not defined here join the zone by their LAN address"),
        "rtt_ms": Key(
            kinds.amounts(0, 10_000, "ms", "{ office = 12, cloud = 25 }"), "how far other zones are: the round trip in milliseconds"
        ),
        "description": DESCRIPTION,
    },
)
