import re

from msgspec.structs import replace

from stadspuls.model import Reason
from streams.faults import NAMED, Fault, rejections
from tests.streams.small_city import NOW, message


def test_a_rejection_keeps_the_original_bytes_and_its_place() -> None:
    given = [message("gent/parking/P1", "a"), message("gent/parking/P2", "b")]
    fault = Fault(1, Reason.FUTURE, "too early", "gent/parking", "P2", "vacantSpaces")
    [rejection] = rejections([fault], given, partition=3, offset=17, now=NOW)
    assert (rejection.topic, rejection.payload, rejection.city) == ("gent/parking/P2", b"b", "gent")
    assert (rejection.partition, rejection.offset, rejection.index) == (3, 17, 1)
    assert rejection.observed_property == "vacantSpaces"
    assert rejection.retained is False


def test_a_rejection_keeps_that_its_message_was_retained() -> None:
    given = replace(message("gent/parking/P1", "a"), retained=True)
    [rejection] = rejections([Fault(0, Reason.UNDECODABLE, "no")], [given], 3, 17, NOW)
    assert rejection.retained is True


def test_whatever_a_device_calls_a_property_a_key_is_safe_in_addresses_and_terminals() -> None:
    assert re.fullmatch(r"[\w.~-]+", key(observed_property="a/b c\x1b[2J\ud800%é" + "x" * 10**6), re.ASCII)


def test_the_bytes_of_a_message_are_kept_once_for_each_reason() -> None:
    many = [Fault(0, Reason.UNREGISTERED, f"no {n}", "gent/parking", "P1", str(n)) for n in range(1000)]
    other = Fault(0, Reason.IMPOSSIBLE, "too much", "gent/parking", "P1", "vacantSpaces")
    kept = rejections([*many, other], [message("gent/parking/P1", "a")], 0, 0, NOW)
    assert [r.reason for r in kept] == [Reason.IMPOSSIBLE, Reason.UNREGISTERED]
    assert kept[1].detail.endswith(f"and {1000 - NAMED} more")


def key(topic: str = "gent/parking/P1", payload: str = "a", place: int = 5, **fault: object) -> str:
    made = Fault(**({"message": 0, "reason": Reason.UNDECODABLE, "detail": "no"} | fault))  # type: ignore[arg-type]
    [rejection] = rejections([made], [message(topic, payload)], 0, place, NOW + place)
    return rejection.key


def test_a_message_again_has_the_same_keys_whatever_its_offset_is_then() -> None:
    assert key(place=5) == key(place=6)


def test_different_rejections_have_different_keys() -> None:
    others = [
        key(topic="gent/parking/P2"),
        key(payload="b"),
        key(reason=Reason.CONFLICT),
        key(observed_property="vacantSpaces"),
    ]
    assert len({key(), *others}) == 5
