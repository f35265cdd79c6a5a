"""What is there and what is free, and what it draws."""

from __future__ import annotations

from simulacra.model.plan import Totals
from simulacra.plan.draws import watts_of
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene


def totals_of(scene: Scene) -> Totals:
    """Over the machines that take work now; the watts over all machines whose watts are defined."""
    cpu = memory = cpu_used = memory_used = 0
    for known in scene.machines.values():
        if known.takes_work and known.node is not None:
            cpu, memory = cpu + known.node.cpu_mhz, memory + known.node.memory_mb
            cpu_used += scene.used.get(known.node.id, (0, 0))[0]
            memory_used += scene.used.get(known.node.id, (0, 0))[1]
    watts = round(sum(watts_now(scene, known) for known in scene.machines.values()), 1)
    return Totals(cpu, max(0, cpu - cpu_used), memory, max(0, memory - memory_used), watts)


def watts_now(scene: Scene, known: Known) -> float:
    """From idle to busy as its processor is allocated; nothing for a machine whose watts aren't known."""
    if known.machine is None:
        return 0.0
    used_mhz = scene.used.get(known.node.id, (0, 0))[0] if known.node is not None else 0
    return watts_of(known.machine, known.node, known.standing, used_mhz) or 0.0
