"""A slot of a cloud in a world of its own: its provider, which is slow to list and may refuse; its servers, which may join or not; and what
the state machine's effects do to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from power_world import TICK_S, backoff

from simulacra.act.ledgers import booked
from simulacra.act.power import intend_sleep, intend_wake
from simulacra.act.renting import advance_rented, creation_of
from simulacra.act.steps import Create, Destroy, Drain, Effect, Release, Seen, Step
from simulacra.model.cloud import Cloud, Listing, Offer, Offers, Server, ServerState
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.ledger import Ledger, News, Tenancy
from simulacra.model.machine import Machine
from simulacra.model.place import Zone
from simulacra.model.plan import Judged
from simulacra.model.rented import with_slots
from simulacra.model.settings import Power
from simulacra.model.snapshot import Snapshot
from simulacra.plan.rentals import Rental, rentals_of

CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small",), "ami", max=1, billed_by_s=60.0, boot_time_s=30.0)
POLICY = Power(drain_within_s=300, evaluate_every_s=TICK_S)
GRID = Grid("trial", mode="act", zones=(Zone("cloud"),), clouds=(CLOUD,), power=POLICY)
SLOT = "burst-small-1"
BOOT_S, STOP_S, MISSED_S = 30.0, 20.0, 60.0
OFFERS = Offers((Offer("small", 2048, 8192, 2, 4000, Decimal("0.60")),))
"""A cent a minute."""
BEGINS_S = 1_700_049_600.0


@cache
def _whole(budget: float | None, retired: bool, listed: bool) -> Grid:
    """With its slot; where that is ``retired``, as long as its provider lists a server of it."""
    cloud = replace(CLOUD, monthly_budget=budget, max=0 if retired else 1)
    servers = (Tenancy("i", SLOT, "small", 0.0),) if listed else ()
    return with_slots(replace(GRID, clouds=(cloud,)), (Ledger("burst", servers=servers),))


@dataclass
class Rented:
    """A server in the provider's own books. ``joins_s``: when its node comes, None: never; ``ends_s``: when it is gone."""

    id: str
    token: str
    created_s: float
    joins_s: float | None
    ends_s: float | None = None
    dies_s: float | None = None
    state: ServerState = "running"

    def there(self, now_s: float) -> bool:
        return self.ends_s is None or now_s < self.ends_s


