"""Clouds with their sizes, prices and servers, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulacra.cli.durations import iso, local
from simulacra.cli.show_lines import say
from simulacra.cli.show_status import COLOURS, print_, row, table

if TYPE_CHECKING:
    from decimal import Decimal

    from rich.console import Console

    from simulacra.model.cloud import Cloud, Offer
    from simulacra.model.grid import Grid
    from simulacra.observe.clouds import CloudAnswer, CloudsSeen, ServerSeen


def clouds_plain(seen: CloudsSeen) -> dict[str, Any]:
    """The fixed shape of ``clouds --json``."""
    return {"clouds": [_cloud_plain(it) for it in seen.answers], "servers": [_server_plain(it) for it in seen.servers]}


def _cloud_plain(it: CloudAnswer) -> dict[str, Any]:
    cloud = it.cloud
    return {
        "name": cloud.name,
        "provider": cloud.provider,
        "region": cloud.region,
        "zone": cloud.zone,
        "tier": cloud.tier,
        "min": cloud.min,
        "max": cloud.max,
        "currency": cloud.currency,
        "monthly_budget": cloud.monthly_budget,
        "offers": [_offer_plain(offer) for offer in it.offers.here] if it.offers is not None else None,
        "missing": list(it.offers.missing) if it.offers is not None else None,
        "problem": it.problem or None,
    }


def _offer_plain(it: Offer) -> dict[str, Any]:
    return {
        "size": it.size,
        "price_per_hour": _number(it.price),
        "cpus": it.cpus,
        "cpu_mhz": it.cpu_mhz,
        "memory_mb": it.memory_mb,
        "disk_mb": it.disk_mb,
    }


def _server_plain(it: ServerSeen) -> dict[str, Any]:
    server = it.server
    return {
        "machine": server.machine,
        "cloud": server.cloud,
        "size": server.size,
        "state": server.state,
        "id": server.id,
        "since": iso(server.created_s) if server.created_s is not None else None,
        "addresses": list(server.addresses),
        "cost": _number(it.cost),
        "paid_until": iso(it.paid_until_s) if it.paid_until_s is not None else None,
        "currency": it.currency,
        "odd": it.odd or None,
    }


def _number(amount: Decimal | None) -> float | None:
    return float(amount) if amount is not None else None


def show_clouds(console: Console, grid: Grid, seen: CloudsSeen, stand_in: str = "") -> None:
    """A cloud and its sizes, the cheapest first, after the other; then the servers. ``stand_in``: what was asked in providers' place."""
    if not seen.answers:
        say(console, "no cloud is defined; `simulacra reference cloud` shows how")
        return
    if stand_in:
        say(console, f"a lab's cloud stands in for all providers, and nothing is rented: {stand_in}", "yellow")
    for position, answer in enumerate(seen.answers):
        if position:
            say(console, "")
        _show_cloud(console, answer)
    say(console, "")
    _show_servers(console, grid, seen)


def _show_cloud(console: Console, answer: CloudAnswer) -> None:
    cloud = answer.cloud
    say(console, Text(cloud.name, style="bold").append(f": {_words(cloud)}", style="not bold"))
    if answer.offers is None:
        say(console, "its provider tells nothing: see below", "yellow")
        return
    offers = table("SIZE", "AN HOUR", "CORES", "CPU MHZ", "MEMORY MB", "DISK MB")
    for it in answer.offers.here:
        price = f"{it.price.normalize():f} {cloud.currency}" if it.price is not None else "not known"
        row(offers, it.size, price, _or(it.cpus), _or(it.cpu_mhz), str(it.memory_mb), _or(it.disk_mb, "the image's"))
    if answer.offers.here:
        print_(console, offers)
    for name in answer.offers.missing:
        say(console, f"{name}: {cloud.provider} has no such size{f' in {cloud.region}' if cloud.region else ''}", "yellow")
    if answer.problem:
        say(console, "which servers it has isn't known: see below", "yellow")
    unknown = [it.size for it in answer.offers.here if it.price is None]
    if unknown:
        say(console, f'what {unknown[0]} costs isn\'t known: write `size "{unknown[0]}" {{ price = … }}`', "yellow")


def _words(cloud: Cloud) -> str:
    where = f"{cloud.provider} in {cloud.region}" if cloud.region else cloud.provider
    budget = f", for at most {cloud.monthly_budget:g} {cloud.currency} a month" if cloud.monthly_budget is not None else ""
    return f"{where}; {cloud.min} to {cloud.max} servers of tier {cloud.tier} in zone {cloud.zone}{budget}"


def _show_servers(console: Console, grid: Grid, seen: CloudsSeen) -> None:
    if not seen.servers:
        asked = all(it.listing is not None for it in seen.answers)
        say(console, "no server is rented" if asked else "no server is known; where a provider tells nothing there may be some")
        return
    now_s = max(it.listing.at_s for it in seen.answers if it.listing is not None)
    servers = table("SERVER", "STATE", "SIZE", "SINCE", "COST SO FAR", "PAID UNTIL", "ID", "NOTE")
    for it in seen.servers:
        server = it.server
        since = local(grid, server.created_s, now_s) if server.created_s is not None else "-"
        paid = local(grid, it.paid_until_s, now_s) if it.paid_until_s is not None else "-"
        cost = f"{it.cost:.4f} {it.currency}" if it.cost is not None else "not known"
        state = Text(server.state, style=COLOURS.get(server.state, ""))
        row(servers, server.machine, state, server.size or "-", since, cost, paid, server.id, Text(it.odd, style="yellow"))
    print_(console, servers)


def _or(number: int | None, otherwise: str = "-") -> str:
    return str(number) if number is not None else otherwise
