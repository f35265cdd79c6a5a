"""What `stop_on_client_after` doesn't go with: a client stops an instance by itself once it has heard of no server for so long."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.model.problem import Problem
from simulacra.plan.asked import Asked

SOONEST_S = 80.0
"""A client whose own server is gone notices that after up to 40 s (yamux's keepalive) and tries the next one up to 30 s later (Nomad's
retry): so long it may hear of none though nothing is cut off.
"""


def unsafely_stopped(asked: Asked) -> Iterator[Problem]:
    """Nomad puts a replacement off until the client must have stopped its own, but any other evaluation of the job starts one at once. Of
    a service with ``needs`` the autoscaler causes one: it asks for as many as should run where fewer do.
    """
    after_s = asked.group.disconnect.stop_after_s
    if after_s is None:
        return
    if asked.service.needs is not None:
        why = "the autoscaler would start another one before a machine that is cut off has stopped its own"
        yield asked.said(f" has both `needs` and `stop_on_client_after`: {why}: remove one", "service", "error")
    if after_s < SOONEST_S:
        why = f"a machine may hear of no server for {SOONEST_S:g} s though nothing is cut off"
        to_do = "raise `stop_on_client_after` to that"
        yield asked.said(f": it is stopped after {after_s:g} s without a server, and {why}: {to_do}", "service")
