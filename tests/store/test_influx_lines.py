"""Anything that can be published survives line protocol, and comes back the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import rfc3339
from stadspuls.influx_text import literal, original, plain
from stadspuls.model import Datastream, Observation, Origin, Procedure, Quality
from store.influx_lines import CHUNK, ObservationLines, log_line, stored_through_line, string_fields
from store.influx_log import entry_of
from store.influx_rows import Rows, joined
from tests.store.influx_stand_in import points
from tests.store.made import DATASET, START, frame, observation, stream

HOSTILE = ["", " ", ",", "=", '"', "'", "\\", "a\\", "\n", "\r\n", "\x00", "|", "%", "%41", "${x}", "a b,c=d", "\u20ac"]
texts = st.sampled_from(HOSTILE) | st.text() | st.lists(st.sampled_from(HOSTILE)).map("".join)
names = texts.filter(lambda text: "/" not in text)
instants = st.integers(-(2**52), 2**52)
values = st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | texts
numbers = st.none() | st.integers(-(2**40), 2**40)

datastreams = st.builds(
    Datastream, names, texts, texts, texts, texts, texts, st.sampled_from(Origin), st.sampled_from(Procedure)
)
observations = st.builds(
    Observation,
    datastreams,
    instants,
    instants,
    instants,
    values,
    st.sampled_from(Quality),
    st.none() | texts,
    numbers,
    numbers,
)


def row_of(line: str) -> tuple[str, ...]:
    """What InfluxDB would answer of a line."""
    (point,) = points(line)
    tags = point.tags
    return rfc3339(point.time), point.fields["whole"], tags["sensor"], tags["property"], tags["site"]


@given(observations)
def test_an_observation_comes_back_as_it_was(o: Observation) -> None:
    (line,) = ObservationLines().lines(frame(o))
    found = Rows(o.datastream.dataset).observation(row_of(line))
    assert found == o
    assert type(found.value) is type(o.value)


@given(observations)
def test_fields_for_boards_say_the_same(o: Observation) -> None:
    (point,) = points("".join(ObservationLines().lines(frame(o))))
    assert point.measurement == "observation"
    assert set(point.tags) == {"city", "theme", "site", "sensor", "property"}
    assert list(point.tags) == sorted(point.tags)
    fields = point.fields
    assert (fields["quality"], fields["received"], fields["published"]) == (
        o.quality,
        f"{o.received_at}i",
        f"{o.published_at}i",
    )
    if isinstance(o.value, str):
        assert original(fields["text"]) == o.value
    else:
        assert float(fields["value"]) == o.value
    assert point.time == o.observed_at


@given(texts)
def test_no_text_reaches_influxdb_with_what_it_does_not_give_back(text: str) -> None:
    held = plain(text)
    assert held
    assert not re.search(r'["\\|\x00-\x1f\x7f]', held)
    assert original(held) == text


@given(texts)
def test_a_literal_is_one_string_and_nothing_else(text: str) -> None:
    found = literal(text)
    assert re.fullmatch(r'"(?:[^"\\$\x00-\x1f\x7f]|\\x[0-9a-f]{2})*"', found)
    assert re.sub(r"\\x(..)", lambda hexadecimal: chr(int(hexadecimal[1], 16)), found[1:-1]) == text


def test_a_whole_number_is_stored_as_a_number() -> None:
    (line,) = ObservationLines().lines(frame(observation(value=7)))
    assert " value=7.0," in line
    found = Rows(DATASET).observation(row_of(line))
    assert type(found.value) is float


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        ObservationLines().lines(frame(observation(value=value)))


def test_text_that_is_no_unicode_is_refused() -> None:
    (line,) = ObservationLines().lines(frame(observation(value="\ud800")))
    with pytest.raises(UnicodeEncodeError):
        line.encode()


def test_a_large_frame_is_split_into_fields_that_influxdb_holds() -> None:
    made = frame(*(observation(START + i, f"{i * 0x9E3779B97F4A7C15:x}", stream(f"P{i}")) for i in range(4000)))
    (point,) = points(log_line(made))
    assert (point.tags, point.time) == ({"dataset": DATASET}, made.observations[0].published_at)
    sizes = [len(value) for name, value in point.fields.items() if name.startswith("frame")]
    assert len(sizes) > 1
    assert max(sizes) <= CHUNK
    last = made.observations[-1].published_at - made.observations[0].published_at
    assert point.fields["span"] == f"{last}|4000"
    rows = [("t", name, value) for name, value in point.fields.items() if name != "span"]
    ((_, data),) = joined(reversed(rows), "frame")
    assert entry_of("2026-01-05T08:00:00Z", data).frame == made


@given(st.binary(max_size=300_000))
def test_bytes_come_back_from_their_chunks(data: bytes) -> None:
    (point,) = points(f"m {string_fields('x', data)} 1\n")
    assert joined((("t", *field) for field in point.fields.items()), "x") == [("t", data)]


def test_how_far_is_stored_is_a_point_of_its_own_instant() -> None:
    assert points(stored_through_line("a b/c", 7)) == [("stored_through", {"dataset": "a b/c"}, {"published": "7i"}, 7)]
