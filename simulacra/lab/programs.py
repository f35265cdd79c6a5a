"""The programs a lab is made of, and the rights it needs."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from simulacra.faults import Usage

_BUILT = Path(__file__).resolve().parent.parent.parent / ".tools" / "bin"
_PACKAGES = (("ip", "iproute2"), ("nsenter", "util-linux"), ("yggdrasil", "yggdrasil"), ("yggdrasilctl", "yggdrasil"))
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Programs:
    """Absolute paths. ``consul`` is None where it isn't needed."""

    ip: str
    nsenter: str
    yggdrasil: str
    yggdrasilctl: str
    nomad: str
    consul: str | None = None


def require_root() -> None:
    """Raises `Usage` for anyone but root."""
    if os.geteuid() != 0:
        raise Usage(
            "lab: root is needed to make network namespaces and links, and this isn't root; run it again with sudo: "
            '`sudo -E env PATH="$PATH" simulacra lab …`'
        )


def find_programs() -> Programs:
    """Raises `Usage` naming everything that is missing, and what brings it."""
    found = {name: _which(name) for name, _ in _PACKAGES}
    problems = [f"lab: `{name}` isn't there; `apt install {package}`" for name, package in _PACKAGES if found[name] is None]
    nomad = find_nomad()
    if nomad is None:
        problems.append(
            "lab: `nomad` isn't there; install it, let `./setup.sh` of a checkout build it, or set SIMULACRA_NOMAD_BIN to its path"
        )
    if problems:
        raise Usage("\n".join(problems))
    return Programs(**{name: path for name, path in found.items() if path is not None}, nomad=str(nomad))


def find_ip() -> str:
    """All that removing a lab needs; raises `Usage`."""
    found = _which("ip")
    if found is None:
        raise Usage("lab: `ip` isn't there; `apt install iproute2`")
    return found


def find_consul() -> str:
    """SIMULACRA_CONSUL_BIN, else the checkout's own build, else the one on PATH; raises `Usage`."""
    named = os.environ.get("SIMULACRA_CONSUL_BIN")
    found = shutil.which(named) if named else shutil.which(str(_BUILT / "consul")) or shutil.which("consul")
    if found is None:
        raise Usage(
            "lab: `consul` isn't there; install it, let `./setup.sh` of a checkout build it, or set SIMULACRA_CONSUL_BIN to its path"
        )
    return found


def find_tc() -> str | None:
    """It comes with ``ip``; None where it doesn't."""
    return _which("tc")


def path_with(program: str, path: str | None) -> str:
    """The search path with the program's folder at its end: what is named explicitly there wins."""
    folder, path = str(Path(program).parent), path or _SYSTEM_PATH
    return path if folder in path.split(os.pathsep) else f"{path}{os.pathsep}{folder}"


def find_nomad() -> str | None:
    """SIMULACRA_NOMAD_BIN, else the checkout's own build, else the one on PATH."""
    named = os.environ.get("SIMULACRA_NOMAD_BIN")
    if named:
        return shutil.which(named)
    return shutil.which(str(_BUILT / "nomad")) or shutil.which("nomad")


def find_autoscaler() -> str:
    """SIMULACRA_NOMAD_AUTOSCALER_BIN, else the checkout's own build, else the one on PATH; raises `Usage`."""
    named = os.environ.get("SIMULACRA_NOMAD_AUTOSCALER_BIN")
    found = shutil.which(named) if named else shutil.which(str(_BUILT / "nomad-autoscaler")) or shutil.which("nomad-autoscaler")
    if found is None:
        raise Usage(
            "lab: `nomad-autoscaler` isn't there; install it, let `./setup.sh` of a checkout build it, "
            "or set SIMULACRA_NOMAD_AUTOSCALER_BIN to its path"
        )
    return found


def _which(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_SYSTEM_PATH)
