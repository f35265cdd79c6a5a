from simulacra.plugin.protocol import shared_pb2 as _shared_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QueryRequest(_message.Message):
    __slots__ = ("query", "time_range")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TIME_RANGE_FIELD_NUMBER: _ClassVar[int]
    query: str
    time_range: _shared_pb2.TimeRange
    def __init__(self, query: _Optional[str] = ..., time_range: _Optional[_Union[_shared_pb2.TimeRange, _Mapping]] = ...) -> None: ...

class QueryResponse(_message.Message):
    __slots__ = ("timestamped_metric",)
    TIMESTAMPED_METRIC_FIELD_NUMBER: _ClassVar[int]
    timestamped_metric: _containers.RepeatedCompositeFieldContainer[_shared_pb2.TimestampedMetric]
    def __init__(self, timestamped_metric: _Optional[_Iterable[_Union[_shared_pb2.TimestampedMetric, _Mapping]]] = ...) -> None: ...

class QueryMultipleRequest(_message.Message):
    __slots__ = ("query", "time_range")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TIME_RANGE_FIELD_NUMBER: _ClassVar[int]
    query: str
    time_range: _shared_pb2.TimeRange
    def __init__(self, query: _Optional[str] = ..., time_range: _Optional[_Union[_shared_pb2.TimeRange, _Mapping]] = ...) -> None: ...

class QueryMultipleResponse(_message.Message):
    __slots__ = ("timestamped_metric",)
    TIMESTAMPED_METRIC_FIELD_NUMBER: _ClassVar[int]
    timestamped_metric: _containers.RepeatedCompositeFieldContainer[QueryResponse]
    def __init__(self, timestamped_metric: _Optional[_Iterable[_Union[QueryResponse, _Mapping]]] = ...) -> None: ...
