"""One schedule lived to its end: the trouble first, then a calm in which all that can run must run, then rest in which nothing moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from simulacra.act.power import NOTICED_WITHIN_S
from simulacra.model.machine import WakeLan
from simulacra.plan.against_waking import BREAKS_FOR_S
from tests.simulation.model_machine import ModelMachine
from tests.simulation.model_world import Said, World
from tests.simulation.schedules import Schedule
from tests.simulation.watch import RULES, Breach, Rule

CALM_S = 360.0
"""So long after the last trouble, and after the last pause that it has left behind, all work runs that can."""
REST_S = 3600.0
"""So long nothing changes after that, where nothing is to end meanwhile."""
SETTLES_WITHIN_S = 3 * 3600.0


def lived(schedule: Schedule, told: list[Said] | None = None, heeded: Collection[Rule] = RULES) -> Breach | None:
    """Which of the heeded rules was broken first; None where none was."""
    world = World(schedule, told, heeded)
    world.live(schedule.until_s)
    if world.watch.breach is None:
        mended(world)
        _settles(world)
    if world.watch.breach is None:
        for text in _waiting_in_vain(world):
            world.watch.broken("work that can run runs", text)
        for text in _left_behind(world):
            world.watch.broken("nothing of ours stays behind", text)
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
    for machine in world.machines.values():
        machine.answers, machine.clock_off_s, machine.comes_back_s = [], 0.0, None
        machine.leaves()
        if not machine.obeying:
            machine.program_gone(False)
        if machine.machine.wake is None or (machine.machine.server and not world.has_leader()):
            machine.button()
    world.came()
    for machine in world.machines.values():
        machine.comes()


def _settles(world: World) -> None:
    """Live on until `CALM_S` after the last pause that the trouble has left behind."""
    at_most_s = world.now_s + SETTLES_WITHIN_S
    ends_s = world.now_s + max((abs(it.much) for it in world.schedule.happenings if it.what == "clock"), default=0.0)
    while world.now_s < min(ends_s + CALM_S, at_most_s) and world.watch.breach is None:
        world.skip(min(ends_s + CALM_S, at_most_s))
        ends_s = max([ends_s, *_pauses(world)])


def _pauses(world: World) -> Iterator[float]:
    """When the pauses end that records and people have set: of machines that failed, that are held, that Nomad has yet to miss."""
    for record in world.watch.powers.values():
        yield from (record.out_until_s, record.held_until_s, record.failed_s + BREAKS_FOR_S if record.failures else 0.0)
        if record.power in ("sleeping", "draining", "waking"):
            yield max(record.since_s, record.next_try_s) + NOTICED_WITHIN_S
    yield from (machine.notes.wish[1] for machine in world.machines.values())


# work that can run runs


def _waiting_in_vain(world: World) -> Iterator[str]:
    if world.grid.mode != "act":
        return
    for key, job in sorted(world.nomad.jobs_.items()):
        if job.queued and (machine := next((it for it in world.machines.values() if _would_do(world, key, it)), None)) is not None:
            yield f"{key[1]} waits since {job.waits_since_s - world.schedule.starts_s:.0f} s, and {machine.name} would do"


def _would_do(world: World, key: tuple[str, str], machine: ModelMachine) -> bool:
    """Whether it is asleep, may be woken now, and has room for an instance."""
    record, power = world.watch.powers.get(machine.name), world.grid.power
    if machine.on or machine.machine.wake is None or record is None or record.power != "asleep":
        return False
    if len([at for at in record.moved_s if world.now_s - at < 86400.0]) > power.moves_per_day or machine.machine.quiet_hours:
        return False
    if power.machines_max is not None and sum(it.on for it in world.machines.values()) >= power.machines_max:
        return False
    if any(not world.machines[name].on for name in machine.machine.after):
        return False
    others = [it for it in world.machines.values() if it.machine.zone == machine.machine.zone and it.on and it.obeying]
    if isinstance(machine.machine.wake, WakeLan) and not others:
        return False
    return _zone_free(world, key, machine) and world.nomad.has_room(key, machine.node)


def _zone_free(world: World, key: tuple[str, str], machine: ModelMachine) -> bool:
    taken = {world.nomad._zone(it.node) for it in world.nomad.instances.values() if it.key == key}
    return not world.nomad.jobs_[key].apart or machine.machine.zone not in taken


# nothing stays behind


def _left_behind(world: World) -> Iterator[str]:
    """Where records and the world differ, and what we did to nodes and didn't undo."""
    for name, machine in sorted(world.machines.items()):
        record = world.watch.powers.get(name)
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


# a quiet grid stands still


def _rests(world: World) -> None:
    if any(it.quiet_hours for it in world.grid.machines):
        return
    before, since_s = len(world.watch.transitions), world.passed_s
    world.skip(world.now_s + REST_S)
    moved = world.watch.transitions[before:]
    if moved:
        told = ", ".join(f"{name} {was} -> {is_} at {at_s:.0f} s" for at_s, name, was, is_, _ in moved[:4])
        world.watch.broken("a quiet grid stands still", f"nothing happened since {since_s:.0f} s, but {told}")
