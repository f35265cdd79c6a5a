"""What every plugin answers: who it is, its configuration, its health, and the request to end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import grpc

from simulacra.faults import Usage
from simulacra.plugin.handshake import NAMES, SERVICE, Kind
from simulacra.plugin.protocol import base_pb2, control_pb2, health_pb2
from simulacra.plugin.services import Declined, Method, Methods
from simulacra.plugin.session import Session

_log = logging.getLogger(__name__)
_TYPES = {"apm": base_pb2.PLUGIN_TYPE_APM, "target": base_pb2.PLUGIN_TYPE_TARGET}

Keep = Callable[[Mapping[str, str]], None]


def common_methods(kind: Kind, session: Session, keep: Keep, end: Callable[[], None]) -> Methods:
    """``keep`` is given each configuration that was taken, ``end`` is called when the agent has no more use for the plugin."""

    def plugin_info(_: base_pb2.PluginInfoRequest, __: float | None) -> base_pb2.PluginInfoResponse:
        return base_pb2.PluginInfoResponse(name=NAMES[kind], type=_TYPES[kind])

    def set_config(request: base_pb2.SetConfigRequest, _: float | None) -> base_pb2.SetConfigResponse:
        sent = dict(request.config)
        try:
            session.configure(sent)
        except Usage as usage:
            raise Declined(grpc.StatusCode.INVALID_ARGUMENT, str(usage)) from usage
        keep(sent)
        session.warm_up()
        return base_pb2.SetConfigResponse()

    def check(request: health_pb2.HealthCheckRequest, _: float | None) -> health_pb2.HealthCheckResponse:
        if request.service not in ("", SERVICE):
            raise Declined(grpc.StatusCode.NOT_FOUND, f"there is no service {request.service}")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    def shutdown(_: control_pb2.Empty, __: float | None) -> control_pb2.Empty:
        _log.debug("the agent has no more use for this plugin")
        end()
        return control_pb2.Empty()

    service = "/hashicorp.nomad_autoscaler.plugins.base.proto.v1.BasePluginService"
    return {
        f"{service}/PluginInfo": Method(plugin_info, base_pb2.PluginInfoRequest),
        f"{service}/SetConfig": Method(set_config, base_pb2.SetConfigRequest),
        "/grpc.health.v1.Health/Check": Method(check, health_pb2.HealthCheckRequest),
        "/plugin.GRPCController/Shutdown": Method(shutdown, control_pb2.Empty),
    }
