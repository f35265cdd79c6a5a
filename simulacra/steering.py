"""One look, one plan, one step: observing, planning and acting wired together, for the plugins and for the command line."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.act.granting import Granting
from simulacra.act.keeping import keep
from simulacra.act.meter import Meter
from simulacra.act.reviving import Reviving
from simulacra.act.steward import Tools, View, intend, tick, view
from simulacra.act.transitions import Backoff
from simulacra.faults import Fault, Usage
from simulacra.gateways.accounts import Accounts
from simulacra.gateways.backoff import backoff
from simulacra.gateways.cloud_worker import CloudWorkers, Opening
from simulacra.gateways.command import run_command
from simulacra.gateways.journal import Journal
from simulacra.gateways.magic_packet import packet
from simulacra.gateways.nomad import Nomad, connect
from simulacra.grids import Grids, Tell
from simulacra.model.cloud import Cloud, Slot
from simulacra.model.gate_times import is_open
from simulacra.model.grid import Grid
from simulacra.model.journal import LogEntry
from simulacra.model.ledger import Ledger
from simulacra.model.plan import Action, Plan
from simulacra.model.rented import with_slots
from simulacra.model.settings import Mode
from simulacra.model.snapshot import Snapshot
from simulacra.model.spread import count_of
from simulacra.observe.coordinates import Coordinates
from simulacra.observe.snapshot import Observer, Whereabouts, several_at_once
from simulacra.plan.draws import sample_of
from simulacra.plan.granting import grants
from simulacra.plan.plan import plan, plan_for
from simulacra.renting import Providers, Renting

if TYPE_CHECKING:
    from simulacra.gateways.cloud import CloudPort

FRESH_S = 1.0
"""A look that is no older serves for the next question too."""
LEASE_S = 15.0


def this_process() -> str:
    """Who holds a lease: unlike any other process, anywhere."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What steering finds around it, Nomad aside. ``holder`` is who it is to others who steer; ``run`` carries a command out;
    ``providers`` None: no cloud is asked. ``elapsed`` is a clock that nobody sets.
    """

    clock: Callable[[], float] = time.time
    holder: str = field(default_factory=this_process)
    run: Callable[[tuple[str, ...]], None] = run_command
    backoff: Backoff = backoff
    readers: Callable[[], Executor] = several_at_once
    providers: Providers | None = None
    elapsed: Callable[[], float] = time.monotonic


class Steering:
    """What the plugins and the commands do with the grid. Every method raises `Fault` where Nomad doesn't answer, or refuses.

    One of all who steer holds the lease and advances the machines' power states; the others only look.
    """

    def __init__(
        self,
        grids: Grids,
        nomad: Nomad,
        tell: Tell,
        surroundings: Surroundings | None = None,
        whereabouts: Whereabouts | None = None,
    ) -> None:
        around = surroundings or Surroundings()
        self._grids, self._nomad, self._tell, self._whereabouts = grids, nomad, tell, whereabouts
        self.journal = Journal(nomad)
        self._clock, self._holder, self._readers = around.clock, around.holder, around.readers
        self._renting = Renting(around.providers, self.journal, tell) if around.providers is not None else None
        self._tools = Tools(nomad, self.journal, packet, around.run, around.backoff, tell, self._renting)
        self._granting, self._reviving = Granting(nomad, tell), Reviving(nomad, tell)
        self._elapsed, self._meter = around.elapsed, Meter(Accounts(nomad, tell), tell)
        self._observer: Observer | None = None
        self._last: View | None = None
        self._plain: Grid | None = None
        self._ledgers: tuple[Ledger, ...] = ()
        self._assumed = ""
        self._looking, self._acting = threading.RLock(), threading.RLock()
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._worker: threading.Thread | None = None

    # looking

    def look(self, fresh: bool = True) -> View:
        """The grid as it is now, and the plan for it."""
        with self._looking:
            grid, now_s = self._grids.now(), self._clock()
            last = self._last
            if not fresh and last is not None and self._plain is grid and 0 <= now_s - last.snapshot.now_s < FRESH_S:
                return last
            if self._observer is None or self._observer.grid is not grid:
                self._observer = Observer(grid, self._nomad, self.journal, self._whereabouts, self._readers)
            snapshot = self._observer.look(now_s)
            if snapshot.scheduler.assumed != self._assumed:
                self._assumed = snapshot.scheduler.assumed
                if self._assumed:
                    self._tell(f"it is planned as if Nomad's scheduler had its defaults: {self._assumed}")
            self._plain, self._last = grid, self._view(grid, snapshot)
            return self._last

    def _view(self, grid: Grid, snapshot: Snapshot) -> View:
        self._ledgers = snapshot.clouds
        if self._renting is None:
            whole = with_slots(grid, snapshot.clouds)
            return view(whole, snapshot, plan(whole, snapshot))
        snapshot = self._renting.seen(grid, snapshot)
        whole = self._renting.whole(grid, snapshot.clouds)
        return view(whole, snapshot, plan(whole, snapshot), self._renting.refused)

    def plan(self) -> Plan:
        """The plan of a look that is at most `FRESH_S` old."""
        return self.look(fresh=False).plan

    def gate(self, service: str) -> int:
        """How many instances of the service are let online: its count, or none; where the grid only observes, as many as it has now.

        Raises `Usage` for what is no service of the grid.
        """
        seen = self.look(fresh=False)
        defined = seen.grid.service(service)
        if defined is None:
            raise Usage(f"gate/{service}: the grid {seen.grid.name} has no service {service}")
        found = seen.plan.gate(service)
        if found is None:
            return count_of(seen.grid, defined)
        if seen.grid.mode != "act":
            return found.set_to or 0
        self.nudge()
        record = next((it for it in seen.snapshot.gates if it.service == service), None)
        return found.count if is_open(record, found.running, found.set_to) else 0

    def defined(self) -> Grid:
        """The grid as its definitions have it, without what clouds have slots for; nobody is asked."""
        return self._grids.now()

    def mode(self) -> Mode:
        return self._grids.now().mode

    # acting

    def scale(self, count: int, reason: str, dry: bool) -> tuple[Action, ...]:
        """Intend what brings the number of machines that are on to ``count``; what was begun. ``dry``, or a grid that only observes:
        nothing is, and what would be is told."""
        seen = self.look()
        wanted = plan_for(seen.grid, seen.snapshot, count)
        if dry or seen.grid.mode != "act":
            for action in wanted.actions:
                self._tell(f"would {action.action} {action.machine}: {action.reason} ({'dry run' if dry else 'the grid only observes'})")
            return ()
        with self._acting:
            if not wanted.actions or not self._leads():
                return ()
            self._tell(f"{count} machines wanted, {wanted.on} on: {reason}")
            return self.intend(replace(seen, plan=wanted), wanted.actions, "plan")

    def intend(self, seen: View, actions: tuple[Action, ...], by: str) -> tuple[Action, ...]:
        """Begin with the actions; those that were begun."""
        with self._acting:
            begun = intend(seen, actions, by, self._tools)
            self._last = None
            return begun

    def step(self) -> tuple[LogEntry, ...]:
        """Advance every machine by one step, if nobody else leads; the transitions that were made."""
        with self._acting:
            if not self._leads():
                return ()
            seen = self.look()
            self._meter.note(sample_of(seen.grid, seen.snapshot, seen.plan), self._clock(), self._elapsed())
            self._granting.grant(grants(seen.grid, seen.snapshot))
            if self._renting is not None:
                self._renting.lead(seen.snapshot, self._ledgers)
            made = tick(seen, self._tools)
            kept = keep(seen, self._nomad, self.journal, self._tell, self._still_leads)
            revived = self._reviving.revive(seen, self._still_leads)
            if kept or revived or made:
                self._last = None
            if self._meter.is_due:
                self._meter.write()
            return made

    def _leads(self) -> bool:
        ttl_s = max(LEASE_S, 3 * self._grids.now().power.evaluate_every_s)
        return self.journal.take_lease(self._holder, ttl_s, self._clock())

    def _still_leads(self) -> bool:
        """Whether nobody else can have led since the step began; a lease that has run out is taken with the next step."""
        return self.journal.holds(self._holder, self._clock()) and self._leads()

    # in the background

    def nudge(self) -> None:
        """Let the worker take a step; returns at once."""
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="steward", daemon=True)
            self._worker.start()
        self._wanted.set()

    def _work(self) -> None:
        while self._wanted.wait() and not self._ended.is_set():
            self._wanted.clear()
            try:
                self.step()
            except Fault as fault:
                self._tell(f"no step this time: {fault}")

    def close(self) -> None:
        """Let somebody else lead."""
        self._ended.set()
        self._wanted.set()
        with self._acting:
            if self._renting is not None:
                self._renting.close()
            if self._meter.has_news and self.journal.holds(self._holder, self._clock()):
                self._meter.write()
            self.journal.release(self._holder)


def open_steering(folder: Path, config: Mapping[str, str], tell: Tell) -> Steering:
    """Steering for the grid in the folder; ``config`` are a plugin's settings: ``nomad_address`` and the like win over NOMAD_*."""
    environment = dict(os.environ)
    for key, name in NOMAD_SETTINGS.items():
        if config.get(key):
            environment[name] = config[key]
    grids = Grids(folder, tell)
    whereabouts = _whereabouts(grids.now(), environment, tell)
    around = Surroundings(providers=_providers(grids, folder, tell))
    return Steering(grids, connect(grids.now(), environment, tell), tell, around, whereabouts)


