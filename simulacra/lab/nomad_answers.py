"""The questions that a lab asks Nomad, and Consul where it has one, to know whether it is up; and what makes it a secure one.

``environment`` leads to Nomad as NOMAD_* do.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from simulacra.faults import Fault

_PATIENCE_S = 3.0


def leader_known(addr: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the API, Nomad's or Consul's, answers and the cluster has a leader."""
    answer = _get(f"{addr}/v1/status/leader", environment or {})
    return isinstance(answer, str) and answer != ""


def node_states(environment: Mapping[str, str]) -> dict[str, str] | None:
    """The status of each node by its address, None where the API doesn't answer: several servers of a cloud may have had one name."""
    answer = _get(f"{environment['NOMAD_ADDR']}/v1/nodes", environment)
    if not isinstance(answer, list):
        return None
    return {str(node["Address"]): str(node["Status"]) for node in answer}


def catalog_size(consul_addr: str) -> int:
    """How many nodes Consul's catalog has; 0 where the API doesn't answer."""
    answer = _get(f"{consul_addr}/v1/catalog/nodes", {})
    return len(answer) if isinstance(answer, list) else 0


def told(environment: Mapping[str, str], method: str, path: str, body: Mapping[str, object]) -> object:
    """Tell Nomad something; its answer's JSON, None where that is empty. Raises `Fault` where it refuses or doesn't answer."""
    with _session(environment) as session:
        try:
            answer = session.request(method, f"{environment['NOMAD_ADDR']}/v1/{path}", json=body, timeout=_PATIENCE_S)
        except requests.RequestException as error:
            raise Fault(f"the lab's Nomad doesn't answer to {method} {path}: {type(error).__name__}") from error
    if not answer.ok:
        raise Fault(f"the lab's Nomad refuses {method} {path}: {answer.status_code} {answer.text.strip()}")
    return answer.json() if answer.text.strip() else None


def _get(url: str, environment: Mapping[str, str]) -> object:
    """The answer's JSON; None where there is none."""
    with _session(environment) as session:
        try:
            answer = session.get(url, timeout=_PATIENCE_S)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None


def _session(environment: Mapping[str, str]) -> requests.Session:
    """Proxies don't lead into a lab."""
    session = requests.Session()
    session.trust_env = False
    if "NOMAD_CACERT" in environment:
        session.verify = environment["NOMAD_CACERT"]
        session.cert = (environment["NOMAD_CLIENT_CERT"], environment["NOMAD_CLIENT_KEY"])
    if "NOMAD_TOKEN" in environment:
        session.headers["X-Nomad-Token"] = environment["NOMAD_TOKEN"]
    return session
