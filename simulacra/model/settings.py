"""What holds for the grid as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["observe", "act"]


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

    ``wake_cooldown_s``: after a woken machine came on, so long nothing more is woken for work that it may still take. ``sleep_after_s``:
    so long a machine must have been superfluous that is needed now and then (`simulacra.model.resting`).
    ``minimum_uptime_s``: so long it stays on in any case. ``moves_per_day``: so often a machine is woken or put to sleep in 24 hours;
    beyond it stays on. ``drain_within_s``: so long a machine may take to be emptied.
    ``machines_min`` and ``machines_max`` bound how many are on; ``evaluate_every_s`` is the autoscaler's interval.
    """

    evaluate_every_s: float = 10.0
    wake_cooldown_s: float = 15.0
    sleep_after_s: float = 600.0
    minimum_uptime_s: float = 300.0
    moves_per_day: int = 48
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
