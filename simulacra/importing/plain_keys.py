"""Keys of Compose's that the docker driver has under a name of its own, and those that nothing is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from simulacra.importing.amounts import in_bytes
from simulacra.importing.notes import Note, differs, left_out
from simulacra.importing.piece import Piece, Trait
from simulacra.importing.project import READ_FLAT, Composed
from simulacra.importing.reading import mapping, pairs, text, texts, truth, unknown_keys, whole
from simulacra.importing.stanzas import Attribute, Block, escaped_for_templates, given, table
from simulacra.importing.stanzas import text as string
from simulacra.importing.stanzas import texts as strings
from simulacra.importing.tree import Node

Kind = Callable[[str, Node], Attribute]


def _string(name: str, node: Node) -> Attribute:
    return string(name, escaped_for_templates(text(node)))


def _strings(name: str, node: Node) -> Attribute:
    return strings(name, map(escaped_for_templates, texts(node)))


def _truth(name: str, node: Node) -> Attribute:
    return given(name, truth(node))


def _whole(name: str, node: Node) -> Attribute:
    return given(name, whole(node))


def _size(name: str, node: Node) -> Attribute:
    return given(name, in_bytes(node))


def _table(name: str, node: Node) -> Attribute:
    return table(name, ((pair.key, escaped_for_templates(pair.value or "")) for pair in pairs(node)))


CARRIED: Mapping[str, tuple[str, Kind]] = {
    "cap_add": ("cap_add", _strings),
    "cap_drop": ("cap_drop", _strings),
    "cgroup": ("cgroupns", _string),
    "dns": ("dns_servers", _strings),
    "dns_opt": ("dns_options", _strings),
    "dns_search": ("dns_search_domains", _strings),
    "group_add": ("group_add", _strings),
    "hostname": ("hostname", _string),
    "init": ("init", _truth),
    "ipc": ("ipc_mode", _string),
    "mac_address": ("mac_address", _string),
    "oom_score_adj": ("oom_score_adj", _whole),
    "pid": ("pid_mode", _string),
    "privileged": ("privileged", _truth),
    "read_only": ("readonly_rootfs", _truth),
    "runtime": ("runtime", _string),
    "security_opt": ("security_opt", _strings),
    "shm_size": ("shm_size", _size),
    "stdin_open": ("interactive", _truth),
    "storage_opt": ("storage_opt", _table),
    "sysctls": ("sysctl", _table),
    "tty": ("tty", _truth),
    "userns_mode": ("userns_mode", _string),
    "uts": ("uts_mode", _string),
    "working_dir": ("work_dir", _string),
}
"""Compose's key, the docker driver's, and the kind of its value."""

_CPU = "Nomad shares a machine's processors out by `cpu` in `resources`; put it there"
_MEMORY = "Nomad's docker driver has no such setting; `memory` in `resources` is the limit, without swap"
_HOOK = 'Nomad runs a task of its own before or after: `task "NAME" { lifecycle { hook = … } }` in the service'
LEFT_OUT: Mapping[str, str] = {
    "annotations": "Nomad's docker driver sets none; take labels",
    "attach": "Nomad keeps the output of each task: `nomad alloc logs`",
    "blkio_config": "Nomad's docker driver doesn't limit input and output; set it for the whole of Docker",
    "cgroup_parent": "Nomad has cgroups of its own",
    "cpu_count": _CPU,
    "cpu_percent": _CPU,
    "cpu_period": _CPU,
    "cpu_quota": _CPU,
    "cpu_rt_period": _CPU,
    "cpu_rt_runtime": _CPU,
    "cpu_shares": _CPU,
    "cpuset": "Nomad chooses the cores: `cores` instead of `cpu` in `resources` gives whole ones",
    "credential_spec": "it is Windows' own",
    "develop": "it is for developing; Nomad runs what is in the image",
    "device_cgroup_rules": "Nomad's docker driver has no such rules; name the devices themselves, under `devices`",
    "domainname": "Nomad's docker driver has `hostname` only; write the whole name there",
    "extends": READ_FLAT,
    "external_links": 'find it through Nomad\'s catalog (`nomadService "NAME"` in a template), or write its address into `extra_hosts`',
    "isolation": "it is Windows' own",
    "mem_swappiness": _MEMORY,
    "memswap_limit": _MEMORY,
    "models": "Nomad runs no models; make a service of what serves them",
    "oom_kill_disable": _MEMORY,
    "post_start": _HOOK,
    "pre_stop": _HOOK,
    "provider": "Nomad doesn't run Compose's providers; make a service of what it provides",
    "pull_refresh_after": "Nomad pulls an image that a machine lacks, or (`force_pull`) always",
    "use_api_socket": "mount the socket under `volumes`",
    "volumes_from": "name the same volumes under `volumes`",
}
"""Keys that nothing is made of, and what to do instead."""

OTHERS = ("service:", "container:")
_ALLOWED_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
    "SETUID", "SYS_CHROOT",
}  # fmt: skip
"""What Nomad's docker driver allows unless its agent's configuration says more. Source: nomad's ``capabilities.NomadDefaults``."""


def carried(service: Composed) -> Piece:
    """The keys that the driver has too."""
    config: list[Attribute] = []
    notes: list[Note] = []
    for key, (name, kind) in CARRIED.items():
        node = service.get(key)
        if node is None:
            continue
        if key in ("ipc", "pid") and text(node).startswith(OTHERS):
            notes.append(left_out(node, "Nomad's containers each stand alone; only `host` can be shared"))
            continue
        config.append(kind(name, node))
        notes += _conditions(key, node)
    privileged = service.get("privileged")
    traits: tuple[Trait, ...] = ("privileged",) if privileged is not None and truth(privileged) else ()
    return Piece(config=tuple(config), traits=traits, notes=tuple(notes))


def _conditions(key: str, node: Node) -> Iterator[Note]:
    """What an agent's configuration must allow first."""
    if key == "privileged" and truth(node):
        yield differs(node, _allow("allow_privileged = true"))
    if key == "cap_add":
        wanted = sorted({name.upper().removeprefix("CAP_") for name in texts(node)} - _ALLOWED_CAPABILITIES)
        if wanted:
            yield differs(node, f"{_allow('allow_caps = […]')}, in which {', '.join(wanted)} must be named, beside all others")
    if key == "runtime":
        yield differs(node, f"{_allow('allow_runtimes = […]')}, with {text(node)} in it")


def _allow(setting: str) -> str:
    return f'it starts only where the agent\'s configuration has `plugin "docker" {{ config {{ {setting} }} }}`'


def logging(service: Composed) -> Piece:
    """Docker's log driver with its options."""
    found = mapping(service.get("logging"))
    driver, options = found.get("driver"), pairs(found.get("options"))
    body = [string("type", text(driver))] if driver is not None else []
    if options:
        body.append(table("config", ((pair.key, escaped_for_templates(pair.value or "")) for pair in options)))
    return Piece(config=(Block("logging", tuple(body)),) if body else (), notes=tuple(unknown_keys(found, ("driver", "options"))))


def without(service: Composed) -> Piece:
    """A note for each key that nothing is made of."""
    found = ((service.get(key), said) for key, said in LEFT_OUT.items())
    return Piece(notes=tuple(left_out(node, f"{said}") for node, said in found if node is not None))