def _providers(grids: Grids, folder: Path, tell: Tell) -> Providers:
    """The clouds' providers. What is needed to ask one is read when one is asked."""

    def connect_(cloud: Cloud) -> CloudPort:
        from simulacra.gateways.cloud import connect_cloud

        return connect_cloud(grids.now().name, cloud, tell=tell)

    def told(cloud: Cloud, slot: Slot) -> str:
        from simulacra.render.templates import users_templates
        from simulacra.render.user_data import user_data

        return user_data(grids.now(), cloud, slot, users_templates(folder))

    return CloudWorkers(Opening(connect_, told, tell))


def _whereabouts(grid: Grid, environment: Mapping[str, str], tell: Tell) -> Whereabouts | None:
    """Where Consul says that machines are; None where there is no Consul, whose library isn't read then."""
    if grid.consul is None and not environment.get("CONSUL_HTTP_ADDR"):
        return None
    from simulacra.gateways.consul import connect_consul

    consul = connect_consul(grid, environment, tell)
    return Coordinates(consul, tell).at if consul is not None else None


NOMAD_SETTINGS = {
    "nomad_address": "NOMAD_ADDR",
    "nomad_token": "NOMAD_TOKEN",
    "nomad_region": "NOMAD_REGION",
    "nomad_namespace": "NOMAD_NAMESPACE",
    "nomad_ca-cert": "NOMAD_CACERT",
    "nomad_ca-path": "NOMAD_CAPATH",
    "nomad_client-cert": "NOMAD_CLIENT_CERT",
    "nomad_client-key": "NOMAD_CLIENT_KEY",
    "nomad_tls-server-name": "NOMAD_TLS_SERVER_NAME",
    "nomad_skip-verify": "NOMAD_SKIP_VERIFY",
    "nomad_http-auth": "NOMAD_HTTP_AUTH",
}
"""The settings that the Nomad Autoscaler hands to its plugins, and what they are called in the environment."""
