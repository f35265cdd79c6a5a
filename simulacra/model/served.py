"""What Nomad says of a job's ports: where they are on the overlay, and how its own checks of them end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CheckStatus = Literal["success", "failure", "pending"]


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry of Nomad's service catalog; ``node`` and ``allocation`` are ids."""

    name: str
    address: str
    port: int
    node: str
    allocation: str

    @property
    def at(self) -> str:
        """``HOST:PORT``, an IPv6 address in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check of Nomad's ended the last time, on its own machine; ``service`` is the name in the catalog, ``output`` one line."""

    service: str
    status: CheckStatus
    code: int
    output: str
