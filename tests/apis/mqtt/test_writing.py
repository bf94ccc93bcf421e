"""A site's message: whole where it fits, honest where it does not."""

from typing import Any

import msgspec

from apis.mqtt.examples import SITE_MESSAGE
from apis.mqtt.models import SiteMessage
from apis.mqtt.writing import PAYLOAD_LIMIT, SiteWriter
from stadspuls.clock import SECOND, parse_rfc3339
from stadspuls.model import Datastream, Observation, Origin, Procedure
from stadspuls.registry import Registry
from tests.apis.conftest import BASE, T0


def written(registry: Registry, site: str, observations: list[Observation]) -> tuple[bytes, dict[str, Any]]:
    dataset = registry.datasets["gent/parking"]
    payload = SiteWriter(dataset, BASE).write(dataset.sites[site], observations)
    assert msgspec.json.decode(payload, type=SiteMessage)
    return payload, msgspec.json.decode(payload)


def spaces(count: int) -> list[Observation]:
    """A street as `Latest` gives it: spaces with a reading each, and among them the derived count."""
    streams = [Datastream("gent", "parking", "street", f"space-{n:03}", "occupied", "1") for n in range(count)]
    derived = Datastream(
        "gent", "parking", "street", "street-derived", "vacantSpaces", "1", procedure=Procedure.DERIVED
    )
    observations = [Observation(stream, T0, T0, T0 + n, True) for n, stream in enumerate(streams, 1)]
    return [*observations, Observation(derived, T0, T0, T0 + count + 1, 0.0, known=count, capacity=count)]


def test_the_example_is_what_is_written(registry: Registry) -> None:
    stream = Datastream("gent", "parking", "P1", "P1", "vacantSpaces", "1", Origin.REPLAYED)
    received, published = "2026-01-05T08:00:00.118304Z", "2026-01-05T08:00:00.171020Z"
    one = Observation(stream, T0, parse_rfc3339(received), parse_rfc3339(published), 210.0)
    document = written(registry, "P1", [one])[1]
    assert document.pop("names") == {"nl": '=Vrijdagmarkt, "boven"'}
    assert document == {name: value for name, value in SITE_MESSAGE.items() if name != "names"}


def test_the_example_of_the_docs_is_a_message() -> None:
    read = msgspec.convert(SITE_MESSAGE, SiteMessage)
    assert msgspec.json.decode(msgspec.json.encode(read)) == SITE_MESSAGE


def test_every_datastream_of_the_site_is_in_it(registry: Registry) -> None:
    document = written(registry, "street", spaces(20))[1]
    assert len(document["observations"]) == 21
    assert "omitted" not in document


def test_of_a_site_with_too_many_the_count_is_kept_and_the_rest_is_told(registry: Registry) -> None:
    payload, document = written(registry, "street", spaces(500))
    shown = document["observations"]
    assert PAYLOAD_LIMIT - 1024 < len(payload) <= PAYLOAD_LIMIT
    assert document["omitted"] == 501 - len(shown) > 0
    assert shown[-1]["property"] == "vacantSpaces"
    assert [entry["sensor"] for entry in shown[:-1]] == [f"space-{n:03}" for n in range(len(shown) - 1)]


def test_a_message_is_never_longer_than_its_limit(registry: Registry) -> None:
    for count in range(90, 130):
        payload, document = written(registry, "street", spaces(count))
        assert len(payload) <= PAYLOAD_LIMIT
        assert len(document["observations"]) + document.get("omitted", 0) == count + 1


def test_one_value_that_is_too_long_leaves_the_others(registry: Registry) -> None:
    long = Datastream("gent", "parking", "P1", "P1", "message", "1")
    short = Datastream("gent", "parking", "P1", "P1", "vacantSpaces", "1")
    observations = [
        Observation(long, T0, T0, T0 + 1, "x" * PAYLOAD_LIMIT),
        Observation(short, T0, T0, T0 + SECOND, 3.0),
    ]
    document = written(registry, "P1", observations)[1]
    assert [entry["property"] for entry in document["observations"]] == ["vacantSpaces"]
    assert document["omitted"] == 1
