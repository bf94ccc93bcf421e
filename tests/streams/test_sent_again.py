"""Everything was killed and Kafka is empty: frames come again, with new offsets, to a worker that has only the store.

Whatever part of the published log the store has, the log ends up as if nothing had happened, but for `published_at`.
"""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import SECOND, rfc3339
from stadspuls.log import MessageFrame, partition_of
from stadspuls.model import Identity, Message, Observation, Quality, Value
from streams.state import PartitionState
from streams.work import finish, prepare
from tests.streams.small_city import NOW, message, small_registry

REGISTRY = small_registry()
PARTITIONS = 4
PARTITION = partition_of("gent/parking", PARTITIONS)
Row = tuple[Identity, Value, Quality, int | None]

# Few instants and few values, so that readings are late, repeated and contradict each other.
SPACE = st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.sampled_from(["true", "false"]), st.integers(-8, 0)).map(
    lambda s: (f"gent/parking/{s[0]}", f'{{"time":"{rfc3339(NOW + s[2] * SECOND)}","occupied":{s[1]}}}')
)
COUNTER = st.tuples(st.integers(-3, 2), st.integers(-4, 0)).map(
    lambda c: ("gent/parking/P1", f'{{"time":"{rfc3339(NOW + c[1] * SECOND)}","vacantSpaces":{c[0]},"other":1}}')
)
FRAMES = st.lists(st.lists(st.one_of(SPACE, COUNTER), min_size=1, max_size=6), min_size=1, max_size=8)


@dataclass
class Store:
    """What the sink has stored."""

    observations: dict[Identity, Observation] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)

    @property
    def rows(self) -> set[Row]:
        return {(key, o.value, o.quality, o.known) for key, o in self.observations.items()}


def run(frames: list[list[Message]], store: Store, stored: int) -> list[int]:
    """Work frames through with a fresh worker that knows what the store knows; the sink stores the first `stored`.

    Returns every `published_at` that was stored, in order.
    """
    state = PartitionState()
    state.apply(sorted(store.observations.values(), key=lambda o: o.observed_at))
    state.forget(2**62, {"gent/parking": 2**62})
    published: list[int] = []
    known = dict(store.observations)
    for offset, messages in enumerate(frames):
        frame = MessageFrame(1, -1, 0, 1, REGISTRY.version, messages)
        prepared = prepare(frame, REGISTRY, state, PARTITION, PARTITIONS)
        answers = {identity: known[identity].value for identity in prepared.wanted if identity in known}
        outcome = finish(
            frame, prepared, answers, REGISTRY, state, partition=PARTITION, offset=offset, now=NOW + offset * SECOND
        )
        known |= {o.identity: o for o in outcome.observations}
        if offset < stored:
            assert not store.observations.keys() & {o.identity for o in outcome.observations}, "published twice"
            store.observations |= {o.identity: o for o in outcome.observations}
            store.rejected |= {rejection.key for rejection in outcome.rejections}
            published += [o.published_at for o in outcome.observations]
    return published


@given(FRAMES, st.data())
def test_frames_sent_again_publish_what_was_lost_and_nothing_twice(
    payloads: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    frames = [
        [message(topic, payload, NOW + 10 * number + place) for place, (topic, payload) in enumerate(frame)]
        for number, frame in enumerate(payloads)
    ]
    undisturbed = Store()
    run(frames, undisturbed, len(frames))
    store = Store()
    done, published = 0, list[int]()
    for _ in range(data.draw(st.integers(1, 3), label="kills")):
        stored = data.draw(st.integers(0, len(frames) - done), label="stored")
        published += run(frames[done:], store, stored)
        # The bridge learns late, or never, what the sink has stored.
        done += data.draw(st.integers(0, stored), label="known to be stored")
    published += run(frames[done:], store, len(frames))
    assert store.rows == undisturbed.rows
    assert store.rejected == undisturbed.rejected
    assert published == sorted(set(published))
