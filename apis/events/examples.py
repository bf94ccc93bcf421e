"""An example of every event and message, shown in `/docs` and `/asyncapi.json`; a test reads each as its struct."""

import json
from typing import Any

from apis.data.examples import OBSERVATION

DATASET = "gent/parking"
ID = "1767600000171020"
OBSERVATION_EVENT: dict[str, Any] = OBSERVATION | {"dataset": DATASET}
SNAPSHOT: dict[str, Any] = {
    "type": "snapshot",
    "generatedAt": "2026-01-05T08:00:04.301288Z",
    "observations": [OBSERVATION_EVENT],
}
STALE: dict[str, Any] = {
    "type": "stale",
    "dataset": DATASET,
    "validUntil": "2026-01-05T08:10:00Z",
    "newestObservedAt": "2026-01-05T08:00:00Z",
}
GAP: dict[str, Any] = {
    "type": "gap",
    "dataset": DATASET,
    "after": ID,
    "availableFrom": "2026-02-04T08:00:00Z",
}
SLOW: dict[str, Any] = {
    "type": "slow",
    "detail": "not read fast enough; go on from here without loss, or ask for less",
    "resumeAfter": {DATASET: ID},
}
OBSERVATIONS: dict[str, Any] = {
    "type": "observations",
    "dataset": DATASET,
    "id": ID,
    "observations": [OBSERVATION_EVENT],
}
SUBSCRIBE: dict[str, Any] = {"type": "subscribe", "dataset": DATASET, "site": ["P1"], "after": ID, "ref": "1"}
UNSUBSCRIBE: dict[str, Any] = {"type": "unsubscribe", "dataset": DATASET, "ref": "2"}
PING: dict[str, Any] = {"type": "ping", "ref": "3"}
SUBSCRIBED: dict[str, Any] = {"type": "subscribed", "positions": {DATASET: ID}, "ref": "1"}
UNSUBSCRIBED: dict[str, Any] = {"type": "unsubscribed", "positions": {DATASET: ID}, "ref": "2"}
PONG: dict[str, Any] = {"type": "pong", "ref": "3"}
REFUSED: dict[str, Any] = {
    "type": "error",
    "code": "unknown-city",
    "title": "No such city",
    "detail": "no city is called 'atlantis' here",
    "ref": "4",
}


def _event(name: str, data: dict[str, Any], number: str | None = None) -> str:
    place = "" if number is None else f"id: {number}\n"
    return f"{place}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


DATASET_STREAM = f"retry: 2417\nid: 1767599998012377\n\n{_event('observation', OBSERVATION_EVENT, ID)}"
AREA_STREAM = f"retry: 1930\n\n{_event('snapshot', SNAPSHOT)}{_event('observation', OBSERVATION_EVENT)}"
