"""The whole language: every block, every key, what it takes and what it is for. The reference in ``docs/`` is made from it."""

from __future__ import annotations

from simulacra.definitions.language.clouds import CLOUD
from simulacra.definitions.language.grid import GRID, UPLINK, ZONE
from simulacra.definitions.language.machines import MACHINE
from simulacra.definitions.language.peripherals import PERIPHERAL
from simulacra.definitions.language.services import SERVICE
from simulacra.definitions.language.tiers import TIER

LANGUAGE = {
    "grid": GRID,
    "uplink": UPLINK,
    "zone": ZONE,
    "tier": TIER,
    "machine": MACHINE,
    "cloud": CLOUD,
    "service": SERVICE,
    "peripheral": PERIPHERAL,
}
"""Every block that may stand at the top of a file."""
