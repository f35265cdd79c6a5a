"""The grid as its owner defines it: the values that definitions become.

Every collection is a tuple ordered by name, every value is frozen: the same definitions give equal grids.
Units stand in the names (``_mb``: mebibytes as Nomad counts them, ``_mhz``, ``_s``: seconds, ``watts``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["observe", "act"]
Moves = Literal["never", "quiet_hours", "any"]
JobType = Literal["service", "batch", "system", "sysbatch"]
SleepMethod = Literal["poweroff", "suspend", "command"]

LABEL_ZONE = "simulacra_zone"
LABEL_TIER = "simulacra_tier"
LABEL_RANK = "simulacra_rank"
LABEL_WATTS = "simulacra_watts"
LABEL_POWER = "simulacra_power"
"""Node metadata keys: which zone and tier a machine is in; ``rank`` orders the tiers as a number; ``watts`` is what
keeping the machine on for some work costs (its idle watts; 0 for one that never sleeps), as a whole number; ``power`` is
``battery`` or ``mains``, where the machine says what it runs from."""

META_GRID = "simulacra_grid"
META_DEFINITION = "simulacra_definition"
"""Job metadata keys: the grid's mark on a job, and the definition that the job came from."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a definition stands. ``file`` is relative to the grid's folder, with forward slashes; ``line`` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE = Source("", 0)


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Nomad's own stanzas, as their author wrote them: one body's text without its braces.

    ``text`` is in `nomad fmt`'s layout at indentation 0, comments included, and ends in a newline unless empty.
    ``fixed`` holds the indices of its lines that no indentation may touch: insides of heredocs and block comments.
    ``names`` are what stands at its top level, with the lines of the definition: attributes by name, blocks by type and
    labels (``port http``). ``lifted`` are the bodies of blocks that were taken out of ``text`` because simulacra has a share
    in them (``meta``, ``network``). ``canary`` is the line of an ``update`` block's canary, 0 for none.
    """

    text: str = ""
    fixed: tuple[int, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    lifted: tuple[tuple[str, Verbatim], ...] = ()
    canary: int = 0
    source: Source = NOWHERE

    def __bool__(self) -> bool:
        return bool(self.text)

    def has(self, name: str) -> bool:
        """Whether an attribute or a block of that name stands at the top level, lifted ones included."""
        return self.line_of(name) > 0

    def line_of(self, name: str) -> int:
        """The line of the first attribute or block of that name (or ``type label``) at the top level; 0 where there is none."""
        return next((line for found, line in self.names if found == name or found.startswith(f"{name} ")), 0)

    def lifted_body(self, name: str) -> Verbatim:
        """The body of a block that was taken out of the text; empty where there was none."""
        return next((body for kind, body in self.lifted if kind == name), Verbatim())

    def indented(self, spaces: int) -> str:
        """The text with every line but the fixed ones moved to the right; without its last newline."""
        pad = " " * spaces
        lines = self.text.rstrip("\n").split("\n")
        return "\n".join(line if not line or index in self.fixed else pad + line for index, line in enumerate(lines))


@dataclass(frozen=True, slots=True)
class NomadServer:
    """How to reach Nomad where NOMAD_* doesn't say so, and which servers a joining client is told about."""

    address: str | None = None
    region: str | None = None
    namespace: str | None = None
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Electricity:
    price_per_kwh: float = 0.0
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Overlay:
    """The overlay network as its machines see it: the interface that Nomad's host network ``overlay`` is bound to."""

    interface: str = "ygg0"


