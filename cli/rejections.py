"""Rejections on a terminal. Everything in them was written by strangers, so nothing of it reaches the terminal raw."""

import re
from collections.abc import Iterable, Iterator

import msgspec
from rich.table import Column, Table

from apis.admin.models import message_of, text_of
from cli.printable import printable
from stadspuls.clock import rfc3339
from stadspuls.model import Rejection
from stadspuls.replaying import ADVICE

_BYTES_A_LINE = 32
_KEPT_BREAKS = re.compile(r"\r\n|\n|\r")


def as_json(rejection: Rejection) -> str:
    """A rejection as one line of JSON; what a terminal would act on is escaped, which is the same JSON."""
    text = msgspec.json.encode(message_of(rejection)).decode()
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def table_of(rejections: Iterable[Rejection]) -> Table:
    """Rejections in the order in which they are given."""
    # Keys are there to be copied: never cut.
    named = (Column(name, overflow="fold") for name in ("rejected at", "city", "reason", "topic", "key", "replayed at"))
    table = Table(*named, "detail", box=None, pad_edge=False)
    for r in rejections:
        replayed = "-" if r.replayed_at is None else rfc3339(r.replayed_at)
        said = (rfc3339(r.rejected_at), r.city, r.reason, r.topic, r.key, replayed, r.detail)
        table.add_row(*map(printable, said))
    return table


def described(rejection: Rejection) -> Iterator[str]:
    """Everything that is known of a rejection, line by line: its payload as text or in hexadecimal, and what to do."""
    entry = message_of(rejection)
    for name in entry.__struct_fields__:
        value = getattr(entry, name)
        if name not in {"payload", "payload_base64", "advice", "rejected_at", "received_at", "replayed_at"}:
            yield f"{name:<12} {'-' if value is None else printable(str(value))}"
    for name in ("rejected_at", "received_at", "replayed_at"):
        instant = getattr(rejection, name)
        yield f"{name:<12} {'-' if instant is None else rfc3339(instant)}"
    yield "payload"
    yield from (f"  {line}" for line in _payload_lines(rejection.payload))
    yield f"what to do   {ADVICE[rejection.reason]}"


def _payload_lines(payload: bytes) -> Iterator[str]:
    text = text_of(payload)
    if text is not None:
        yield from map(printable, _KEPT_BREAKS.split(text))
        return
    for at in range(0, len(payload), _BYTES_A_LINE):
        yield payload[at : at + _BYTES_A_LINE].hex(" ")
