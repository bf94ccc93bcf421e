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


def test_the_bytes_of_a_message_are_kept_once_for_each_reason() -> None:
    many = [Fault(0, Reason.UNREGISTERED, f"no {n}", "gent/parking", "P1", str(n)) for n in range(1000)]
    other = Fault(0, Reason.IMPOSSIBLE, "too much", "gent/parking", "P1", "vacantSpaces")
    kept = rejections([*many, other], [message("gent/parking/P1", "a")], 0, 0, NOW)
    assert [r.reason for r in kept] == [Reason.IMPOSSIBLE, Reason.UNREGISTERED]
    assert kept[1].detail.endswith(f"and {1000 - NAMED} more")


def test_the_same_frame_again_gives_the_same_keys() -> None:
    given = [message("gent/parking/P1", "a")]
    fault = Fault(0, Reason.UNDECODABLE, "no")
    keys = {rejections([fault], given, 0, 5, now)[0].key for now in (NOW, NOW + 1)}
    assert len(keys) == 1
