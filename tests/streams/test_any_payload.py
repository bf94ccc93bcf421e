"""Whatever bytes come in whatever form: the step gives readings and faults, and what it keeps can be written.

`STADSPULS_MUTATIONS` says how many changed payloads each codec gets; a million in all take some minutes.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stadspuls.codecs import CodecContext, Decoding
from stadspuls.log import partition_of
from stadspuls.model import Message
from stadspuls.registry import Registry
from streams.births import Births
from streams.check import check
from streams.decode import decode
from streams.faults import rejections
from streams.publish import rejected_records
from tests.stadspuls.codecs.vectors.places import HERE
from tests.streams.test_codec_examples import EXAMPLES, NOW, registry_of

MUTATIONS = int(os.environ.get("STADSPULS_MUTATIONS", "2000"))
LARGEST = 65_536
"""What comes in at most; larger messages are cut before and never decoded."""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return registry_of(tmp_path_factory.mktemp("city"), EXAMPLES)


class Complaints:
    """Keeps what the step says of codecs that broke."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def exception(self, event: str, **facts: object) -> None:
        self.said.append(f"{event} {facts}: {sys.exception()!r}")


@pytest.fixture(autouse=True)
def complaints(monkeypatch: pytest.MonkeyPatch) -> Iterator[Complaints]:
    """The step survives a codec that breaks, and none may."""
    complaints = Complaints()
    monkeypatch.setattr("streams.decode._log", complaints)
    yield complaints
    assert complaints.said == []


def work(message: Message, registry: Registry, births: Births) -> None:
    """Through decoding and checking, and the rejections into their records."""
    route = registry.route(message.topic)
    assert route is not None
    partition = partition_of(route.dataset.name, 4)
    readings, faults = decode([message], registry, partition, 4, births)
    kept, impossible = check(readings, registry)
    assert all(-(2**63) < reading.observed_at < 2**63 for reading in kept)
    rejected_records(rejections([*faults, *impossible], [message], partition, 0, NOW), 0, "v")


def topic_of(codec: str) -> str:
    (topic,) = [given.message.topic for given in EXAMPLES if given.codec == codec]
    return topic


def seeds(codec: str) -> list[bytes]:
    """Payloads that a mutation begins with."""
    found = [given.message.payload for given in EXAMPLES if given.codec == codec]
    if codec == "the-things-stack":
        uplinks = json.loads((HERE / "the-things-stack-v3" / "uplinks-from-vectors.json").read_text())
        found += [json.dumps(uplink["payload"]).encode() for uplink in uplinks]
    return found


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """A payload with a few bytes changed, put in, taken out or repeated."""
    changed = bytearray(payload)
    for _ in range(chance.randint(1, 6)):
        place = chance.randint(0, len(changed))
        end = min(len(changed), place + chance.choice((0, 1, 1, 2, 8, 40)))
        piece = chance.choice(
            (
                chance.randbytes(chance.randint(0, 4)),
                bytes(changed[place:end]) * chance.randint(0, 3),
                chance.choice((b"null", b"1e999", b"-1", b'"', b"{", b"[[", b"9" * 30, b"\xff", b"\\ud800", b"true")),
            )
        )
        changed[place:end] = piece
    return bytes(changed[:LARGEST])


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("codec", sorted(given.codec for given in EXAMPLES))
def test_changed_payloads_break_no_codec(codec: str, registry: Registry) -> None:
    chance = random.Random(codec)  # noqa: S311 - the same every time, and no secret
    births, given_ = Births(), seeds(codec)
    for _ in range(MUTATIONS):
        work(Message(topic_of(codec), mutated(chance.choice(given_), chance), NOW), registry, births)


def test_a_codec_that_breaks_would_be_seen(
    registry: Registry, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topic_of("homie")
    route = registry.route(topic)
    assert route is not None

    def broken(payload: bytes, context: CodecContext) -> Decoding:
        raise IndexError

    monkeypatch.setattr(registry, "route", lambda topic: replace(route, read=broken))
    work(Message(topic, b"", NOW), registry, Births())
    assert "IndexError" in complaints.said.pop()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize("codec", sorted(given.codec for given in EXAMPLES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(payload=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_and_any_json_break_no_codec(codec: str, registry: Registry, payload: bytes) -> None:
    work(Message(topic_of(codec), payload, NOW), registry, Births())


@pytest.mark.parametrize("codec", sorted(given.codec for given in EXAMPLES))
@pytest.mark.parametrize(
    "payload",
    [
        b"[" * LARGEST,
        b'{"a":' * (LARGEST // 5),
        b"\x81" * LARGEST,
        b"\x9f" * LARGEST,
        b"\x12\x00" * (LARGEST // 2),
        b"[" + b'{"n":"a","v":1},' * 4000 + b'{"n":"a","v":1}]',
        b"9" * LARGEST,
        b"1e" + b"9" * 60_000,
        b'{"sensordatavalues":[' + b'{"value_type":"P1","value":"1e5"},' * 1900 + b'{"value_type":"P1","value":"1"}]}',
        b"\0" * LARGEST,
    ],
    ids=range(10),
)
def test_the_largest_payloads_break_no_codec(codec: str, payload: bytes, registry: Registry) -> None:
    work(Message(topic_of(codec), payload, NOW), registry, Births())
