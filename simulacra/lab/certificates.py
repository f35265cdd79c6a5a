"""A secure lab's mutual TLS: its own CA, certificates and keys, and what its agents' configuration says of them.

All of it lies in the lab's folder, in ``.access`` (no machine's name begins with a dot), which only root may look into. The CA's own key
is gone once it has signed these. An open lab has no such folder.
"""

from __future__ import annotations

import json
import ssl
import subprocess
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab.processes import clean_environment

FOLDER = ".access"
NAME = "localhost"
"""What every certificate holds, of clients and of servers: agents are asked at overlay addresses, which none holds."""

_CA, _CA_KEY = "nomad-agent-ca.pem", "nomad-agent-ca-key.pem"
_AGENTS, _PEOPLE = ("server", "client"), "cli"


def make_certificates(nomad: str, folder: Path, region: str) -> None:
    """Make the folder: the CA, a certificate for servers, clients and people each, and what agents add to their configuration.

    ``nomad`` is the program, which makes keys that only their owner may read. Raises `Fault`.
    """
    folder.mkdir(mode=0o700)
    _nomad_tls(nomad, folder, "ca", "create")
    for kind in (*_AGENTS, _PEOPLE):
        _nomad_tls(nomad, folder, "cert", "create", f"-{kind}", "-region", region)
        (folder / f"{region}-{kind}-nomad.pem").replace(folder / f"{kind}.pem")
        (folder / f"{region}-{kind}-nomad-key.pem").replace(folder / f"{kind}-key.pem")
    (folder / _CA_KEY).unlink()
    for kind in _AGENTS:
        tls = {"http": True, "rpc": True, "verify_server_hostname": True, "verify_https_client": True, **_files(folder, kind)}
        (folder / f"{kind}.json").write_text(json.dumps({"acl": {"enabled": True}, "tls": tls}, indent=2) + "\n")


def agent_files(machine_folder: Path, kind: str) -> tuple[Path, ...]:
    """The files of configuration that a machine's agent (``client`` or ``server``) has beside its own; none in an open lab."""
    path = machine_folder.parent / FOLDER / f"{kind}.json"
    return (path,) if path.exists() else ()


def shown_by_people(folder: Path) -> dict[str, str]:
    """The environment of a program that is to be let in by the lab's agents, and to know them."""
    files = _files(folder, _PEOPLE)
    return {"NOMAD_CACERT": files["ca_file"], "NOMAD_CLIENT_CERT": files["cert_file"], "NOMAD_CLIENT_KEY": files["key_file"]}


def tls_context(folder: Path) -> ssl.SSLContext:
    """For a connection of ours to an agent of the lab with that folder."""
    files = _files(folder, _PEOPLE)
    context = ssl.create_default_context(cafile=files["ca_file"])
    context.load_cert_chain(files["cert_file"], files["key_file"])
    return context


def _files(folder: Path, kind: str) -> dict[str, str]:
    return {"ca_file": str(folder / _CA), "cert_file": str(folder / f"{kind}.pem"), "key_file": str(folder / f"{kind}-key.pem")}


def _nomad_tls(nomad: str, folder: Path, *words: str) -> None:
    made = subprocess.run([nomad, "tls", *words], cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False)
    if made.returncode:
        raise Fault(f"lab: `nomad tls {' '.join(words)}` failed: {made.stderr.strip() or made.stdout.strip()}")
