"""What machines tell of their allocations, in memory: where ports are, how checks end, what tasks print."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulacra.gateways.nomad_faults import NotThere
from simulacra.model.served import CheckResult, Registration


@dataclass
class FakeClients:
    """By job, and by allocation: of an allocation that isn't in ``told`` nothing can be asked."""

    catalog: dict[str, tuple[Registration, ...]] = field(default_factory=dict)
    told: dict[str, tuple[CheckResult, ...]] = field(default_factory=dict)
    logs: dict[tuple[str, str], str] = field(default_factory=dict)

    def registrations(self, job: str, namespace: str) -> tuple[Registration, ...]:  # noqa: ARG002
        return tuple(sorted(self.catalog.get(job, ()), key=lambda it: (it.name, it.at, it.allocation)))

    def checks(self, allocation: str) -> tuple[CheckResult, ...]:
        if allocation not in self.told:
            raise NotThere(f"read the checks of allocation {allocation}: Nomad knows nothing of the kind")
        return tuple(sorted(self.told[allocation], key=lambda it: (it.service, it.status, it.output)))

    def log(self, allocation: str, task: str) -> str:
        if (allocation, task) not in self.logs:
            raise NotThere(f"read the log of allocation {allocation}: Nomad knows nothing of the kind")
        return self.logs[allocation, task]
