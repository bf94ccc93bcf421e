"""The messages that a pilot has recorded: JSON lines, one a message, in the order in which they came.

`{"topic": ..., "payload": ...}`, or for other bytes than text `payloadBase64` or `payloadHex` in place of `payload`.
`mosquitto_sub -F %j` writes such lines; what else stands in them (`receivedAt`, `tst`, `qos`) is not read.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from deploy.embedded.mqtt import MESSAGE_LIMIT
from stadspuls.errors import RecordingError

LONGEST_TOPIC = 65_535
"""Bytes (MQTT 3.1.1, section 1.5.3)."""

_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ufdd0-\\ufdef\\ufffe\\uffff]")


class PilotMessage(NamedTuple):
    """A recorded message."""

    topic: str
    payload: bytes


class _Line(msgspec.Struct, rename={"payload_base64": "payloadBase64", "payload_hex": "payloadHex"}):
    topic: str
    payload: str | None = None
    payload_base64: str | None = None
    payload_hex: str | None = None


_decode = msgspec.json.Decoder(_Line).decode


def read_pilot(file: Path, city: str) -> list[PilotMessage]:
    """The messages of a recording, all of one city.

    Raises:
        RecordingError: naming the line that is none, or belongs to another city.
    """
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise RecordingError(f"{file} cannot be read: {error.strerror}") from error
    messages = list(_messages(file, lines, city))
    if not messages:
        raise RecordingError(f"{file} holds no message")
    return messages


def _messages(file: Path, lines: list[bytes], city: str) -> Iterator[PilotMessage]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            message = _message(line)
            _check(message, city)
        except ValueError as error:
            raise RecordingError(f"{file}:{number}: {error}") from error
        yield message


def _message(line: bytes) -> PilotMessage:
    found = _decode(line)
    given = [form for form in (found.payload, found.payload_base64, found.payload_hex) if form is not None]
    if len(given) != 1:
        raise ValueError("one of payload, payloadBase64 and payloadHex says what was sent")
    if found.payload is not None:
        return PilotMessage(found.topic, found.payload.encode())
    if found.payload_hex is not None:
        return PilotMessage(found.topic, bytes.fromhex(found.payload_hex))
    return PilotMessage(found.topic, b64decode(given[0], validate=True))


def _check(message: PilotMessage, city: str) -> None:
    topic = message.topic
    if topic.split("/", 1)[0] != city:
        raise ValueError(f"the topic {topic!r} is not below {city}/")
    # Brokers part with whoever sends control characters (MQTT 3.1.1, section 1.5.3).
    if not {"+", "#"}.isdisjoint(topic) or _CONTROLS.search(topic) or len(topic.encode()) > LONGEST_TOPIC:
        raise ValueError(f"{topic[:80]!r} is no topic that can be sent to")
    if len(message.payload) + len(topic.encode()) > MESSAGE_LIMIT - 1024:
        raise ValueError(f"{len(message.payload)} bytes: no broker here takes so large a message")
