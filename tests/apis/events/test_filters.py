"""Filters: the same choice however it is asked for, and no text that breaks the parser."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apis.events.area import Area, Box, parse_box, select_area, select_one
from apis.events.websocket import _decoded
from apis.events.writing import Wire, Writer
from apis.live import Chunk
from stadspuls.errors import InvalidParameter, RequestError
from stadspuls.model import Observation
from stadspuls.registry import Registry
from tests.apis.cities import small_registry
from tests.apis.conftest import BASE
from tests.apis.events.streams import SseParser

SENSORS = ["P1", "S1", "S2"]
PROPERTIES = ["vacantSpaces", "occupied", "message"]
SITES = {"P1": (51.05652, 3.72595), "street": (51.05, 3.72)}
STREAMS = [("P1", "vacantSpaces"), ("P1", "message"), ("S1", "occupied"), ("S2", "occupied")]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder: Path = tmp_path_factory.mktemp("registry")
    return small_registry(folder)


def some(values: list[str]) -> st.SearchStrategy[list[str] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, unique=True)


boxes = st.none() | st.tuples(
    st.floats(3.70, 3.724), st.floats(51.0, 51.053), st.floats(3.721, 3.75), st.floats(51.051, 51.1)
)


@hypothesis_settings(deadline=None)
@given(
    streams=st.lists(st.sampled_from(STREAMS), min_size=1, max_size=8),
    sites=some(list(SITES)),
    sensors=some(SENSORS),
    properties=some(PROPERTIES),
    box=boxes,
)
def test_a_selection_is_what_each_part_of_it_lets_through(
    *,
    small: Registry,
    streams: list[tuple[str, str]],
    sites: list[str] | None,
    sensors: list[str] | None,
    properties: list[str] | None,
    box: tuple[float, float, float, float] | None,
) -> None:
    dataset = small.datasets["gent/parking"]
    observations = []
    for number, (sensor, name) in enumerate(streams, 1):
        stream = dataset.datastream(sensor, name)
        assert stream is not None
        observations.append(Observation(stream, number, number, number, float(number)))
    area = Area(sites=sites, sensors=sensors, properties=properties, box=None if box is None else Box(*box))
    _, selection = select_one(small, "gent/parking", area, BASE)

    def wanted(o: Observation) -> bool:
        latitude, longitude = SITES[o.datastream.site]
        return (
            (sites is None or o.datastream.site in sites)
            and (sensors is None or o.datastream.sensor in sensors)
            and (properties is None or o.datastream.observed_property in properties)
            and (box is None or (box[0] <= longitude <= box[2] and box[1] <= latitude <= box[3]))
        )

    expected = [str(o.published_at) for o in observations if wanted(o)]
    writer, chunk = Writer(dataset, BASE), Chunk(observations, retold=False)
    once = writer.chunk(chunk, Wire.SSE, selection, "key")
    assert [event.id for event in SseParser().feed(once)] == expected
    assert writer.chunk(chunk, Wire.SSE, selection, "key") is once
    message = writer.chunk(chunk, Wire.WEBSOCKET, selection, "other key")
    if expected:
        assert [o["value"] for o in json.loads(message)["observations"]] == [int(number) for number in expected]
        assert json.loads(message)["id"] == expected[-1]
    else:
        assert message == b""


@given(st.text() | st.lists(st.floats() | st.integers(), max_size=6).map(lambda numbers: ",".join(map(str, numbers))))
def test_any_text_is_a_box_on_the_map_or_refused(text: str) -> None:
    try:
        box = parse_box(text)
    except InvalidParameter:
        return
    assert box is not None
    assert -180 <= box.west <= box.east <= 180
    assert -90 <= box.south <= box.north <= 90


@given(st.binary() | st.text())
def test_any_message_is_understood_or_refused(message: str | bytes) -> None:
    try:
        _decoded(message)
    except InvalidParameter:
        return
    assert json.loads(message)["type"] in ("subscribe", "unsubscribe", "ping")


@pytest.mark.parametrize("message", [b"[" * 16_000, b'{"x":' * 3000, b'{"type":"ping","x":' + b"[" * 16_000, b"\xff"])
def test_messages_that_are_nested_deeply_are_refused(message: bytes) -> None:
    with pytest.raises(InvalidParameter):
        _decoded(message)


@hypothesis_settings(deadline=None)
@given(
    cities=some(["gent", "aalst", "atlantis"]),
    themes=some(["parking", "air-quality", "volcanoes"]),
    sites=some(["P1", "hidden", "station-1"]),
    sensors=some(["S1", "hidden", "street-derived"]),
    properties=some(["no2", "occupied", "nothing"]),
)
def test_whatever_is_asked_only_public_observations_are_chosen(
    *,
    small: Registry,
    cities: list[str] | None,
    themes: list[str] | None,
    sites: list[str] | None,
    sensors: list[str] | None,
    properties: list[str] | None,
) -> None:
    try:
        chosen = select_area(small, Area(cities, themes, sites, sensors, properties), BASE)
    except RequestError:
        return
    assert {dataset.name for dataset in chosen} <= {"gent/parking"}
