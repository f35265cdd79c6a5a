import datetime

from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScalingDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCALING_DIRECTION_UNSPECIFIED: _ClassVar[ScalingDirection]
    SCALING_DIRECTION_NONE: _ClassVar[ScalingDirection]
    SCALING_DIRECTION_DOWN: _ClassVar[ScalingDirection]
    SCALING_DIRECTION_UP: _ClassVar[ScalingDirection]
SCALING_DIRECTION_UNSPECIFIED: ScalingDirection
SCALING_DIRECTION_NONE: ScalingDirection
SCALING_DIRECTION_DOWN: ScalingDirection
SCALING_DIRECTION_UP: ScalingDirection

class ScalingAction(_message.Message):
    __slots__ = ("count", "reason", "error", "direction", "meta")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    count: int
    reason: str
    error: bool
    direction: ScalingDirection
    meta: _any_pb2.Any
    def __init__(self, count: _Optional[int] = ..., reason: _Optional[str] = ..., error: _Optional[bool] = ..., direction: _Optional[_Union[ScalingDirection, str]] = ..., meta: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ("to",)
    TO_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    to: _timestamp_pb2.Timestamp
    def __init__(self, to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., **kwargs) -> None: ...

class TimestampedMetric(_message.Message):
    __slots__ = ("timestamp", "value")
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    timestamp: _timestamp_pb2.Timestamp
    value: float
    def __init__(self, timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[float] = ...) -> None: ...
