"""A secure lab's access control: the policies that its grid renders, a token for each role, and the environment that it works with.

``ROLE.env``, beside the lab's certificates, is for a shell to read: what reaches Nomad with the role's rights.
"""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab import state
from simulacra.lab.certificates import FOLDER, NAME, shown_by_people
from simulacra.lab.cloud_wire import stand_in_environment
from simulacra.lab.nomad_answers import told
from simulacra.lab.state import LabState
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.render.acl import namespace_of, render_policies
from simulacra.render.autoscaler_job import AUTOSCALER_JOB

Environment = dict[str, str]

MANAGEMENT, OPERATOR, READER, AUTOSCALER = "management", "operator", "reader", "autoscaler"
"""The first may do anything, and made the others, which have just the policy of that name."""

_JOBS = {"node": NODE_JOB, "autoscaler": AUTOSCALER_JOB}
"""The policies that belong to jobs: their tasks have them by themselves."""
_WITHIN_S, _PAUSE_S = 30.0, 0.1


def folder_of(lab: str) -> Path:
    return state.lab_folder(lab) / FOLDER


def hand_out(found: LabState, grid: Grid) -> None:
    """Take possession of the lab's Nomad, whose servers have a leader; apply the grid's policies, and make the roles' tokens.

    Raises `Fault`.
    """
    bare = certificates(found)
    whole = bare | {"NOMAD_TOKEN": _bootstrapped(bare)}
    _write(found.name, MANAGEMENT, whole)
    for path, rules in render_policies(grid).items():
        role = Path(path).stem
        job = {"JobACL": {"Namespace": namespace_of(grid), "JobID": _JOBS[role]}} if role in _JOBS else {}
        told(whole, "POST", f"acl/policy/{_policy(role)}", {"Name": _policy(role), "Rules": rules, **job})
    for role in (OPERATOR, READER, AUTOSCALER):
        made = told(whole, "POST", "acl/token", {"Name": role, "Type": "client", "Policies": [_policy(role)]})
        _write(found.name, role, bare | {"NOMAD_TOKEN": _secret(made)})


def environment(found: LabState, role: str) -> Environment:
    """What leads a program to the lab's Nomad; in a secure one with the role's rights."""
    return read_environment(environment_file(found.name, role)) if found.secure else certificates(found)


def environment_inside(found: LabState, address: str) -> Environment:
    """What leads a program on one of the lab's machines to the agent at that address, with an operator's rights."""
    return environment(found, OPERATOR) | {"NOMAD_ADDR": address} | ({"NOMAD_TLS_SERVER_NAME": NAME} if found.secure else {})


def environment_file(lab: str, role: str) -> Path:
    return folder_of(lab) / f"{role}.env"


def read_environment(file: Path) -> Environment:
    """What the file sets."""
    words = (shlex.split(line)[1] for line in file.read_text().splitlines())
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def certificates(found: LabState) -> Environment:
    """What leads a program to the lab's Nomad as nobody: let in, and without rights; and to the lab's cloud, so that it rents nothing."""
    shown = shown_by_people(folder_of(found.name)) if found.secure else {}
    return {"NOMAD_ADDR": found.nomad_addr, **stand_in_environment(state.lab_folder(found.name)), **shown}


def _bootstrapped(bare: Environment) -> str:
    """The management token. A server that has just become the leader may not be ready to make it."""
    until = time.monotonic() + _WITHIN_S
    while True:
        try:
            return _secret(told(bare, "POST", "acl/bootstrap", {}))
        except Fault:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)


def _secret(made: object) -> str:
    if not isinstance(made, dict) or "SecretID" not in made:
        raise Fault("the lab's Nomad makes no token: see the logs of its servers")
    return str(made["SecretID"])


def _policy(role: str) -> str:
    """As the rendered files say that it is to be called."""
    return _JOBS.get(role, f"simulacra-{role}")


def _write(lab: str, role: str, found: Environment) -> None:
    path = environment_file(lab, role)
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items()))
