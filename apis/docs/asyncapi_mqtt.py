"""The part of the AsyncAPI document about open data over MQTT; there where this deployment has a public broker."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from apis.mqtt import examples
from apis.mqtt.geohash import ALPHABET
from apis.mqtt.models import SiteMessage
from apis.mqtt.topics import PRECISION, PREFIX

Document = dict[str, Any]

SERVER = "open"
CHANNEL = "openSites"
MESSAGE = "site"
LEVELS = tuple(f"square{number}" for number in range(1, PRECISION + 1))
ADDRESS = "/".join([PREFIX, "{city}", "{theme}", *(f"{{{level}}}" for level in LEVELS), "{site}"])

_DESCRIPTION = """\
One retained message for each site of a public dataset, in the square of the map where it lies: a topic level for each
character of its geohash. Subscribe to a square of any size, `open/+/+/u/1/4/d/k/#` for 3 by 5 km: what stands there
comes at once, then every change, at most once a second for a site. An empty message takes one away.
"""


def server(url: str) -> Document:
    """The public broker."""
    parts = urlsplit(url)
    return {
        "host": parts.netloc,
        "protocol": "secure-mqtt" if parts.scheme == "mqtts" else "mqtt",
        "protocolVersion": "3.1.1",
        "description": "For everyone, read only, without an account.",
    }


def channel(parameters: Document) -> Document:
    """The topics of sites; `parameters` describes city and theme."""
    levels = zip(LEVELS, examples.TOPIC.split("/")[3:], strict=False)
    squares = {
        name: {
            "description": f"Character {number} of the site's geohash.",
            "enum": list(ALPHABET),
            "examples": [character],
        }
        for number, (name, character) in enumerate(levels, 1)
    }
    return {
        "address": ADDRESS,
        "title": "Sites",
        "description": _DESCRIPTION,
        "servers": [{"$ref": f"#/servers/{SERVER}"}],
        "messages": {MESSAGE: {"$ref": f"#/components/messages/{MESSAGE}"}},
        "parameters": parameters | squares | {"site": {"description": "Site by id.", "examples": ["P1"]}},
    }


def operation() -> Document:
    """What this application sends there."""
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "summary": "The newest observations of a site.",
        "messages": [{"$ref": f"#/channels/{CHANNEL}/messages/{MESSAGE}"}],
        "bindings": {"mqtt": {"qos": 0, "retain": True}},
    }


def message() -> Document:
    """A site's message."""
    return {
        "name": MESSAGE,
        "summary": (SiteMessage.__doc__ or "").strip(),
        "payload": {"$ref": f"#/components/schemas/{SiteMessage.__name__}"},
        "examples": [{"payload": examples.SITE_MESSAGE}],
    }


def schemas() -> Document:
    """By name: the schema of the message, and of what it holds."""
    _, found = msgspec.json.schema_components([SiteMessage], ref_template="#/components/schemas/{name}")
    return found