@dataclass(frozen=True, slots=True)
class Power:
    """How eagerly machines are switched.

    ``wake_cooldown_s``: after a machine was woken, so long nothing more is for work that it may still take. ``sleep_after_s``: so
    long a machine must have been superfluous. ``minimum_uptime_s``: so long it stays on in any case. ``moves_per_day``: so often a
    machine is woken or put to sleep in 24 hours; beyond it stays on. ``drain_within_s``: so long a machine may take to be emptied.
    ``machines_min`` and ``machines_max`` bound how many are on; ``evaluate_every_s`` is the autoscaler's interval.
    """

    evaluate_every_s: float = 10.0
    wake_cooldown_s: float = 15.0
    sleep_after_s: float = 600.0
    minimum_uptime_s: float = 900.0
    moves_per_day: int = 12
    drain_within_s: float = 600.0
    machines_min: int = 0
    machines_max: int | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """How eagerly services with ``needs`` come and go: what they need must have been there for ``open_after_s`` before they come online,
    and have been missing for ``close_after_s`` before they go. Each time that a gate closes again within ``calm_s``, it stays closed
    for four times as long, up to ``calm_s``.
    """

    open_after_s: float = 10.0
    close_after_s: float = 60.0
    calm_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class ConsulServer:
    """How to reach Consul where CONSUL_HTTP_ADDR doesn't say so."""

    address: str


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """How the Nomad Autoscaler's agent runs: as a ``job`` of the grid, by ``command`` on ``count`` machines, else by hand.

    Where there are several, one at a time steers.
    """

    job: bool = False
    count: int = 1
    command: str = "nomad-autoscaler"


