"""The questions that a lab asks Nomad, and Consul where it has one, to know whether it is up."""

from __future__ import annotations

import requests

_PATIENCE_S = 3.0


def leader_known(addr: str) -> bool:
    """Whether the API, Nomad's or Consul's, answers and the cluster has a leader."""
    answer = _get(f"{addr}/v1/status/leader")
    return isinstance(answer, str) and answer != ""


def node_states(nomad_addr: str) -> dict[str, str] | None:
    """The status of each node by name, None where the API doesn't answer."""
    answer = _get(f"{nomad_addr}/v1/nodes")
    if not isinstance(answer, list):
        return None
    return {str(node["Name"]): str(node["Status"]) for node in answer}


def catalog_size(consul_addr: str) -> int:
    """How many nodes Consul's catalog has; 0 where the API doesn't answer."""
    answer = _get(f"{consul_addr}/v1/catalog/nodes")
    return len(answer) if isinstance(answer, list) else 0


def _get(url: str) -> object:
    """The answer's JSON; None where there is none. Proxies don't lead into a lab."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(url, timeout=_PATIENCE_S)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None
