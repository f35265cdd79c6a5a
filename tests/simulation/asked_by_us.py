"""Who asks the clouds' providers for an agent, watched: what it asks for is looked at in that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulacra.model.cloud import Cloud, Slot
from simulacra.model.ledger import News
from simulacra.renting import Providers

if TYPE_CHECKING:
    from tests.simulation.model_world import World


@dataclass
class AskedByUs:
    world: World
    real: Providers

    def news(self, cloud: Cloud, soon: bool) -> News:
        return self.real.news(cloud, soon)

    def create(self, cloud: Cloud, slot: Slot, creation: str) -> None:
        self.world.watch.clouds.asked_to_create(slot)
        self.real.create(cloud, slot, creation)

    def destroy(self, cloud: Cloud, server_ids: Sequence[str]) -> None:
        for server_id in server_ids:
            self.world.watch.clouds.asked_to_destroy(server_id)
        self.real.destroy(cloud, server_ids)

    def close(self) -> None:
        self.real.close()
