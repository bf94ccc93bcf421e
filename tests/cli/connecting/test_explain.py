"""`sensor try` says what the pipeline does: the same observations, the same reasons in the same words."""

import random
from collections import Counter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from apis.data.entries import SiteNames, entries
from cli.connecting.explain import Explainer
from cli.connecting.explained import Explanation
from cli.connecting.explained_text import explained_lines
from ingest.bridge import whole_or_cut
from stadspuls.clock import MINUTE, rfc3339
from stadspuls.log import MessageFrame, partition_of
from stadspuls.model import Message, Procedure, Reason
from stadspuls.registry import Registry
from streams.births import Births
from streams.state import PartitionState
from streams.work import finish, prepare
from tests.streams.test_any_payload import mutated, seeds, topic_of
from tests.streams.test_codec_examples import EXAMPLES, NOW, registry_of

BASE = "https://open.example"
CODECS = sorted(given.codec for given in EXAMPLES)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return registry_of(tmp_path_factory.mktemp("city"), EXAMPLES)


class Pipeline:
    """The steps of `streams`, as its worker calls them, on a platform that has published nothing."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._births = Births()

    def work(self, message: Message) -> tuple[list[bytes], list[tuple[Reason, str]], int]:
        """Observations as an API gives them, rejections, repetitions."""
        route = self._registry.route(message.topic)
        partition = partition_of(route.dataset.name if route else message.topic, 4)
        state = PartitionState()
        state.births = self._births
        frame = MessageFrame(1, 0, 0, 1, "v", [message])
        prepared = prepare(frame, self._registry, state, partition, 4)
        got = finish(frame, prepared, {}, self._registry, state, partition=partition, offset=0, now=message.received_at)
        sensed = [o for o in got.observations if o.datastream.procedure is Procedure.SENSED]
        written = entries(sensed, SiteNames(route.dataset, BASE)) if route else []
        return (
            [msgspec.json.encode(entry) for entry in written],
            [(rejection.reason, rejection.detail) for rejection in got.rejections],
            got.repeated.total(),
        )


def agree(told: Explanation, pipeline: Pipeline, message: Message) -> None:
    observations, rejections, repeated = pipeline.work(message)
    assert [msgspec.json.encode(entry) for entry in told.observations] == observations
    assert [(why.reason, why.detail) for why in told.rejections] == rejections
    assert told.repeated == repeated
    _is_one_story(told)
    lines = list(explained_lines(told))
    assert all(line.isprintable() for line in lines)
    assert all(any(why.reason in line for line in lines) for why in told.rejections)
    assert msgspec.json.decode(msgspec.json.encode(told))["outcome"] == told.outcome


def _is_one_story(told: Explanation) -> None:
    """Each value's own way leads to the outcome of the whole."""
    values = told.values or []
    outcomes = Counter(steps.outcome for steps in values)
    alone = {steps.why.reason for steps in values if steps.why is not UNSET}
    alone |= {why.reason for why in told.unusable or []} | (
        {told.refused.reason} if told.refused is not UNSET else set()
    )
    assert {why.reason for why in told.rejections} - {Reason.CONFLICT} == alone
    conflicts = sum(1 for why in told.rejections if why.reason is Reason.CONFLICT)
    published = outcomes["published"] + outcomes["suspect"]
    assert len(told.observations) + told.repeated <= published
    if not conflicts:
        assert len(told.observations) + told.repeated == published
    for steps in values:
        failed = [check for check in steps.checks or [] if not check.passed]
        assert len(failed) == (0 if steps.outcome in ("published", "no new reading") else 1)


@pytest.mark.parametrize("codec", CODECS)
def test_it_agrees_with_the_pipeline_over_changed_payloads(codec: str, registry: Registry) -> None:
    chance = random.Random(codec)  # noqa: S311 - the same every time, and no secret
    explainer, pipeline, given_ = Explainer(registry, BASE, 4), Pipeline(registry), seeds(codec)
    for number in range(400):
        payload = mutated(chance.choice(given_), chance) if number else given_[0]
        message = Message(topic_of(codec), payload, NOW, retained=chance.random() < 0.1)
        agree(explainer.explain(message), pipeline, message)


