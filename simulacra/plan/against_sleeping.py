"""Why a machine that is on must not be put to sleep now, whatever its work."""

from __future__ import annotations

from collections.abc import Iterable, Set

from simulacra.model.journal import Record, from_before
from simulacra.model.machine import Machine
from simulacra.model.resting import NEEDED_WITHIN_S, needed_lately, rests_s
from simulacra.model.words import numbered
from simulacra.plan.against_waking import moves_of
from simulacra.plan.hours import clock, span
from simulacra.plan.kept import Kept
from simulacra.plan.known import Known
from simulacra.plan.renting import against_giving_back, at_floor, billed_long, paid_for
from simulacra.plan.scene import Scene

ASKED_HOLDS_S = 600.0
"""So long a person's wish that it sleeps now holds."""
_FOLLOWERS: Kept[dict[str, tuple[str, ...]]] = Kept(16)


def against_sleeping(scene: Scene, known: Known) -> str:
    """What speaks against it as long as it is so; empty where nothing does."""
    machine, record = known.machine, known.record
    if machine is None:
        return "it isn't defined"
    if machine.rent is not None:
        return against_giving_back(scene, known)
    if machine.never_sleeps:
        return "it never sleeps"
    if machine.sleep is None or machine.wake is None:
        return f"no way to {'put it to sleep' if machine.sleep is None else 'wake it'} is defined"
    if known.standing == "on" and not known.takes_work and not known.readmitted:
        return "somebody else keeps work off it (it is ineligible)"
    if record is not None and record.power in ("on", "failed") and record.out_until_s > scene.now_s:
        return f"it didn't go to sleep the last time; it is left alone until {clock(scene.grid, record.out_until_s)}"
    if known.standing == "on" and moves_of(scene, known) >= scene.grid.power.moves_per_day:
        return f"it was woken and put to sleep {moves_of(scene, known)} times in 24 h, as often as allowed"
    return _by_people(scene, known)


def _by_people(scene: Scene, known: Known) -> str:
    if known.held > scene.now_s:
        return f"a person holds it until {clock(scene.grid, known.held)}"
    if known.report is None:
        return "its program hasn't reported"
    if known.record is not None and known.machine is not None and from_before(known.record, known.report, known.machine.sleep):
        return "its program hasn't reported since it came on"
    if known.report.keep_awake:
        return "; ".join(known.report.keep_awake)
    if known.report.stay_until_s > scene.now_s:
        return f"a person wants it to stay on until {clock(scene.grid, known.report.stay_until_s)}"
    return ""


def against_leaving(scene: Scene, known: Known, leaving: Set[str], followers: dict[str, tuple[str, ...]]) -> str:
    """What the grid needs it for beside its work, when the machines ``leaving`` sleep too. ``followers``: who must have it on."""
    following = [name for name in followers.get(known.name, ()) if scene.machines[name].standing in ("on", "coming", "going")]
    if following:
        return f"{following[0]} needs it"
    if known.rent is not None:
        return at_floor(scene, known, leaving)
    return _quorum(scene, known, leaving) or _relay(scene, known, leaving)


def followers_of(scene: Scene) -> dict[str, tuple[str, ...]]:
    """For each machine those that name it in ``after``."""
    return _FOLLOWERS.of((scene.grid.machines,), lambda: _followers(scene.grid.machines))


def _followers(machines: Iterable[Machine]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for machine in machines:
        for first in machine.after:
            found.setdefault(first, []).append(machine.name)
    return {first: tuple(sorted(names)) for first, names in found.items()}


def _quorum(scene: Scene, known: Known, leaving: Set[str]) -> str:
    servers = scene.snapshot.servers
    if known.name not in servers:
        defined = known.machine is not None and known.machine.server
        return "it is defined as a Nomad server, and whether its server is needed can't be told" if defined else ""
    if known.machine is None or not known.machine.server:
        return "a Nomad server runs on it, though its definition doesn't say so"
    going = {name for name in servers if name in leaving or scene.machines[name].standing == "going"} | {known.name}
    voters = max(scene.snapshot.voters, len(servers))
    if 2 * (len(servers) - len(going)) > voters:
        return ""
    return f"a Nomad server runs on it, and more than half of the {voters} must stay"


def _relay(scene: Scene, known: Known, leaving: Set[str]) -> str:
    """Whether it is the last that can wake its zone's sleepers, itself included once it sleeps."""
    zone = known.zone or ""
    if any(name != known.name and name not in leaving for name in scene.relays.get(zone, ())):
        return ""
    asleep = [name for name in scene.by_lan.get(zone, ()) if name == known.name or name in leaving or not scene.machines[name].counted]
    if not asleep:
        return ""
    others = [name for name in asleep if name != known.name]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"nobody else in zone {zone} could wake {others[0] + more if others else 'it'}"


def not_yet(scene: Scene, known: Known) -> str:
    """What a machine that the grid could do without waits for before it sleeps; empty where it may sleep now."""
    record, power = known.record, scene.grid.power
    if asked(scene, known):
        return ""
    if billed_long(scene, known):
        return paid_for(scene, known)
    since = record.superfluous_since_s if record is not None else 0.0
    rests = _rests_s(scene, known)
    missing = power.minimum_uptime_s - uptime_s(scene, known)
    if missing > 0:
        return f"it stays on for {span(power.minimum_uptime_s)} at least, until {clock(scene.grid, scene.now_s + missing)}"
    if not since:
        return f"the grid could do without it; it sleeps when that has been so for {span(rests)}"
    if scene.now_s - since < rests:
        then = clock(scene.grid, since + rests)
        return f"the grid could do without it since {clock(scene.grid, since)}; it sleeps at {then}{_by_need(record, scene.now_s)}"
    return ""


def _rests_s(scene: Scene, known: Known) -> float:
    """Work that would have to move isn't disturbed sooner than defined."""
    power = scene.grid.power
    rests = rests_s(power, known.record, scene.now_s) if known.record is not None else power.sleep_after_s
    moves = any((job := scene.job_of(it)) is None or job.type != "system" for it in known.work)
    return max(rests, power.sleep_after_s) if moves else rests


def _by_need(record: Record | None, now_s: float) -> str:
    """What that hangs on."""
    often = len(needed_lately(record, now_s)) if record is not None else 0
    together = f", the last time together with {record.together - 1} more" if record is not None and record.together > 1 else ""
    return f" (it was needed {numbered(often, 'time')} in {span(NEEDED_WITHIN_S)}{together})"


def asked(scene: Scene, known: Known) -> bool:
    """Whether a person has asked for it to sleep now, and nothing has happened since."""
    at = known.report.sleep_asked_s if known.report is not None else 0.0
    since = known.record.since_s if known.record is not None else 0.0
    return at > since and at > scene.now_s - ASKED_HOLDS_S


def uptime_s(scene: Scene, known: Known) -> float:
    """For how long it has been on, as far as that is known."""
    if known.record is not None and known.record.on_since_s:
        return scene.now_s - known.record.on_since_s
    return scene.now_s - (known.node.changed_s if known.node is not None else 0.0)
