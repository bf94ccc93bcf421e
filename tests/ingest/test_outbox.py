"""The real profile's outbox: the spool takes over when Kafka is slow, and Kafka gets everything in order afterwards."""

import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.errors import KafkaTimeoutError
from kafka.future import Future
from structlog.testing import capture_logs

from ingest import outbox, sender
from ingest.frames import Frame
from ingest.outbox import Outbox
from stadspuls.backoff import Backoff
from stadspuls.metrics import SPOOL_AGE, SPOOL_BLOCKED, SPOOL_BYTES
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import until
from tests.ingest.spooled import open_spool, pending, spooled_frame

PARTITIONS = 3


class FakeKafka:
    """Kafka in a test's hands.

    The fate of a send is `take`, `refuse` (the producer gives up, nothing arrives), `lose answer` (it arrives, the
    producer gives up) or a number: the producer gives up, and it arrives after so many further sends.
    """

    def __init__(self, fates: list[str | int] | None = None) -> None:
        self.log: list[tuple[int, bytes]] = []
        self.silent = False
        """Whether sends wait for `speak`."""
        self._fates = deque(fates or [])
        self._late: list[tuple[int, tuple[int, bytes]]] = []
        self._held: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def send(self, partition: int, record: bytes) -> Future:
        future = Future()
        with self._lock:
            if self.silent:
                self._held.append(lambda: self._meet(future, partition, record))
            else:
                self._meet(future, partition, record)
        return future

    def speak(self) -> None:
        with self._lock:
            self.silent = False
            held, self._held = self._held, []
            for send in held:
                send()

    def _meet(self, future: Future, partition: int, record: bytes) -> None:
        fate = self._fates.popleft() if self._fates else "take"
        if fate in {"take", "lose answer"}:
            self.log.append((partition, record))
        elif isinstance(fate, int):
            self._late.append((fate, (partition, record)))
        self.log += [sent for left, sent in self._late if left == 0]
        self._late = [(left - 1, sent) for left, sent in self._late if left > 0]
        if fate == "take":
            future.success(type("Sent", (), {"offset": len(self.log) - 1}))
        else:
            future.failure(KafkaTimeoutError("given up"))

    def first_seen(self, partition: int) -> list[bytes]:
        return list(dict.fromkeys(record for p, record in self.log if p == partition))


class FakeProducer:
    def __init__(self, kafka: FakeKafka) -> None:
        self._kafka = kafka

    def send(self, _topic: str, record: bytes, partition: int, timestamp_ms: int) -> Future:
        return self._kafka.send(partition, record)

    def close(self, timeout: float) -> None:
        """Give up, at once."""


def real(folder: Path) -> Settings:
    return load_settings(None, profile="real", data_dir=folder)


@pytest.fixture(autouse=True, scope="module")
def quick() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backoff, "delay", lambda _: 0.001)
        yield


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeKafka:
    kafka = FakeKafka()
    monkeypatch.setattr(sender, "_producer", lambda _: FakeProducer(kafka))
    return kafka


def made(count: int, first: int = 0, partition: int = 1) -> list[Frame]:
    return [spooled_frame(0, partition, b"frame %d" % number) for number in range(first, first + count)]


def records(frames: list[Frame]) -> list[bytes]:
    return [frame.record for frame in frames]


def put(box: Outbox, frames: list[Frame]) -> None:
    for frame in frames:
        box.put(frame)


def test_while_kafka_answers_nothing_goes_to_the_disk(tmp_path: Path, kafka: FakeKafka) -> None:
    stored: list[Frame] = []
    box = Outbox(real(tmp_path), stored.append)
    frames = made(50)
    put(box, frames)
    until(lambda: len(stored) == 50, "Kafka's answers")
    box.close(5)
    assert kafka.first_seen(1) == records(frames)
    assert list((tmp_path / "spool").glob("*.spool1")) == []


