"""`stadspuls rejected`: what was kept back instead of published, and why."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from stadspuls.clock import rfc3339
from stadspuls.model import Reason, Rejection
from stadspuls.settings import load_settings

if TYPE_CHECKING:
    from store.protocol import RejectedQuery


def rejected(
    city: Annotated[str | None, typer.Option(help="Only of this city.")] = None,
    reason: Annotated[Reason | None, typer.Option(help="Only for this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest ones, at most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with the payload.")] = False,
) -> None:
    """List what was kept back instead of published, newest first."""
    from store.protocol import RejectedQuery  # noqa: PLC0415

    found = _read(RejectedQuery(city=city, reason=reason, limit=limit))
    if as_json:
        for rejection in found:
            typer.echo(json.dumps(document(rejection), ensure_ascii=False))
        return
    table = Table("rejected at", "city", "reason", "topic", "detail", box=None, pad_edge=False)
    for rejection in found:
        moment = rfc3339(rejection.rejected_at)
        table.add_row(moment, rejection.city, rejection.reason, rejection.topic, rejection.detail)
    console = Console(highlight=False, markup=False)
    console.print(table, width=None if console.is_terminal else 1000)


def document(rejection: Rejection) -> dict[str, Any]:
    """A rejection as JSON: its bytes in base64, and as text where they are UTF-8."""
    return {
        "rejectedAt": rfc3339(rejection.rejected_at),
        "receivedAt": rfc3339(rejection.received_at),
        "city": rejection.city,
        "reason": rejection.reason.value,
        "detail": rejection.detail,
        "topic": rejection.topic,
        "dataset": rejection.dataset,
        "sensor": rejection.sensor,
        "property": rejection.observed_property,
        "payload": _text(rejection.payload),
        "payloadBase64": b64encode(rejection.payload).decode(),
        "length": len(rejection.payload) if rejection.length is None else rejection.length,
        "sha256": (rejection.sha256 or sha256(rejection.payload).digest()).hex(),
    }


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _read(query: "RejectedQuery") -> list[Rejection]:
    from store.backends import open_reader  # noqa: PLC0415

    reader = open_reader(load_settings())
    try:
        return reader.rejected(query)
    finally:
        reader.close()
