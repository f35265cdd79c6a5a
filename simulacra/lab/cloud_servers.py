"""The servers of the lab's cloud as machines: a namespace on the LAN of their zone, the overlay, Nomad's agent; and the end of all that."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from simulacra.faults import Fault, Refusal
from simulacra.lab import nomad_agents, overlay, state
from simulacra.lab.cloud_books import Rented, Site
from simulacra.lab.cloud_init import FirstBoot, read_user_data
from simulacra.lab.keeper import new_boot_id
from simulacra.lab.layout import server_namespace, server_port
from simulacra.lab.leftovers import clear_machine
from simulacra.lab.network import NETNS, new_namespace, plug, run_ip
from simulacra.lab.power import MachinePower, save_power, write_hooks
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState
from simulacra.model.machine import Has

KERNELS_SHARE = 0.05
"""Of a size's memory, as on a real server: Nomad has the rest to give."""


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Where the servers of a lab really run. ``say`` is told what becomes of them."""

    programs: Programs
    lab: LabState
    say: Callable[[str], None]

    async def boot(self, server: Rented) -> str:
        """Start the server afresh, whatever an interrupted boot has left, as its user data says; returns its overlay address, empty
        where it joins nothing. Raises `Fault`.
        """
        return await asyncio.to_thread(self._boot, server)

    async def remove(self, server: Rented) -> None:
        """End and remove all of it: processes, namespace, disk. Idempotent; raises `Fault`."""
        await asyncio.to_thread(self._remove, server)

    def _boot(self, server: Rented) -> str:
        self._remove(server)
        folder, namespace = self._folder(server), server_namespace(self.lab.name, server.number)
        folder.mkdir()
        (folder / "user-data").write_text(server.user_data)
        write_hooks(folder)
        power = MachinePower("on", time.time(), new_boot_id())
        save_power(folder, power)
        router = next(one.namespace for one in self.lab.routers if one.zone == server.zone)
        plugged = plug(namespace, server.address, (router, server_port(server.number)), reaches=self._site(server).reaches)
        for command in (*new_namespace(namespace), *plugged):
            run_ip(self.programs.ip, command)
        try:
            told = None if server.dud else read_user_data(server.user_data)
        except Refusal as reason:
            self.say(f"{server.name} ({server.id}) joins nothing: its user data: {reason}")
            told = None
        if told is None:
            return ""
        return self._join(server, told, power)

    def _join(self, server: Rented, told: FirstBoot, power: MachinePower) -> str:
        folder, namespace, site = self._folder(server), server_namespace(self.lab.name, server.number), self._site(server)
        # the world outside is the zone's router: whoever the server calls is called there
        address = overlay.configure_server(self.programs, folder, self.lab.interface, [site.router] if told.peers else [])
        mesh = overlay.start(self.programs, namespace, folder)
        overlay.wait_for_interface(self.programs, namespace, self.lab.interface, address)
        servers = tuple(one.address for one in self.lab.residents if one.server)
        nomad_agents.write_rented(_has(site, server.size), folder, (text for _, text in told.nomad), servers)
        agent = nomad_agents.start_client(self.programs, namespace, folder)
        save_power(folder, replace(power, overlay=mesh, agent=agent))
        return address

    def _remove(self, server: Rented) -> None:
        folder, namespace = self._folder(server), server_namespace(self.lab.name, server.number)
        clear_machine(self.programs.ip, self.lab.name, namespace, folder)
        if (NETNS / namespace).exists():
            run_ip(self.programs.ip, ("netns", "del", namespace))
        if folder.exists():
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise Fault(f"lab {self.lab.name}: {folder} can't be removed: {error}") from error

    def _folder(self, server: Rented) -> Path:
        return state.server_folder(self.lab.name, server.number)

    def _site(self, server: Rented) -> Site:
        return next(site for site in self.lab.sites if site.cloud == server.cloud)


def _has(site: Site, name: str) -> Has:
    size = next(it for it in site.sizes if it.name == name)
    return Has(size.cpu_mhz, int(size.memory_mb * (1 - KERNELS_SHARE)), size.disk_mb, size.cpus, site.drivers)
