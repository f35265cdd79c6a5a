"""Where Nomad's own stanzas stand in a service's definition.

Source: https://developer.hashicorp.com/nomad/docs/job-specification.
"""

from __future__ import annotations

_JOB = "all_at_once datacenters multiregion namespace node_pool parameterized periodic region update ui"
_GROUP = "affinity constraint consul disconnect ephemeral_disk migrate network reschedule scaling service spread volume"
_TASK = (
    "action artifact dispatch_payload env identity kill_signal kill_timeout leader lifecycle logs meta restart "
    "schedule secret shutdown_delay template user vault volume_mount"
)


def place_of(name: str) -> str:
    """The verbatim block that takes a stanza or attribute of Nomad's, as people write it; empty for none of Nomad's."""
    if name == "config":
        return '`driver "<the task driver\'s name>" { }`, without `config` around it'
    if name in _JOB.split():
        return "`job { }`"
    if name in _GROUP.split():
        return "`group { }`"
    if name in _TASK.split():
        return '`task "<the service\'s name>" { }`'
    return ""
