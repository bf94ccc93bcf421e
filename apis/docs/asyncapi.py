"""The AsyncAPI document: the live streams and the topics of sensors, with the schemas of the structs themselves."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from apis.docs import asyncapi_mqtt as open_mqtt
from apis.events import examples, models
from stadspuls import __version__

Document = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Event:
    """A message as it is documented."""

    name: str
    struct: type
    example: dict[str, Any]


_OBSERVATION = Event("observation", models.ObservationEvent, examples.OBSERVATION_EVENT)
_SNAPSHOT = Event("snapshot", models.Snapshot, examples.SNAPSHOT)
_STALE = Event("stale", models.Stale, examples.STALE)
_GAP = Event("gap", models.Gap, examples.GAP)
_SLOW = Event("slow", models.Slow, examples.SLOW)
_OBSERVATIONS = Event("observations", models.Observations, examples.OBSERVATIONS)

DATASET_EVENTS = (_OBSERVATION, _STALE, _GAP, _SLOW)
AREA_EVENTS = (_SNAPSHOT, _OBSERVATION, _STALE, _SLOW)
SOCKET_EVENTS = (_OBSERVATIONS, _SNAPSHOT, _STALE, _GAP, _SLOW)
COMMANDS = {
    Event("subscribe", models.Subscribe, examples.SUBSCRIBE): "subscribed",
    Event("unsubscribe", models.Unsubscribe, examples.UNSUBSCRIBE): "unsubscribed",
    Event("ping", models.Ping, examples.PING): "pong",
}
"""What a WebSocket client may say, and which reply it gets when it is not refused."""
REPLIES = (
    Event("subscribed", models.Subscribed, examples.SUBSCRIBED),
    Event("unsubscribed", models.Unsubscribed, examples.UNSUBSCRIBED),
    Event("pong", models.Pong, examples.PONG),
    Event("error", models.Refused, examples.REFUSED),
)
EVENTS = tuple(dict.fromkeys([*DATASET_EVENTS, *AREA_EVENTS, *SOCKET_EVENTS, *COMMANDS, *REPLIES]))

READING: Document = {
    "type": "object",
    "description": "A reading: when it was observed, and a value for each property the sensor declares.",
    "properties": {
        "time": {
            "description": "When it was observed: RFC 3339, or seconds or milliseconds since 1970 (UTC).",
            "type": ["string", "number"],
        }
    },
    "required": ["time"],
    "additionalProperties": {"type": ["number", "boolean", "string"]},
}
READING_EXAMPLE = {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 210}

DESCRIPTION = """\
The pulse of a city as it is published: server-sent events and WebSocket for everyone, without keys, MQTT for everyone
where it is offered, and the MQTT topics that sensors write to. What can be asked once stands in `/openapi.json`. As an
event every observation comes once and in the order of publication; an id, or a position, is its `publishedAt` in
microseconds and holds in every API process.
"""
_PARAMETERS = {
    "city": {"description": "City (or region) by slug.", "examples": ["gent"]},
    "theme": {"description": "Theme by slug.", "examples": ["parking"]},
}


def build_asyncapi(base_url: str, mqtt_port: int, open_mqtt_url: str = "") -> Document:
    """The AsyncAPI 3.0 document of an API below `base_url`; `open_mqtt_url` is empty where no broker is public."""
    document = _document(base_url, mqtt_port)
    if open_mqtt_url:
        document["servers"][open_mqtt.SERVER] = open_mqtt.server(open_mqtt_url)
        document["channels"][open_mqtt.CHANNEL] = open_mqtt.channel(_PARAMETERS)
        document["operations"]["sendOpenSites"] = open_mqtt.operation()
        document["components"]["messages"][open_mqtt.MESSAGE] = open_mqtt.message()
        document["components"]["schemas"] |= open_mqtt.schemas()
    return document


def _document(base_url: str, mqtt_port: int) -> Document:
    _, schemas = msgspec.json.schema_components(
        [event.struct for event in EVENTS], ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stadspuls",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(base_url, mqtt_port),
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {event.name: _message(event) for event in EVENTS} | {"reading": _reading()},
            "schemas": dict(sorted(schemas.items())) | {"Reading": READING},
        },
    }


def _servers(base_url: str, mqtt_port: int) -> Document:
    parts = urlsplit(base_url)
    place = {"host": parts.netloc, **({"pathname": parts.path} if parts.path else {})}
    secure = "s" if parts.scheme == "https" else ""
    return {
        "events": {**place, "protocol": f"http{secure}", "description": "Server-sent events."},
        "websocket": {**place, "protocol": f"ws{secure}", "description": "WebSocket."},
        "sensors": {
            "host": f"{parts.hostname}:{mqtt_port}",
            "protocol": "mqtt",
            "protocolVersion": "3.1.1",
            "description": "For sensors: QoS 1; an account writes below its own city.",
        },
    }


def _channels() -> Document:
    resume = "Resume with `Last-Event-ID` or `?after=<id>`; filters `site`, `sensor`, `property`, `bbox`."
    area = "Filters `city`, `theme`, `site`, `sensor`, `property`, `bbox`; a client that returns begins anew."
    socket = "Filters change while it is connected; resume by dataset with `after`."
    return {
        "datasetEvents": {
            **_channel("/{city}/{theme}/events", "Events of a dataset", resume, "events", DATASET_EVENTS),
            "parameters": _PARAMETERS,
        },
        "areaEvents": _channel("/events", "Events of several datasets", area, "events", AREA_EVENTS),
        "websocket": {
            **_channel("/ws", "WebSocket", socket, "websocket", (*SOCKET_EVENTS, *COMMANDS, *REPLIES)),
            "bindings": {"ws": {"method": "GET"}},
        },
        "readings": {
            **_channel("{city}/{theme}/{sensor}", "Readings of a sensor", "What a sensor measured.", "sensors", ()),
            "messages": {"reading": {"$ref": "#/components/messages/reading"}},
            "parameters": _PARAMETERS | {"sensor": {"description": "Sensor by id.", "examples": ["P1"]}},
        },
    }


def _channel(address: str, title: str, description: str, server: str, events: tuple[Event, ...]) -> Document:
    return {
        "address": address,
        "title": title,
        "description": description,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {event.name: {"$ref": f"#/components/messages/{event.name}"} for event in events},
    }


def _operations() -> Document:
    def operation(action: str, channel: str, names: list[str], summary: str) -> Document:
        return {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
            "messages": _messages(channel, names),
        }

    def names(events: tuple[Event, ...]) -> list[str]:
        return [event.name for event in events]

    commands = {
        event.name: {
            **operation("receive", "websocket", [event.name], f"A client's {event.name}."),
            "reply": {
                "channel": {"$ref": "#/channels/websocket"},
                "messages": _messages("websocket", [answer, "error"]),
            },
        }
        for event, answer in COMMANDS.items()
    }
    return {
        "sendDatasetEvents": operation("send", "datasetEvents", names(DATASET_EVENTS), "Every new observation."),
        "sendAreaEvents": operation("send", "areaEvents", names(AREA_EVENTS), "A snapshot, then every observation."),
        "sendWebsocketEvents": operation("send", "websocket", names(SOCKET_EVENTS), "What is subscribed to."),
        **commands,
        "receiveReadings": {
            **operation("receive", "readings", ["reading"], "What sensors publish."),
            "bindings": {"mqtt": {"qos": 1, "retain": False}},
        },
    }


def _messages(channel: str, names: list[str]) -> list[Document]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]


def _message(event: Event) -> Document:
    summary = (event.struct.__doc__ or "").strip()
    return {
        "name": event.name,
        "summary": summary,
        "payload": {"$ref": f"#/components/schemas/{event.struct.__name__}"},
        "examples": [{"payload": event.example}],
    }


def _reading() -> Document:
    return {
        "name": "reading",
        "summary": "What a sensor publishes.",
        "payload": {"$ref": "#/components/schemas/Reading"},
        "examples": [{"payload": READING_EXAMPLE}],
    }
