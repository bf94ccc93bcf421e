"""Which media types a body may have at an address: those of the form that its codec reads."""

from stadspuls.errors import UnsupportedMediaType

_JSON = frozenset({"application/json"})
_PROTOBUF = frozenset({"application/protobuf", "application/vnd.google.protobuf", "application/x-protobuf"})
_READ: dict[str, frozenset[str]] = {
    "homie": frozenset({"text/plain"}),
    "senml-cbor": frozenset({"application/cbor", "application/senml+cbor"}),
    "senml-json": _JSON | {"application/senml+json"},
    "sparkplug-b": _PROTOBUF,
}
"""By codec, where it is not JSON."""
_UNTOLD = frozenset({"", "application/octet-stream"})
"""What senders that know nothing of types say."""
_ANY = frozenset({"python"})
"""Only the city knows what its own code reads."""


def check_media_type(content_type: str, content_encoding: str, codec: str) -> None:
    """Make sure that a body can be read; one that tells no type is taken for what is read there.

    Raises:
        UnsupportedMediaType: naming what is.
    """
    if content_encoding.lower() not in {"", "identity"}:
        raise UnsupportedMediaType(f"the body is packed ({content_encoding[:40]!r}): send it as it is")
    media_type = content_type.partition(";")[0].strip().lower()
    read = _READ.get(codec, _JSON)
    if media_type not in read | _UNTOLD and codec not in _ANY:
        raise UnsupportedMediaType(f"{media_type[:80]!r} is not read here; send {' or '.join(sorted(read))}")
