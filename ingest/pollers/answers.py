"""An answer taken apart: its records as they came, each with the name of its device and the time it speaks of."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from stadspuls.registry import Poll

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Record(NamedTuple):
    """What an answer says of one device at one time."""

    device: str | None
    """None: nothing in the record names it."""
    mark: str
    """The time as written; of a record without one a digest, so that each is told once, too."""
    payload: bytes


class ChangedAnswer(Exception):
    """An answer is not of the form that its API gave so far."""


def records_of(body: bytes, poll: Poll, information: dict[str, Any] | None = None) -> list[Record]:
    """The records of an answer, those of a device in the order of their times.

    Args:
        body: the answer.
        poll: where it has what.
        information: what is known of each device, which goes with its record.

    Raises:
        ChangedAnswer: when it is no JSON, has no records where they were, or none names its device.
    """
    try:
        document = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ChangedAnswer("the answer is no JSON") from None
    found = _found(poll.each, document)
    if not isinstance(found, list):
        raise ChangedAnswer(f"the answer has no records at {poll.each.expression}")
    records = [_record(one, poll, information or {}) for one in found]
    if records and not any(record.device for record in records):
        raise ChangedAnswer(f"no record has a device at {poll.device.expression}")
    # As text, since times of one API are all of one form.
    return sorted(records, key=lambda record: record.mark)


def devices_of(body: bytes, poll: Poll) -> dict[str, Any]:
    """The records of an answer by their device.

    Raises:
        ChangedAnswer: as `records_of`.
    """
    return {record.device: _decode(record.payload) for record in records_of(body, poll) if record.device is not None}


def _record(given: object, poll: Poll, information: dict[str, Any]) -> Record:
    device = _word(_found(poll.device, given))
    if isinstance(given, dict) and device in information:
        given = given | {"information": information[device]}
    payload = _encode(given)
    return Record(device, _word(_found(poll.time, given)) or hashlib.sha256(payload).hexdigest(), payload)


def _word(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def _found(expression: ParsedResult, document: object) -> Any:
    try:
        return expression.search(document)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None
