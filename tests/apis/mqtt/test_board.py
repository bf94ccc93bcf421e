"""What is sent, when, and what is taken away; no broker, no clock."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.live import Latest
from apis.mqtt.board import CLEARED, INTERVAL, Board
from apis.mqtt.examples import TOPIC
from apis.mqtt.topics import topic_of
from stadspuls.clock import MINUTE, SECOND
from stadspuls.model import Observation
from stadspuls.registry import Registry
from tests.apis.cities import small_registry
from tests.apis.conftest import BASE, T0, Made

DATASET = "gent/parking"


@dataclass
class World:
    """A board, the latest values that it looks at, and time that a test makes pass."""

    registry: Registry
    now: float = 100.0
    latest: Latest = field(default_factory=Latest)

    def __post_init__(self) -> None:
        self.made = Made(self.registry)
        self.dataset = self.registry.datasets[DATASET]
        self.board = Board([self.dataset], BASE, lambda: self.now)
        self.street = topic_of(self.dataset, self.dataset.sites["street"])

    def observe(self, value: float, at: int = T0, sensor: str = "P1") -> Observation:
        name = "vacantSpaces" if sensor == "P1" else "occupied"
        one = self.made.one(DATASET, sensor, name, value if sensor == "P1" else bool(value), at)
        self.latest.merge([one])
        self.board.look(DATASET, self.latest.of(DATASET))
        return one

    def sent(self) -> dict[str, bytes]:
        pairs = list(self.board.due())
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    def values(self) -> dict[str, list[Any]]:
        return {topic: values(payload) for topic, payload in self.sent().items()}


def values(payload: bytes) -> list[Any]:
    return [entry["value"] for entry in msgspec.json.decode(payload)["observations"]]


@pytest.fixture
def world(registry: Registry) -> World:
    return World(registry)


def test_a_site_has_one_message_with_all_its_datastreams(world: World) -> None:
    world.observe(5.0)
    world.observe(1, sensor="S1")
    world.observe(0, sensor="S2")
    assert world.values() == {TOPIC: [5], world.street: [True, False]}
    assert world.board.messages == 2


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    world.observe(5.0)
    assert world.sent()
    world.now += MINUTE
    world.board.look(DATASET, world.latest.of(DATASET))
    world.observe(1, sensor="S1")
    assert list(world.sent()) == [world.street]


def test_a_site_is_sent_once_a_second_and_then_as_it_is(world: World) -> None:
    world.observe(0.0)
    assert world.values() == {TOPIC: [0]}
    for number in range(1, 8):
        world.now += 0.125
        world.observe(float(number), T0 + number * SECOND)
        assert world.sent() == {}
    assert world.board.waited == 0.75
    world.now += 0.125
    assert world.values() == {TOPIC: [7]}
    assert world.board.waited == 0.0


def test_a_late_reading_changes_nothing(world: World) -> None:
    world.observe(5.0)
    assert world.sent()
    world.now += 2
    world.observe(1.0, T0 - MINUTE)
    assert world.sent() == {}


def test_on_a_new_connection_everything_is_sent_again(world: World) -> None:
    world.observe(5.0)
    world.observe(1, sensor="S1")
    assert world.sent()
    world.now += INTERVAL
    world.board.begin()
    assert world.values() == {TOPIC: [5], world.street: [True]}


def test_what_was_taken_and_not_yet_wanted_stays_due(world: World) -> None:
    world.observe(5.0)
    world.observe(1, sensor="S1")
    first = next(world.board.due())[0]
    assert {first, *world.sent()} == {TOPIC, world.street}


def test_a_message_that_belongs_to_no_public_site_is_taken_away(world: World) -> None:
    gone = ["open/gent/parking/u/1/4/d/k/y/9/P99", "open/aalst/parking/u/1/5/1/5/9/8/hidden", "open", "open/x"]
    for topic in gone:
        world.board.found(topic, b"{}")
    world.board.found("open/empty", CLEARED)
    assert world.sent() == dict.fromkeys(gone, CLEARED)
    assert world.sent() == {}


def test_a_later_reading_at_the_broker_is_not_replaced_by_an_older_one(world: World) -> None:
    newer = World(world.registry)
    newer.observe(9.0, T0 + MINUTE)
    (payload,) = newer.sent().values()
    world.observe(5.0)
    world.board.begin()
    world.board.found(TOPIC, payload)
    assert world.sent() == {}
    world.observe(9.0, T0 + MINUTE)
    assert world.values() == {TOPIC: [9]}
    world.now += 1
    world.observe(8.0, T0 + 2 * MINUTE)
    assert world.values() == {TOPIC: [8]}


def test_what_the_log_no_longer_has_does_not_stand_for_ever(world: World) -> None:
    newer = World(world.registry)
    newer.observe(9.0, T0 + MINUTE)
    newer.observe(1, sensor="S1")
    payloads = newer.sent()
    world.observe(5.0)
    for topic, payload in payloads.items():
        world.board.found(topic, payload)
    assert world.sent() == {}
    world.board.release()
    sent = world.sent()
    assert sent.pop(world.street) == CLEARED
    assert {topic: values(payload) for topic, payload in sent.items()} == {TOPIC: [5]}


@pytest.mark.parametrize("payload", [b"{}", b"\xff", b"[]", b'{"observations": 1}'])
def test_what_is_no_message_of_ours_is_replaced(world: World, payload: bytes) -> None:
    world.observe(5.0)
    world.board.found(TOPIC, payload)
    assert world.values() == {TOPIC: [5]}


def test_a_site_that_is_no_longer_registered_has_no_message(world: World) -> None:
    one = world.made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)
    gone = msgspec.structs.replace(one, datastream=msgspec.structs.replace(one.datastream, site="gone"))
    world.board.look(DATASET, (gone,))
    assert world.sent() == {}
    assert world.board.messages == 0


@pytest.fixture(scope="module")
def any_registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return small_registry(tmp_path_factory.mktemp("registry"))


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["P1", "S1", "S2"]), st.integers(0, 9)),
        st.floats(0.01, 0.6).map(lambda seconds: ("pass", seconds)),
        st.sampled_from([("send", 0), ("begin", 0)]),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_happens_the_last_message_is_the_latest_state_and_none_came_too_soon(
    any_registry: Registry, steps: list[tuple[str, float]]
) -> None:
    world = World(any_registry)
    standing: dict[str, bytes] = {}
    sent_at: dict[str, float] = {}

    def send() -> None:
        for topic, payload in world.sent().items():
            assert world.now - sent_at.get(topic, -1) >= INTERVAL
            sent_at[topic] = world.now
            standing[topic] = payload

    for what, how in steps:
        if what == "pass":
            world.now += how
        elif what == "send":
            send()
        elif what == "begin":
            world.board.begin()
        else:
            world.observe(how, T0 + int(how) * SECOND, what)
    world.now += INTERVAL
    send()
    shown = [value for topic in sorted(standing) for value in values(standing[topic])]
    by_topic = sorted(world.latest.of(DATASET), key=lambda o: TOPIC if o.datastream.site == "P1" else world.street)
    assert shown == [o.value for o in by_topic]
    assert world.board.waited == 0.0
