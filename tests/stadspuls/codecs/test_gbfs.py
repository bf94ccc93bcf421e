"""GBFS: the status of one station, in versions 2 and 3."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext, Decoding
from stadspuls.codecs.gbfs import decode_gbfs
from stadspuls.errors import CodecError

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
VERSION_2: dict[str, Any] = {
    "station_id": "14",
    "num_bikes_available": 0,
    "num_docks_available": 11,
    "is_installed": 1,
    "last_reported": 1767600000,
}
VERSION_3: dict[str, Any] = {
    "station_id": "14",
    "num_vehicles_available": 4,
    "is_installed": True,
    "last_reported": "2026-01-05T09:00:00+01:00",
}


def decode(status: object) -> Decoding:
    return decode_gbfs(json.dumps(status).encode(), CodecContext("gent/bikes/x/14", NOW))


def read(status: object) -> list[tuple[str, object]]:
    return [(value.name, value.value) for value in decode(status).values]


def test_bikes_and_docks_of_version_2() -> None:
    assert read(VERSION_2) == [("availableBikes", 0.0), ("vacantDocks", 11.0)]


def test_vehicles_of_version_3_and_no_docks_where_there_is_no_limit() -> None:
    assert read(VERSION_3) == [("availableBikes", 4.0)]


@pytest.mark.parametrize("status", [VERSION_2, VERSION_3])
def test_both_ways_to_write_the_time_say_the_same(status: dict[str, Any]) -> None:
    assert decode(status).values[0].time == parse_rfc3339("2026-01-05T08:00:00Z")


def test_a_station_that_is_not_on_the_street_holds_no_reading() -> None:
    assert decode(VERSION_3 | {"is_installed": False}) == Decoding([], [])


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"num_bikes_available": None}, "neither num_vehicles_available"),
        ({"num_bikes_available": "4"}, "num_bikes_available"),
        ({"last_reported": None}, "last_reported"),
        ({"last_reported": 0}, "before 1980"),
    ],
)
def test_what_is_missing_is_told(change: dict[str, Any], detail: str) -> None:
    with pytest.raises(CodecError, match=detail):
        decode(VERSION_2 | change)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(list(VERSION_2)), x),
    )
)
def test_whatever_comes_is_read_or_refused(document: object) -> None:
    with contextlib.suppress(CodecError):
        decode(document)