@dataclass(frozen=True, slots=True)
class Uplink:
    """What a cable cut takes away: the zones behind one uplink are cut off together."""

    name: str
    via: str | None = None
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Zone:
    """``rtt_ms``: how far other zones are, by name, as round trips in milliseconds; where two name each other the first by name counts."""

    name: str
    uplink: str | None = None
    subnets: tuple[str, ...] = ()
    rtt_ms: tuple[tuple[str, float], ...] = ()
    description: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class AttributeMatch:
    """One fingerprinted attribute that a machine must have, compared with an operator of Nomad's constraints."""

    attribute: str
    operator: str = "="
    value: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """What a machine must have to count as one of a tier; all of it must hold.

    ``devices`` are asked for as in Nomad's ``device`` block: ``type``, ``vendor/type`` or ``vendor/type/name``. ``mains``: it doesn't run
    from its battery.
    """

    cpu_mhz: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    drivers: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    mains: bool = False
    attributes: tuple[AttributeMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of machines; a higher ``rank`` can do all that a lower one can."""

    name: str
    rank: int
    match: Match | None = None
    description: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Has:
    """What a machine has, for one not seen yet, for the lab and the simulator. ``cpu_mhz`` is the sum over its cores; ``devices`` are
    ``vendor/type/name``.
    """

    cpu_mhz: int
    memory_mb: int
    disk_mb: int = 10000
    cores: int | None = None
    drivers: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Watts:
    idle: float
    busy: float
    asleep: float = 0.0


@dataclass(frozen=True, slots=True)
class WakeLan:
    """A magic packet. ``mac`` and ``secureon`` are lower case, colon separated."""

    mac: str
    secureon: str | None = None
    broadcast: str = "255.255.255.255"
    interface: str | None = None
    port: int = 9


@dataclass(frozen=True, slots=True)
class WakeCommand:
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sleep:
    """How the machine is put to sleep, and what keeps it awake.

    A person counts as present until ``idle_after_s`` after the last input; a connection to one of the ``busy_ports``, or a load per
    core above ``busy_load`` that isn't Nomad's, keeps it awake too (0: load doesn't).
    """

    method: SleepMethod = "poweroff"
    command: tuple[str, ...] = ()
    idle_after_s: float = 900.0
    busy_ports: tuple[int, ...] = (22,)
    busy_load: float = 0.5


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local time, minutes since midnight; ``end`` may lie before ``start``: over midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}-{self.end // 60:02d}:{self.end % 60:02d}"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine; its name is the name of its Nomad node."""

    name: str
    zone: str
    tier: str | None = None
    description: str = ""
    server: bool = False
    address: str | None = None
    after: tuple[str, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    never_sleeps: bool = False
    boot_time_s: float = 60.0
    has: Has | None = None
    watts: Watts | None = None
    wake: WakeLan | WakeCommand | None = None
    sleep: Sleep | None = None
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Cloud:
    name: str
    provider: str
    zone: str
    tier: str
    sizes: tuple[str, ...]
    image: str
    region: str | None = None
    min: int = 0
    max: int = 1
    monthly_budget: float = 0.0
    description: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class NeedsTier:
    tier: str
    machines: int = 1


@dataclass(frozen=True, slots=True)
class Needs:
    """What the grid as a whole must have before a service comes online."""

    machines: int = 0
    cpu_mhz: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    zones: int = 0
    services: tuple[str, ...] = ()
    tiers: tuple[NeedsTier, ...] = ()


@dataclass(frozen=True, slots=True)
class Driver:
    """The task driver of a service's own task; ``config`` is the body of Nomad's ``config`` block."""

    name: str
    config: Verbatim = field(default_factory=Verbatim)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a service's own task asks for; ``cpu`` in MHz, the rest in MiB, as Nomad's ``resources`` block has them."""

    cpu: int | None = None
    cores: int | None = None
    memory: int | None = None
    memory_max: int | None = None
    more: Verbatim = field(default_factory=Verbatim)


@dataclass(frozen=True, slots=True)
class Port:
    """A port on the overlay, registered in Nomad's service catalog. ``check`` bodies are Nomad's own."""

    name: str
    to: int | None = None
    static: int | None = None
    checks: tuple[Verbatim, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


EACH: Literal["each"] = "each"
Zones = Literal["each"] | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Service:
    """One Nomad job.

    ``zones`` is what its definition says: ``"each"``, a number, names, or None for no redundancy.
    ``count`` is None where the definition leaves it out: `simulacra.model.spread.count_of` fills it in.
    """

    name: str
    type: JobType = "service"
    tier: str | None = None
    count: int | None = None
    zones: Zones = None
    on_demand: bool = True
    moves: Moves | None = None
    urgent: bool = False
    run_twice: bool = False
    priority: int | None = None
    description: str = ""
    links: tuple[Link, ...] = ()
    needs: Needs | None = None
    driver: Driver | None = None
    resources: Resources | None = None
    ports: tuple[Port, ...] = ()
    job: Verbatim = field(default_factory=Verbatim)
    group: Verbatim = field(default_factory=Verbatim)
    tasks: tuple[tuple[str, Verbatim], ...] = ()
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class PeripheralPort:
    name: str
    number: int
    protocol: Literal["tcp", "udp", "http", "https"] = "tcp"


@dataclass(frozen=True, slots=True)
class Peripheral:
    name: str
    address: str
    zone: str | None = None
    machines: tuple[str, ...] = ()
    ports: tuple[PeripheralPort, ...] = ()
    description: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Grid:
    """A whole grid. Its references hold: definitions that name what isn't there never become a Grid."""

    name: str
    mode: Mode = "observe"
    timezone: str = "UTC"
    description: str = ""
    nomad: NomadServer = field(default_factory=NomadServer)
    electricity: Electricity | None = None
    overlay: Overlay = field(default_factory=Overlay)
    power: Power = field(default_factory=Power)
    gates: Gates = field(default_factory=Gates)
    autoscaler: Autoscaler = field(default_factory=Autoscaler)
    consul: ConsulServer | None = None
    uplinks: tuple[Uplink, ...] = ()
    zones: tuple[Zone, ...] = ()
    tiers: tuple[Tier, ...] = ()
    machines: tuple[Machine, ...] = ()
    clouds: tuple[Cloud, ...] = ()
    services: tuple[Service, ...] = ()
    peripherals: tuple[Peripheral, ...] = ()
    source: Source = NOWHERE

    def machine(self, name: str) -> Machine | None:
        return next((m for m in self.machines if m.name == name), None)

    def tier(self, name: str) -> Tier | None:
        return next((t for t in self.tiers if t.name == name), None)

    def service(self, name: str) -> Service | None:
        return next((s for s in self.services if s.name == name), None)
