"""Examples of what operators are told."""

from typing import Any

from apis.schema import EXAMPLE_BASE

_KEY = "1767600000118304-1f0c2b7d41e6a853-unregistered-"

ENTRY: dict[str, Any] = {
    "key": _KEY,
    "rejectedAt": "2026-01-05T08:00:00.171020Z",
    "receivedAt": "2026-01-05T08:00:00.118304Z",
    "city": "gent",
    "reason": "unregistered",
    "detail": "gent/parking has no sensor 'P99'",
    "topic": "gent/parking/P99",
    "dataset": "gent/parking",
    "sensor": None,
    "property": None,
    "retained": False,
    "replayedAt": None,
}
LIST = {
    "rejected": [ENTRY],
    "next": f"{EXAMPLE_BASE}/admin/rejected?city=gent&after=2026-01-05T08:00:00.171020Z,{_KEY}",
}
MESSAGE = {
    **ENTRY,
    "payload": '{"time": "2026-01-05T08:00:00Z", "vacantSpaces": 112}',
    "payloadBase64": "eyJ0aW1lIjogIjIwMjYtMDEtMDVUMDg6MDA6MDBaIiwgInZhY2FudFNwYWNlcyI6IDExMn0=",
    "length": 53,
    "sha256": "d940f1b5686ca47eff4867f8495658243ed6f6d26c61fabefe682fbb6eb9af57",
    "advice": "Add the sensor, the property or the source to the city file, put it in force, then replay it.",
}
REPLAY = {"city": "gent", "reason": "unregistered", "since": "2026-01-05"}
NOTHING: dict[str, Any] = {"messages": 0, "rejections": 0, "skipped": {}}
ACCEPTED = {"messages": 12, "rejections": 14, "skipped": {"replayed": 3}}