def test_when_kafka_is_slow_frames_are_safe_on_disk_and_sent_first_and_in_order(
    tmp_path: Path, kafka: FakeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SLOW_SECONDS", 0.05)
    stored: list[Frame] = []
    with capture_logs() as logs:
        box = Outbox(real(tmp_path), stored.append)
        kafka.silent = True
        frames = made(20)
        put(box, frames)
        until(lambda: stored == frames, "the spool")
        assert kafka.log == []
        # Behind frames in the spool the next go there at once.
        box._spooler._patience = 60
        more = made(5, first=20)
        put(box, more)
        until(lambda: stored == frames + more, "the spool")
        kafka.speak()
        until(lambda: len(kafka.log) == 25, "Kafka")
        until(
            lambda: "everything in the spool has been sent" in [line["event"] for line in logs], "the end of the spool"
        )
        box.close(5)
    assert kafka.log == [(1, frame.record) for frame in frames + more]
    assert stored == frames + more
    assert [line["event"] for line in logs] == [
        "kafka is slow or away: frames go to the spool",
        "everything in the spool has been sent",
    ]
    spool = open_spool(tmp_path / "spool", partitions=8)
    assert pending(spool, 1) == []
    spool.close()


def test_what_was_spooled_before_a_restart_is_sent_before_what_is_new(
    tmp_path: Path, kafka: FakeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SLOW_SECONDS", 0.01)
    kafka.silent = True
    stored: list[Frame] = []
    first = Outbox(real(tmp_path), stored.append)
    old = made(10)
    put(first, old)
    until(lambda: stored == old, "the spool")
    first.close(0)
    other = FakeKafka()
    monkeypatch.setattr(sender, "_producer", lambda _: FakeProducer(other))
    second = Outbox(real(tmp_path), stored.append)
    new = made(10, first=10)
    put(second, new)
    until(lambda: len(other.log) == 20, "Kafka")
    second.close(5)
    assert other.first_seen(1) == records(old + new)


def test_size_and_age_are_shown(tmp_path: Path, kafka: FakeKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SLOW_SECONDS", 0.01)
    kafka.silent = True
    box = Outbox(real(tmp_path), lambda _: None)
    put(box, made(3))
    until(lambda: value(SPOOL_BYTES) > 100 and value(SPOOL_AGE) > 3600, "the figures")
    kafka.speak()
    until(lambda: value(SPOOL_AGE) == 0, "the figures afterwards")
    box.close(5)


def test_a_spool_that_takes_what_comes_says_so_whatever_was_said_before_its_start(
    tmp_path: Path, kafka: FakeKafka
) -> None:
    SPOOL_BLOCKED.labels("bridge").set(1)
    box = Outbox(real(tmp_path), lambda _: None)
    until(lambda: value(SPOOL_BLOCKED) == 0, "the figure")
    box.close(5)


def value(gauge: object) -> float:
    (metric,) = gauge.collect()  # type: ignore[attr-defined]
    found: float = metric.samples[0].value
    return found


FATES = st.one_of(st.sampled_from(["take", "refuse", "lose answer"]), st.integers(0, 6))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FATES, max_size=40),
    st.lists(st.integers(0, PARTITIONS - 1), min_size=1, max_size=25),
    st.sampled_from([0.0, 0.001, 60.0]),
    st.lists(st.integers(0, 25), max_size=2),
)
def test_each_frame_comes_first_in_its_order_whatever_producers_and_bridges_die(
    fates: list[str | int], partitions: list[int], patience: float, deaths: list[int]
) -> None:
    """Also when a dead producer's send arrives late, behind newer frames: it is a copy then."""
    kafka = FakeKafka(fates)
    frames = [spooled_frame(0, partition, b"frame %d" % place) for place, partition in enumerate(partitions)]
    safe: list[Frame] = []
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(sender, "_producer", lambda _: FakeProducer(kafka))
        patch.setattr(outbox, "SLOW_SECONDS", patience)
        box = Outbox(real(Path(folder)), safe.append)
        for place, frame in enumerate(frames):
            box.put(frame)
            if place in deaths:
                die(box)
                box = Outbox(real(Path(folder)), safe.append)
                # What was not acknowledged MQTT brings again.
                put(box, [one for one in frames[: place + 1] if one not in safe])
        until(lambda: box._lanes.all_sent and box._lanes.all_safe, "Kafka")
        box.close(5)
        box.check()
    for partition in range(PARTITIONS):
        assert kafka.first_seen(partition) == [frame.record for frame in frames if frame.partition == partition]
    assert sorted(frame.record for frame in safe) == sorted(frame.record for frame in frames)


def die(box: Outbox) -> None:
    """End the threads with no time to finish anything."""
    box._lanes.leave()
    box._sender.join(5)
    box._spooler._thread.join(5)
    box._spooler._spool._leave()
