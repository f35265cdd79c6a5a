"""Where Nomad's own stanzas stand in a service's definition.

Source: https://developer.hashicorp.com/nomad/docs/job-specification.
"""

from __future__ import annotations

from simulacra.definitions.problems import quoted

STANZAS: dict[str, tuple[str, ...]] = {
    "job": (
        "all_at_once", "datacenters", "multiregion", "namespace", "node_pool", "parameterized", "periodic", "region", "update", "ui",
    ),
    "group": (
        "affinity", "constraint", "consul", "disconnect", "ephemeral_disk", "migrate", "network", "reschedule", "scaling", "service",
        "spread", "volume",
    ),
    "task": (
        "action", "artifact", "dispatch_payload", "env", "identity", "kill_signal", "kill_timeout", "leader", "lifecycle", "logs", "meta",
        "restart", "schedule", "secret", "shutdown_delay", "template", "user", "vault", "volume_mount",
    ),
}  # fmt: skip
"""Nomad's stanzas and attributes by the block of a service that takes them."""

OF_DRIVERS = ("args", "command", "devices", "entrypoint", "extra_hosts", "image", "mount", "network_mode", "privileged", "volumes")
"""What belongs to a task driver, and stands elsewhere in Compose files and other people's definitions.

Source: https://developer.hashicorp.com/nomad/docs/deploy/task-driver/docker.
"""


def place_of(name: str, service: str) -> str:
    """The verbatim block of a service that takes a stanza or attribute of Nomad's, as people write it; empty for none of Nomad's."""
    driver = '`driver "<the task driver\'s name>" { }`'
    if name == "config":
        return f"{driver}, without `config` around it"
    if name in OF_DRIVERS:
        return driver
    place = next((block for block, names in STANZAS.items() if name in names), "")
    label = f" {quoted(service)}" if place == "task" else ""
    return f"`{place}{label} {{ }}`" if place else ""
