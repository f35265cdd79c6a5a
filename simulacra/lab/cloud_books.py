"""What a lab's cloud knows: where its servers stand and which sizes it sells, how it behaves, and which servers it runs.

``cloud.json`` in the lab's folder is written by the cloud's own process alone.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

_FILE = "cloud.json"
Answers = Literal["well", "refuses", "hangs"]
Stage = Literal["booting", "running", "stopping", "failed"]


@dataclass(frozen=True, slots=True)
class Size:
    """What a server of it has; ``price`` is that of an hour, in the cloud's currency."""

    name: str
    cpus: int
    cpu_mhz: int
    memory_mb: int
    disk_mb: int
    price: float


@dataclass(frozen=True, slots=True)
class Site:
    """A cloud of the grid, as it is in the lab. Clouds of one account see each other's servers.

    ``network`` is its zone's LAN, whose ``first`` address and those after it are servers'; ``router`` is the zone's router in it.
    ``drivers`` are the task drivers that its image has. ``taken`` are addresses there that are others', with a prefix length, and
    ``reaches`` those that are on that LAN though they aren't of its network.
    """

    cloud: str
    account: str
    zone: str
    network: str
    first: int
    router: str
    sizes: tuple[Size, ...]
    drivers: tuple[str, ...]
    taken: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mood:
    """How the cloud behaves. ``refuses``: connections are closed at once; ``hangs``: no answer comes, and nothing is done.

    ``slow_s``: so long after it is done comes each answer. ``lose``: that many creations are carried out and not answered.
    ``quota``: so many servers may there be, None for any number. ``duds``: servers created now boot and never join.
    """

    answers: Answers = "well"
    slow_s: float = 0.0
    lose: int = 0
    quota: int | None = None
    duds: bool = False


@dataclass(frozen=True, slots=True)
class Rented:
    """A server. ``address`` is its own on its zone's LAN, with a prefix length; ``overlay`` is that on the overlay, empty without one."""

    number: int
    name: str
    account: str
    cloud: str
    size: str
    zone: str
    address: str
    tags: Mapping[str, str]
    token: str
    user_data: str
    created_s: float
    stage: Stage = "booting"
    dud: bool = False
    overlay: str = ""

    @property
    def id(self) -> str:
        return f"lab-{self.number}"


@dataclass(frozen=True, slots=True)
class Books:
    """``last`` is the number of the newest server that there ever was."""

    servers: tuple[Rented, ...] = ()
    last: int = 0
    mood: Mood = Mood()

    def server(self, number: int) -> Rented | None:
        return next((it for it in self.servers if it.number == number), None)

    def changed(self, one: Rented) -> Books:
        return replace(self, servers=tuple(one if it.number == one.number else it for it in self.servers))

    def without(self, number: int) -> Books:
        return replace(self, servers=tuple(it for it in self.servers if it.number != number))


def free_address(site: Site, books: Books) -> str | None:
    """An address on the site's LAN that nobody has, with a prefix length; None where there is none left."""
    network = ipaddress.IPv4Network(site.network)
    taken = {*site.taken, *(it.address for it in books.servers if it.zone == site.zone)}
    numbers = range(site.first, network.num_addresses - 1)
    return next((it for number in numbers if (it := f"{network[number]}/{network.prefixlen}") not in taken), None)


def sizes_of(sites: tuple[Site, ...], account: str) -> Iterator[Size]:
    """The sizes that an account may take, each name once, as the first of its clouds has it."""
    told: set[str] = set()
    for site in sites:
        for size in site.sizes if site.account == account else ():
            if size.name not in told:
                told.add(size.name)
                yield size


def save_books(folder: Path, books: Books) -> None:
    """In one step: a reader sees the old ones or the new ones."""
    draft = folder / f".{_FILE}.new"
    draft.write_text(json.dumps(asdict(books), indent=2) + "\n")
    draft.replace(folder / _FILE)


def load_books(folder: Path) -> Books:
    """Empty ones where none were written yet."""
    path = folder / _FILE
    if not path.exists():
        return Books()
    found = json.loads(path.read_text())
    return Books(tuple(Rented(**it) for it in found["servers"]), found["last"], Mood(**found["mood"]))


def read_site(found: Mapping[str, Any]) -> Site:
    """As ``asdict`` wrote it."""
    plain = {key: tuple(found.get(key, ())) for key in ("drivers", "taken", "reaches")}
    return Site(**{**found, **plain, "sizes": tuple(Size(**it) for it in found["sizes"])})
