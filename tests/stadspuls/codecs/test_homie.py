"""Homie 5: values are plain text, everything else is described or commanded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext, Decoded, Decoding, Untyped
from stadspuls.codecs.homie import decode_homie
from stadspuls.errors import CodecError

NOW = parse_rfc3339("2026-01-05T08:00:05Z")


def decode(topic: str, payload: bytes = b"21.5", ignore: frozenset[str] = frozenset()) -> Decoding:
    return decode_homie(payload, CodecContext(topic, NOW, ignore=ignore))


def test_a_property_is_a_text_observed_when_it_is_received() -> None:
    [value] = decode("gent/homie/5/station-1/air/temperature").values
    assert value == Decoded("station-1/air", NOW, "temperature", Untyped("21.5"))
    assert isinstance(value.value, Untyped)


@pytest.mark.parametrize("prefix", ["homie/5", "gent/homie/5", "gent/x/y/5"])
def test_the_domain_may_be_any(prefix: str) -> None:
    assert decode(f"{prefix}/a/b/c").values[0].sensor == "a/b"


@pytest.mark.parametrize(
    "rest",
    [
        "station-1/$state",
        "station-1/$description",
        "station-1/air/mode/set",
        "station-1/air/mode/$target",
        "$broadcast",
    ],
)
def test_what_describes_and_commands_holds_no_reading(rest: str) -> None:
    assert decode(f"gent/homie/5/{rest}", b"lost") == Decoding([], [])


def test_a_value_taken_back_and_an_ignored_one_are_no_readings() -> None:
    assert decode("gent/homie/5/a/b/c", b"") == Decoding([], [])
    assert decode("gent/homie/5/a/b/battery", ignore=frozenset({"battery"})) == Decoding([], [])


@pytest.mark.parametrize("topic", ["gent/homie/4/a/b/c", "gent/homie/5/a", "gent/homie/5/a/b/c/d", "", "5"])
def test_a_topic_of_another_kind_is_refused(topic: str) -> None:
    with pytest.raises(CodecError, match="homie/5"):
        decode(topic)


def test_what_is_no_text_says_where() -> None:
    with pytest.raises(CodecError, match="not UTF-8 from byte 2 on"):
        decode("gent/homie/5/a/b/c", b"21\xff")


@given(st.binary(), st.text() | st.lists(st.text(max_size=3), max_size=5).map(lambda rest: "/".join(["g", "5", *rest])))
def test_anything_gives_values_or_a_codec_error(payload: bytes, topic: str) -> None:
    try:
        decode(topic, payload)
    except CodecError:
        return
