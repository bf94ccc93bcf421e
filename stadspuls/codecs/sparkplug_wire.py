"""Payloads of Sparkplug B as protobuf: the fields that are read, described here; the runtime skips all others.

Numbers and types of the fields are those of the Sparkplug specification 3.0, section 6.4. Texts are read as bytes, so
that one that is not UTF-8 spoils its own metric only.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from stadspuls.errors import CodecError
from stadspuls.model import Reason

_PACKAGE = "stadspuls.sparkplug"
_F = FieldDescriptorProto
_METRIC = (
    ("name", 1, _F.TYPE_BYTES),
    ("alias", 2, _F.TYPE_UINT64),
    ("timestamp", 3, _F.TYPE_UINT64),
    ("datatype", 4, _F.TYPE_UINT32),
    ("is_null", 7, _F.TYPE_BOOL),
)
_VALUES = (
    ("int_value", 10, _F.TYPE_UINT32),
    ("long_value", 11, _F.TYPE_UINT64),
    ("float_value", 12, _F.TYPE_FLOAT),
    ("double_value", 13, _F.TYPE_DOUBLE),
    ("boolean_value", 14, _F.TYPE_BOOL),
    ("string_value", 15, _F.TYPE_BYTES),
    ("bytes_value", 16, _F.TYPE_BYTES),
    ("dataset_value", 17, _F.TYPE_BYTES),
    ("template_value", 18, _F.TYPE_BYTES),
)


def _described() -> FileDescriptorProto:
    file = FileDescriptorProto(name="sparkplug_b_read.proto", package=_PACKAGE, syntax="proto2")
    metric = file.message_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in _METRIC:
        metric.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL)
    for name, number, kind in _VALUES:
        metric.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL, oneof_index=0)
    _add_payload(file.message_type.add(name="Payload"))
    return file


def _add_payload(payload: DescriptorProto) -> None:
    payload.field.add(name="timestamp", number=1, type=_F.TYPE_UINT64, label=_F.LABEL_OPTIONAL)
    payload.field.add(
        name="metrics",
        number=2,
        type=_F.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.Metric",
        label=_F.LABEL_REPEATED,
    )


# A pool of its own: the same names may be known to the default one.
_pool = DescriptorPool()
_pool.Add(_described())
Payload: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
"""The class of payloads: `timestamp` (ms) and `metrics`."""


def read_payload(payload: bytes) -> Any:
    """A payload of Sparkplug B.

    Raises:
        CodecError: when it is no protobuf of that form.
    """
    try:
        return Payload.FromString(payload)
    except DecodeError:
        raise CodecError(Reason.UNDECODABLE, "the message is no payload of Sparkplug B (protobuf)") from None
