"""One schedule lived to its end: the trouble first, then a calm in which all that can run must run, then rest in which nothing moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from simulacra.act.power import NOTICED_WITHIN_S
from simulacra.model.rented import with_slots
from simulacra.plan.against_waking import BREAKS_FOR_S
from tests.simulation.could import waiting_in_vain
from tests.simulation.counted import counted_twice
from tests.simulation.happenings import Schedule
from tests.simulation.model_world import Said, World
from tests.simulation.watch import RULES, Breach, Rule

CALM_S = 360.0
"""So long after the last trouble, and after the last pause that it has left behind, all work runs that can."""
REST_S, CLOUDED_REST_S = 3600.0, 900.0
"""So long nothing changes after that, where nothing is to end meanwhile; the latter where there is a cloud, which is looked at often."""
SETTLES_WITHIN_S = 3 * 3600.0


def lived(schedule: Schedule, told: list[Said] | None = None, heeded: Collection[Rule] = RULES) -> Breach | None:
    """Which of the heeded rules was broken first; None where none was."""
    world = World(schedule, told, heeded)
    world.live(schedule.until_s)
    if world.watch.breach is None:
        mended(world)
        _settles(world)
    if world.watch.breach is None:
        for text in waiting_in_vain(world):
            world.watch.broken("work that can run runs", text)
        for text in _left_behind(world):
            world.watch.broken("nothing of ours stays behind", text)
        for text in counted_twice(world):
            world.watch.broken("each second is counted once", text)
        for text in world.watch.clouds.unowned() if world.cloud is not None else ():
            world.watch.broken("each server has an owner", text)
    if world.watch.breach is None:
        _rests(world)
    return world.watch.breach


def mended(world: World) -> None:
    """All trouble has an end: cables are whole, clocks are right, people go, whoever steers is alive; machines that are off stay off."""
    world.tell("-", "all is well from here on")
    for agent in world.agents.values():
        agent.strikes, agent.clock_off_s, agent.rests_at = {}, 0.0, None
        agent.comes()
    world.cut.clear()
    world.refuses = False
    if world.cloud is not None:
        world.cloud.mended()
    for machine in world.everybody:
        machine.answers, machine.clock_off_s, machine.comes_back_s = [], 0.0, None
        machine.leaves()
        if not machine.obeying:
            machine.program_gone(False)
        if (machine.machine.rent is None and machine.machine.wake is None) or (machine.machine.server and not world.has_leader()):
            machine.button()
    world.came()
    for machine in world.everybody:
        machine.comes()


def _settles(world: World) -> None:
    """Live on until `CALM_S` after the last pause that the trouble has left behind."""
    since_s, at_most_s = world.now_s, world.now_s + SETTLES_WITHIN_S
    ends_s = world.now_s + max((abs(it.much) for it in world.schedule.happenings if it.what == "clock"), default=0.0)
    while world.now_s < min(ends_s + CALM_S, at_most_s) and world.watch.breach is None:
        world.skip(min(ends_s + CALM_S, at_most_s))
        ends_s = max([ends_s, *_pauses(world)])
        if world.cloud is not None:
            ends_s = max([ends_s, *world.watch.clouds.paid_until(since_s), *world.watch.clouds.idle().values()])


def _pauses(world: World) -> Iterator[float]:
    """When the pauses end that records and people have set: of machines that failed, that are held, that Nomad has yet to miss."""
    for record in world.watch.powers.values():
        yield from (record.out_until_s, record.held_until_s, record.failed_s + BREAKS_FOR_S if record.failures else 0.0)
        if record.power in ("sleeping", "draining", "waking"):
            yield max(record.since_s, record.next_try_s) + NOTICED_WITHIN_S
    yield from (machine.notes.wish[1] for machine in world.everybody)


# nothing stays behind


def _left_behind(world: World) -> Iterator[str]:
    """Where records and the world differ, and what we did to nodes and didn't undo."""
    for machine in sorted(world.everybody, key=lambda it: it.name):
        name, record = machine.name, world.watch.powers.get(machine.name)
        client = world.nomad.clients.get(machine.node.id)
        ready = client is not None and client.node.status == "ready"
        if ready != machine.on:
            yield f"{name} is {'on' if machine.on else 'off'}, and Nomad doesn't know it"
        if world.grid.mode != "act":
            continue
        if record is not None and record.power not in ("on", "asleep"):
            yield f"{name} is {record.power} for ever"
        if record is not None and (record.power == "on") != machine.on:
            yield f"{name} is {'on' if machine.on else 'off'}, and its record says {record.power}"
        if ready and client is not None and (not client.node.eligible or client.node.draining):
            yield f"{name} is on, and takes no work"
    for slot in with_slots(world.grid, ()).machines:
        record = world.watch.powers.get(slot.name)
        if slot.rent is not None and world.body(slot.name) is None and record is not None and record.power != "asleep":
            yield f"{slot.name} has no server, and its record says {record.power}"


# a quiet grid stands still


def _rests(world: World) -> None:
    if any(it.quiet_hours for it in world.grid.machines):
        return
    before, since_s = len(world.watch.transitions), world.passed_s
    idle = world.watch.clouds.idle() if world.cloud is not None else {}
    spent_up = len(world.watch.clouds.unpaid)
    world.skip(world.now_s + (REST_S if world.cloud is None else CLOUDED_REST_S))
    if len(world.watch.clouds.unpaid) > spent_up:
        return  # a server that the budget paid for until now was given back in the middle of the greatest rest
    moved = world.watch.transitions[before:]
    if moved:
        told = ", ".join(f"{name} {was} -> {is_} at {at_s:.0f} s" for at_s, name, was, is_, _ in moved[:4])
        world.watch.broken("a quiet grid stands still", f"nothing happened since {since_s:.0f} s, but {told}")
    for server, paid_s in world.watch.clouds.idle().items() if world.cloud is not None else ():
        if server in idle and paid_s > idle[server]:
            world.watch.broken("no server is idle", f"{server} is paid for again, and nothing runs on it")