@dataclass
class World:
    """``joins_after_s``: of the servers that are created one after the other, the last one's for all others (None: it never joins).
    ``lags_s``: listings are so old. ``tokens``: the provider makes one server of a creation, however often it is asked for.
    """

    budget: float | None = None
    joins_after_s: tuple[float | None, ...] = (BOOT_S,)
    dies_after_s: float | None = None
    lags_s: float = 0.0
    tokens: bool = True
    refuses: bool = False
    down: bool = False
    answers: bool = True
    acting: bool = True
    needed: bool = True
    jobs: tuple[str, ...] = ()
    keep_awake: tuple[str, ...] = ()
    retired: bool = False
    now_s: float = BEGINS_S
    eligible: bool = True
    draining: bool = False
    servers: list[Rented] = field(default_factory=list)
    news: News = field(default_factory=News)
    ledger: Ledger = field(default_factory=lambda: Ledger("burst"))
    destroyed_busy: list[str] = field(default_factory=list)
    made: int = 0
    node_of: str = ""

    def __post_init__(self) -> None:
        self.news = News(OFFERS, self.now_s, Listing((), self.now_s))
        self.look()

    # what there is

    @property
    def grid(self) -> Grid:
        return _whole(self.budget, self.retired, bool(self.ledger.servers))

    @property
    def machine(self) -> Machine:
        found = self.grid.machine(SLOT)
        return found if found is not None else _whole(None, False, False).machines[0]

    def there(self) -> list[Rented]:
        return [it for it in self.servers if it.there(self.now_s)]

    def joined(self) -> Rented | None:
        """Whose node Nomad has: the newest that has come."""
        came = [it for it in self.servers if it.joins_s is not None and it.joins_s <= self.now_s]
        return max(came, key=lambda it: it.joins_s or 0.0, default=None)

    def node(self) -> Node | None:
        """It is missed a while after its server has gone, or has died."""
        server = self.joined()
        if server is None:
            return None
        if server.id != self.node_of:
            self.node_of, self.eligible, self.draining = server.id, True, False
        off_s = min((at for at in (server.ends_s, server.dies_s) if at is not None), default=None)
        missed = off_s is not None and self.now_s >= off_s + MISSED_S
        changed_s = off_s + MISSED_S if missed and off_s is not None else server.joins_s or 0.0
        return Node(f"id-{server.id}", SLOT, "down" if missed else "ready", self.eligible, self.draining, changed_s=changed_s)

    # what is seen

    def look(self, stale: bool = False) -> None:
        """The provider lists, unless it is down; what it says is written down."""
        if not self.down and not stale:
            at_s = self.now_s - self.lags_s
            shown = [it for it in self.servers if it.created_s <= at_s and (it.ends_s is None or self.now_s < it.ends_s)]
            self.news = replace(self.news, listing=Listing(tuple(self._shown(it) for it in shown), self.now_s), problem="")
        elif self.down:
            self.news = replace(self.news, problem="it doesn't answer")
        self.ledger = booked(self.grid, self.grid.clouds[0], self.ledger, self.news, self.now_s)

    def _shown(self, it: Rented) -> Server:
        state = "stopping" if it.ends_s is not None else it.state
        return Server(it.id, SLOT, "burst", "small", state, it.created_s)

    def rental(self, record: Record) -> Rental:
        node = self.node()
        snapshot = Snapshot(self.now_s, (node,) if node is not None else (), records=(record,), clouds=(self.ledger,))
        return rentals_of(self.grid, snapshot)["burst"]

    def seen(self, record: Record) -> Seen:
        machine, node = self.machine, self.node()
        assert machine.rent is not None
        stands = record.power in ("on", "waking", "draining", "sleeping")
        leave = self.rental(record).leave(SLOT, machine.rent) if stands else ""
        judged = Judged(SLOT, "on", ("a job waits",), superfluous=not self.needed, counted=True, leave=leave)
        refused = dict(self.news.refused).get(creation_of(record), "")
        servers = self.ledger.servers_of(SLOT)
        return Seen(
            self.now_s, node, None, judged, self.jobs if node is not None and node.status == "ready" else (), False, self.acting, servers,
            self.ledger.listed_s, refused,
        )  # fmt: skip

    # what is done

    def do(self, effect: Effect, record: Record) -> None:
        match effect:
            case Drain():
                self.eligible, self.draining = False, True
            case Release(_, eligible):
                self.draining, self.eligible = False, self.eligible or eligible
            case Create(_, creation) if not self.down:
                self.create(creation)
            case Destroy(_, ids) if not self.down:
                self.destroy(ids, record)

    def create(self, creation: str) -> None:
        if self.refuses:
            self.news = replace(self.news, refused=(*self.news.refused, (creation, "the quota is used up")))
            return
        again = next((it for it in self.servers if it.token == creation), None) if self.tokens else None
        listed = next((it for it in self.there() if it.ends_s is None and it.created_s <= self.now_s - self.lags_s), None)
        server = again or listed or self._made(creation)
        if self.answers and self.news.listing is not None and server.there(self.now_s):
            others = [it for it in self.news.listing.servers if it.id != server.id]
            self.news = replace(self.news, listing=Listing((*others, self._shown(server)), self.now_s))

    def _made(self, creation: str) -> Rented:
        after_s = self.joins_after_s[min(self.made, len(self.joins_after_s) - 1)]
        self.made += 1
        joins_s = self.now_s + after_s if after_s is not None else None
        dies_s = self.now_s + self.dies_after_s if self.dies_after_s is not None else None
        self.servers.append(Rented(f"i-{self.made}", creation, self.now_s, joins_s, dies_s=dies_s))
        return self.servers[-1]

    def destroy(self, ids: tuple[str, ...], record: Record) -> None:
        for it in self.there():
            if it.id in ids and it.ends_s is None:
                it.ends_s = self.now_s + STOP_S
                node = self.node()
                if self.jobs and node is not None and node.status == "ready" and it is self.joined():
                    self.destroyed_busy.append(f"{record.power}: {record.reason}")

    def by_hand(self) -> None:
        """Somebody destroys it in the provider's console."""
        for it in self.there():
            it.ends_s = self.now_s

    def pass_time(self) -> None:
        self.now_s += TICK_S
        node = self.node()
        if self.draining and node is not None and node.status == "ready":
            self.jobs, self.draining = (), False
        if node is None or node.status != "ready":
            self.jobs = ()

    # the provider's own books

    def paid(self) -> Decimal:
        """What has been paid: each unit that has begun, as a whole."""
        spans = ((it.created_s, min(self.now_s, it.ends_s) if it.ends_s is not None else self.now_s) for it in self.servers)
        unit_s = CLOUD.billed_by_s
        price = OFFERS.here[0].price or Decimal(0)
        return sum((Decimal(max(1, -int(-(ends - begins) // unit_s))) * price * int(unit_s) / 3600 for begins, ends in spans), Decimal(0))


def step(world: World, record: Record, lost: bool = False, stale: bool = False) -> Step:
    """One look, one plan and one step; ``lost``: whoever should have carried its effects out was killed after writing the record."""
    world.look(stale)
    seen = world.seen(record)
    made = advance_rented(world.machine, record, seen, POLICY, backoff)
    if not lost:
        for effect in made.effects:
            world.do(effect, made.record)
    world.pass_time()
    return made


def plan(world: World, record: Record) -> Record:
    """As a plan has it: a server for what needs one, none for nothing."""
    node, ledger = world.node(), world.ledger
    able = not ledger.problem and not ledger.servers and not world.retired and record.out_until_s <= world.now_s
    if world.needed and record.power == "asleep" and able:
        return intend_wake(record, "a job waits", "plan", world.now_s).record
    if not world.needed and record.power == "on" and node is not None and node.status == "ready":
        return intend_sleep(record, node, "nothing needs it", "plan", world.now_s).record
    return record


def run(
    world: World, record: Record, steps: int, lost: frozenset[int] = frozenset(), stale: frozenset[int] = frozenset(), plans: bool = False
) -> Record:
    for index in range(steps):
        record = step(world, plan(world, record) if plans else record, index in lost, index in stale).record
    return record