values = st.none() | st.booleans() | st.integers(-10, 30_000) | st.floats() | st.text(max_size=5)
times = st.sampled_from(
    [
        rfc3339(NOW),
        rfc3339(NOW + 4 * MINUTE),
        rfc3339(NOW + 6 * MINUTE),
        "2026-01-05T09:00:00",
        0,
        "now",
        None,
        1767600000,
    ]
)
names = st.sampled_from(["vacantSpaces", "occupied", "no2", "temperature", "battery", "\x1b[31m"])
topics = st.sampled_from(
    [
        *("kortrijk/parking/market-counter", "kortrijk/parking/space-1", "kortrijk/parking/nobody", "kortrijk/noise/x"),
        *(
            "kortrijk/air-quality/station-1",
            "nowhere/parking/P1",
            "kortrijk",
            "kortrijk/own/market-counter",
            "\x1b/a/b",
        ),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(topic=topics, time=times, fields=st.dictionaries(names, values, max_size=4), retained=st.booleans())
def test_it_agrees_with_the_pipeline_over_any_plain_message(
    registry: Registry, topic: str, time: object, fields: dict[str, object], retained: bool
) -> None:
    message = Message(topic, msgspec.json.encode({"time": time, **fields}), NOW, retained=retained)
    agree(Explainer(registry, BASE, 4).explain(message), Pipeline(registry), message)


def test_what_a_sender_announced_holds_for_its_next_message(registry: Registry) -> None:
    (birth,) = [given.message for given in EXAMPLES if given.codec == "sparkplug-b"]
    data = Message(
        birth.topic.replace("DBIRTH", "DDATA"), bytes.fromhex("088098aee9b8331206100720 0b7001".replace(" ", "")), NOW
    )
    explainer, pipeline = Explainer(registry, BASE, 4), Pipeline(registry)
    for message in (data, birth, data):
        agree(explainer.explain(message), pipeline, message)
    assert explainer.explain(data).outcome != Explainer(registry, BASE, 4).explain(data).outcome


def test_a_message_that_is_too_large_is_told_as_the_pipeline_tells_it(registry: Registry) -> None:
    message = whole_or_cut("kortrijk/parking/market-counter", b" " * 70_000, NOW)
    told = Explainer(registry, BASE, 4).explain(message)
    agree(told, Pipeline(registry), message)
    assert (told.bytes, [why.reason for why in told.rejections]) == (70_000, [Reason.TOO_LARGE])


def text_of(registry: Registry, topic: str, payload: bytes) -> str:
    return "\n".join(explained_lines(Explainer(registry, BASE, 4).explain(Message(topic, payload, NOW))))


@pytest.mark.parametrize(
    ("topic", "payload", "lines"),
    [
        (
            "kortrijk/parking/market-counter",
            b'{"time": "2026-01-05T08:00:00Z", "vacantSpaces": 300}',
            [
                "route        dataset kortrijk/parking, codec json; sensor market-counter from the topic",
                "codec        json reads 1 value",
                "possible ok (0 to 20000), plausible FAILS (0 to 210); suspect",
                '"quality":"suspect"',
            ],
        ),
        (
            "kortrijk/frost/v1.1/Datastreams(7)/Observations",
            b'{"phenomenonTime": "2026-01-05T08:00:00Z", "result": 10.0}',
            [
                "dataset kortrijk/air-quality by source frost, codec sensorthings; the payload names the sensor",
                "7: 7 = 10.0, observed 2026-01-05T08:00:00Z",
                "translation  7 = 10.0 -> station-1: no2 = 19.13",
                "no2",
            ],
        ),
        (
            "kortrijk/parking/market-counter",
            b'{"time": "2026-01-05T08:00:00", "vacantSpaces": 3}',
            ["codec        json cannot use the message", "rejected     no-time-zone: "],
        ),
        (
            "kortrijk/parking/space-1",
            b'{"time": "2026-01-05T08:00:00Z", "occupied": true}',
            ["published    {", "derived      street vacantSpaces is counted anew"],
        ),
        (
            "kortrijk/parking/nobody",
            b"",
            ["which is not registered", "rejected     unregistered: kortrijk/parking has no sensor 'nobody'"],
        ),
        ("kortrijk/x", b"", ["route        none", "rejected     unregistered: no dataset and no source"]),
    ],
)
def test_the_steps_are_told_in_order(registry: Registry, topic: str, payload: bytes, lines: list[str]) -> None:
    text = text_of(registry, topic, payload)
    places = [text.find(line) for line in lines]
    assert -1 not in places, text
    assert places == sorted(places), text
