"""`/asyncapi.json`: whole, and the same as the code."""

import typing
from typing import Any

import msgspec
import pytest

from apis.docs.asyncapi import COMMANDS, EVENTS, READING_EXAMPLE, REPLIES, SOCKET_EVENTS, Event, build_asyncapi
from apis.events import examples, models
from apis.events.models import Command, Reply
from apis.mqtt.examples import SITE_MESSAGE, TOPIC
from stadspuls.codecs import CODECS, CodecContext
from stadspuls.settings import load_settings
from tests.apis.conftest import BASE, Api
from tests.apis.events.streams import SseParser


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/")]
    return found


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_it_is_served_and_every_reference_leads_somewhere(api: Api) -> None:
    answer = api.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["asyncapi"] == "3.0.0"
    assert len(references(document)) > 50
    for reference in references(document):
        assert resolved(document, reference)
    assert document["servers"]["events"] == {
        "host": "data.example",
        "protocol": "https",
        "description": "Server-sent events.",
    }
    assert document["servers"]["websocket"]["protocol"] == "wss"


def test_every_stream_that_openapi_has_is_a_channel_and_the_other_way_round(api: Api) -> None:
    paths = {path for path in api.get("/openapi.json").json()["paths"] if path.endswith("/events")}
    channels = api.get("/asyncapi.json").json()["channels"].values()
    assert {channel["address"] for channel in channels} == paths | {"/ws", "{city}/{theme}/{sensor}"}


def test_every_message_that_the_code_knows_is_documented() -> None:
    assert {event.struct for event in COMMANDS} == set(typing.get_args(Command))
    assert {event.struct for event in REPLIES} == set(typing.get_args(Reply))
    assert set(typing.get_args(models.Notice)) <= {event.struct for event in SOCKET_EVENTS}
    for event in EVENTS:
        tag = event.struct.__struct_config__.tag  # type: ignore[attr-defined]
        assert tag in (event.name, None)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_example_is_what_it_is_an_example_of(event: Event) -> None:
    read: object = msgspec.convert(event.example, event.struct)
    assert msgspec.json.decode(msgspec.json.encode(read)) == event.example


@pytest.mark.parametrize("stream", [examples.DATASET_STREAM, examples.AREA_STREAM])
def test_examples_of_streams_are_streams(stream: str) -> None:
    parser = SseParser()
    events = parser.feed(stream.encode())
    assert events[-1].name == "observation"
    assert events[-1].data == examples.OBSERVATION_EVENT
    assert parser.retry


def test_an_example_of_a_reading_can_be_decoded() -> None:
    decoding = CODECS["json"](msgspec.json.encode(READING_EXAMPLE), CodecContext("gent/parking/P1", 0))
    assert [(value.name, value.value) for value in decoding.values] == [("vacantSpaces", 210)]
    assert not decoding.faults


def test_open_data_over_mqtt_is_a_channel_where_there_is_a_broker_for_it() -> None:
    assert "open" not in build_asyncapi(BASE, 1883)["servers"]
    settings = load_settings(None, public_url=BASE, public_mqtt_port=2883)
    document = build_asyncapi(BASE, 1883, settings.open_mqtt_url)
    for reference in references(document):
        assert resolved(document, reference)
    server = document["servers"]["open"]
    assert (server["host"], server["protocol"]) == ("data.example:2883", "mqtt")
    told = settings.model_copy(update={"public_mqtt_url": "mqtts://mqtt.example"})
    server = build_asyncapi(BASE, 1883, told.open_mqtt_url)["servers"]["open"]
    assert (server["host"], server["protocol"]) == ("mqtt.example", "secure-mqtt")
    channel = document["channels"]["openSites"]
    topic = channel["address"]
    for name, parameter in channel["parameters"].items():
        topic = topic.replace(f"{{{name}}}", parameter["examples"][0])
    assert topic == TOPIC
    assert document["components"]["messages"]["site"]["examples"] == [{"payload": SITE_MESSAGE}]


def test_a_base_below_a_path_is_told() -> None:
    servers = build_asyncapi(f"{BASE}/open", 1883)["servers"]
    assert (servers["events"]["host"], servers["events"]["pathname"]) == ("data.example", "/open")
    assert servers["sensors"]["host"] == "data.example:1883"
