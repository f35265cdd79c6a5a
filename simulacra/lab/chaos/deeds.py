"""How each kind of fault is done to a lab, and undone: with what the lab offers to people, and with signals."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulacra.faults import Fault
from simulacra.lab import lab
from simulacra.lab.chaos import kinds
from simulacra.lab.chaos.kinds import AND, STEERS, befallen
from simulacra.lab.chaos.schedule import Strike
from simulacra.lab.chaos.site import Agent, Site, agents, signal_all
from simulacra.lab.delays import Wanted
from simulacra.lab.processes import Process, alive, descendants, start_time

LOSS, SLOW = Wanted(0.0, loss_percent=10.0), Wanted(150.0, 50.0)
_AS_BEFORE = Wanted(0.0)
_SLOW_BOOT_S = 15.0


@dataclass(frozen=True, slots=True)
class Done:
    """``undo`` heals it. ``machines`` are those that it reaches. ``what`` is told beside its title; ``missed``: why nobody was struck."""

    undo: Callable[[], object] = lambda: None
    machines: tuple[str, ...] = ()
    what: str = ""
    missed: str = ""


Deed = Callable[[Site, Strike], Done]


def strike(site: Site, it: Strike) -> Done:
    """Do it. A lab that refuses (a machine that is just booting, say) can't be struck so now."""
    try:
        return DEEDS[it.kind](site, it)
    except Fault as fault:
        return Done(missed=str(fault))


# who steers


def _agent(site: Site, whom: str) -> Agent | None:
    return next((it for it in agents(site) if it.steers == (whom == STEERS)), None)


def _kill_agent(site: Site, it: Strike) -> Done:
    found = _agent(site, it.whom)
    if found is None:
        return Done(missed="there is none now")
    os.kill(found.pid, signal.SIGKILL)
    return Done(what=f"on {found.machine}")


def _kill_plugin(site: Site, it: Strike) -> Done:
    found = next(((agent.machine, agent.workers[it.whom]) for agent in agents(site) if it.whom in agent.workers), None)
    if found is None:
        return Done(missed="there is none now")
    os.kill(found[1], signal.SIGKILL)
    return Done(what=f"on {found[0]}")


def _freeze_agent(site: Site, it: Strike) -> Done:
    """With its plugins: when they go on, they believe that they still lead."""
    found = _agent(site, it.whom)
    if found is None:
        return Done(missed="there is none now")
    frozen = {pid: start_time(pid) for pid in (found.pid, *sorted(descendants({found.pid})))}
    signal_all(frozen, signal.SIGSTOP)
    return Done(lambda: signal_all(frozen, signal.SIGCONT), what=f"on {found.machine}")


# Nomad


def _kill_servers(site: Site, machines: tuple[str, ...], named: tuple[str, ...]) -> Done:
    """Those of the machines'; ``named`` are the machines that the fault's title names already."""
    victims = [(name, power.server_agent) for name in machines if (power := site.power(name)).switch == "on" and power.server_agent]
    struck = tuple(name for name, server in victims if _kill(server))
    if not struck:
        return Done(missed="it doesn't run now")

    def revive() -> None:
        for name in struck:
            _revive(site, name)

    return Done(revive, what=f"on {AND.join(struck)}" if set(struck) != set(named) else "")


def _kill(process: Process) -> bool:
    if not alive(process):
        return False
    os.kill(process.pid, signal.SIGKILL)
    return True


def _revive(site: Site, machine: str) -> None:
    """One that was switched off meanwhile gets its agents when it boots."""
    if site.power(machine).switch == "on":
        lab.switch(site.name, "revive", machine)


def _kill_leader(site: Site, _it: Strike) -> Done:
    leader = site.nomad.leader()
    machine = site.server_at(leader) if leader is not None else None
    return _kill_servers(site, (machine,), ()) if machine is not None else Done(missed="there is none now")


def _kill_quorum(site: Site, it: Strike) -> Done:
    machines = tuple(it.whom.split(AND))
    return _kill_servers(site, machines, machines)


def _kill_client(site: Site, it: Strike) -> Done:
    power = site.power(it.whom)
    if power.switch != "on" or power.agent is None or not _kill(power.agent):
        return Done(missed=f"it is {power.switch}")
    return Done(lambda: _revive(site, it.whom), (it.whom,))


# cables


def _place(site: Site, whom: str) -> str:
    return f"zone:{whom}" if whom in site.ground.zones else f"machine:{whom}"


def _cut(site: Site, it: Strike) -> Done:
    place = _place(site, it.whom)
    lab.cut(site.name, place)
    return Done(lambda: lab.heal(site.name, place), tuple(befallen(site.ground, it.whom)))


def _worsen(wanted: Wanted) -> Deed:
    def worsen(site: Site, it: Strike) -> Done:
        place = _place(site, it.whom)
        lab.delay(site.name, place, wanted)
        return Done(lambda: lab.delay(site.name, place, _AS_BEFORE), tuple(befallen(site.ground, it.whom)))

    return worsen


# machines


def _told_keeper(do: tuple[str, ...], undo: tuple[str, ...]) -> Deed:
    """What the lab's keeper is told of the machine: the first words, and in the end the others."""

    def tell(site: Site, it: Strike) -> Done:
        lab.switch(site.name, do[0], it.whom, *do[1:])
        return Done(lambda: lab.switch(site.name, undo[0], it.whom, *undo[1:]), (it.whom,))

    return tell


def _cut_power(site: Site, it: Strike) -> Done:
    switch = site.power(it.whom).switch
    if switch != "on":
        return Done(missed=f"it is {switch}")
    lab.switch(site.name, "press", it.whom)
    return Done(lambda: _press_if_asleep(site, it.whom), (it.whom,))


def _press_if_asleep(site: Site, machine: str) -> bool:
    """Whether it was; who has been woken meanwhile needs nobody's finger."""
    asleep = site.power(machine).switch == "asleep"
    if asleep:
        lab.switch(site.name, "press", machine)
    return asleep


def _press_button(site: Site, it: Strike) -> Done:
    return Done(machines=(it.whom,)) if _press_if_asleep(site, it.whom) else Done(missed=f"it is {site.power(it.whom).switch}")


DEEDS: Mapping[str, Deed] = {
    "agent killed": _kill_agent,
    "plugin killed": _kill_plugin,
    kinds.AGENT_FROZEN: _freeze_agent,
    "server killed": lambda site, it: _kill_servers(site, (it.whom,), (it.whom,)),
    "leader killed": _kill_leader,
    "quorum lost": _kill_quorum,
    kinds.CLIENT_KILLED: _kill_client,
    kinds.PACKETS_LOST: _worsen(LOSS),
    kinds.SLOW_CABLE: _worsen(SLOW),
    kinds.ZONE_CUT: _cut,
    kinds.MACHINE_CUT: _cut,
    "unplugged": _told_keeper(("unplug",), ("plug",)),
    "slow boot": _told_keeper(("slow", f"{_SLOW_BOOT_S:g}"), ("slow", "0")),
    kinds.PERSON: _told_keeper(("sit",), ("leave",)),
    kinds.POWER_CUT: _cut_power,
    "button pressed": _press_button,
}
"""By the names of `simulacra.lab.chaos.kinds`."""
