"""Removing all of a lab, whatever is left of it: by its state, and by what carries its name."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab import state
from simulacra.lab.network import NETNS, lab_namespaces, run_ip
from simulacra.lab.processes import kill_inhabitants
from simulacra.lab.state import ALLOCATIONS

_CGROUPS = Path("/sys/fs/cgroup")
_PARENTS = ("nomad.slice", "nomad")
"""Nomad's control groups under version 2 and version 1; all agents on a host share them."""


def remove(ip: str, lab: str) -> bool:
    """Kill what lives in the lab, unmount, and delete its namespaces and its folder; whether there was anything. Idempotent.

    It needs no more than ``ip``: a lab can be removed where Nomad or the overlay has been uninstalled.
    """
    folder = state.lab_folder(lab)
    if not lab_namespaces(lab) and not folder.exists():
        return False
    while True:  # until then its cloud may have made another
        namespaces, allocations = lab_namespaces(lab), _allocations(folder.glob(f"*/{ALLOCATIONS}/*"))
        _clear(ip, lab, namespaces, folder, allocations)
        for name in namespaces:
            run_ip(ip, ("netns", "del", name))
        _remove_cgroups(allocations)
        if not lab_namespaces(lab):
            break
    if not _nomad_runs():
        _remove_nomads_cgroups()
    state.forget(lab)
    return True


def clear_machine(ip: str, lab: str, namespace: str, folder: Path) -> None:
    """Take away all that runs on one machine, as cutting its power does: the namespace stays, and the disk. Idempotent; raises `Fault`."""
    allocations = _allocations(folder.glob(f"{ALLOCATIONS}/*"))
    _clear(ip, lab, (namespace,), folder, allocations)
    _remove_cgroups(allocations)


def _clear(ip: str, lab: str, namespaces: tuple[str, ...], folder: Path, allocations: frozenset[str]) -> None:
    """No process in these namespaces nor in those of the allocations, which go too; no mount below the folder."""
    theirs = tuple(name for name in sorted(allocations) if (NETNS / name).exists())
    stubborn = kill_inhabitants((*namespaces, *theirs))
    if stubborn:
        raise Fault(f"lab {lab}: these processes would not end: {' '.join(map(str, stubborn))}; nothing was removed")
    unmount_below(folder)
    for name in theirs:
        run_ip(ip, ("netns", "del", name))


_ALLOCATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_LENGTH = 36


def _allocations(entries: Iterable[Path]) -> frozenset[str]:
    """The ids of allocations among these folders: of those that run, and of those that did."""
    return frozenset(entry.name for entry in entries if _ALLOCATION.fullmatch(entry.name))


def mounts_below(folder: Path, mountinfo: str) -> tuple[str, ...]:
    """The mount points below the folder, the innermost first. Source of the format: proc(5), mountinfo."""
    points = (re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[4]) for line in mountinfo.splitlines())
    return tuple(sorted((point for point in points if point.startswith(f"{folder}/")), reverse=True))


def unmount_below(folder: Path) -> None:
    """Unmount all below the folder; raises `Fault` if something stays: what is mounted must not be removed with the folder."""
    for _ in range(5):
        points = mounts_below(folder, Path("/proc/self/mountinfo").read_text())
        if not points:
            return
        for point in points:
            subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)
    raise Fault(f"lab: {points[0]} can't be unmounted; nothing of {folder} was removed")


def _remove_cgroups(allocations: frozenset[str]) -> None:
    """The control groups of the allocations' tasks."""
    for parent in _nomads_cgroups():
        for group in sorted(_groups_below(parent), key=lambda path: len(path.parts), reverse=True):
            if allocations & {part[:_ID_LENGTH] for part in group.relative_to(parent).parts}:
                _remove_group(group)


def _remove_nomads_cgroups() -> None:
    """Nomad's own control groups, which go once no agent is left on the host."""
    for parent in _nomads_cgroups():
        for group in (parent / "share", parent / "reserve", parent / "share.slice", parent / "reserve.slice", parent):
            _remove_group(group)


def _nomads_cgroups() -> list[Path]:
    roots = (_CGROUPS, *(entry for entry in _CGROUPS.iterdir() if entry.is_dir())) if _CGROUPS.is_dir() else ()
    return [root / name for root in roots for name in _PARENTS if (root / name).is_dir()]


def _groups_below(parent: Path) -> list[Path]:
    """All control groups below it. Tasks may make some of their own, and others may go meanwhile."""
    return [Path(place) for place, _, _ in os.walk(parent) if place != str(parent)]


def _remove_group(group: Path) -> None:
    """Processes leave their control group a moment after they have ended."""
    for _ in range(20):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return


def _nomad_runs() -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "comm").read_text().strip()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if name == "nomad":
                return True
    return False
