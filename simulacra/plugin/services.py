"""gRPC's side of the plugins: services as tables of methods, and faults as status codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import grpc

from simulacra.faults import Fault, Unreachable


@dataclass(frozen=True, slots=True)
class Method:
    """``answer`` takes a message of the class ``takes`` and the seconds until the agent waits no longer (None: it waits for ever),
    and returns a message. It may raise `Fault` and `Declined`.
    """

    answer: Callable[[Any, float | None], Any]
    takes: type[Any]


Methods = Mapping[str, Method]
"""By path: ``/package.Service/Method``."""


class Declined(Exception):
    """An answer that isn't a message: a gRPC status code, and a text for the agent's log."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class Services(grpc.GenericRpcHandler):
    """All services of a plugin. ``make`` imports the messages' classes: it is called at the first call, after the handshake."""

    def __init__(self, make: Callable[[], Methods]) -> None:
        self._make = make

    @cached_property
    def _handlers(self) -> Mapping[str, Any]:
        return {path: _handler(method) for path, method in self._make().items()}

    def service(self, handler_call_details: Any) -> Any:
        """The handler of the called method; None for one that there isn't."""
        return self._handlers.get(handler_call_details.method)


def _handler(method: Method) -> Any:
    def called(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method.answer(request, context.time_remaining())
        except Declined as declined:
            context.abort(declined.code, str(declined))
        except Fault as fault:
            context.abort(code_of(fault), str(fault))

    return grpc.unary_unary_rpc_method_handler(called, method.takes.FromString, _serialized)


def code_of(fault: Fault) -> grpc.StatusCode:
    """UNAVAILABLE: it may work the next time; FAILED_PRECONDITION: somebody must do something first."""
    return grpc.StatusCode.UNAVAILABLE if isinstance(fault, Unreachable) else grpc.StatusCode.FAILED_PRECONDITION


def _serialized(message: Any) -> bytes:
    text: bytes = message.SerializeToString()
    return text
