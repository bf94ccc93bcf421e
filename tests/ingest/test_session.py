"""What the session does when a broker refuses, falls silent or forgets it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from ingest.frames import Ticket
from ingest.session import MqttSession
from stadspuls.backoff import Backoff
from stadspuls.settings import load_settings
from tests.deploy.brokers import DEADLINE, free_port
from tests.ingest.stub_broker import CONNECT, PINGREQ, PUBACK, SUBSCRIBE, Manners, StubBroker


@pytest.fixture
def broker() -> Iterator[StubBroker]:
    broker = StubBroker(Manners())
    yield broker
    broker.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda _: 0.01)


class Driven:
    """A session that a test steps."""

    def __init__(self, port: int, deaf_seconds: float = 60.0, answer_seconds: float = 10.0) -> None:
        self.got: list[tuple[str, bytes, Ticket | None]] = []
        self.session = MqttSession(
            load_settings(None, mqtt_port=port, mqtt_client_id="bridge-1"),
            lambda topic, payload, _retained, ticket: self.got.append((topic, payload, ticket)),
            deaf_seconds=deaf_seconds,
            answer_seconds=answer_seconds,
        )

    def step_until(self, condition: Callable[[], object], what: str, read: bool = True) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"waited {DEADLINE} s for {what}"
            self.session.step(0.02, read)


@pytest.fixture
def driven(broker: StubBroker) -> Iterator[Driven]:
    driven = Driven(broker.port)
    yield driven
    driven.session.close()


def test_it_keeps_its_session_and_asks_for_every_topic_with_qos_1(broker: StubBroker, driven: Driven) -> None:
    driven.step_until(lambda: broker.of_kind(SUBSCRIBE), "SUBSCRIBE")
    ((_, connect),) = broker.of_kind(CONNECT)
    assert connect.body.startswith(b"\x00\x04MQTT\x04")
    clean_session = connect.body[7] & 2
    assert not clean_session
    assert connect.body.endswith(b"bridge-1")
    ((_, subscribe),) = broker.of_kind(SUBSCRIBE)
    assert subscribe.body[2:] == b"\x00\x01#\x01"


def test_a_message_is_acknowledged_only_when_its_ticket_is_given_back(broker: StubBroker, driven: Driven) -> None:
    broker.manners.publishes = [(7, b"one"), (8, b"two")]
    driven.step_until(lambda: len(driven.got) == 2, "two messages")
    driven.step_until(lambda: len(broker.of_kind(SUBSCRIBE)) == 1, "nothing more")
    assert broker.of_kind(PUBACK) == []
    tickets = [ticket for _, _, ticket in driven.got if ticket]
    assert [ticket.packet_id for ticket in tickets] == [7, 8]
    assert driven.session.acknowledge(tickets[:1]) == 1
    driven.step_until(lambda: broker.of_kind(PUBACK), "PUBACK")
    assert [packet.body for _, packet in broker.of_kind(PUBACK)] == [b"\x00\x07"]


def test_tickets_of_an_earlier_connection_are_void(broker: StubBroker, driven: Driven) -> None:
    broker.manners.publishes = [(7, b"one")]
    driven.step_until(lambda: driven.got, "a message")
    broker.drop()
    driven.step_until(lambda: len(driven.got) == 2, "the message again")
    (_, _, old), (_, _, new) = driven.got
    assert old
    assert new
    assert old.packet_id == new.packet_id
    assert driven.session.acknowledge([old]) == 0
    broker.publish(9, b"two")
    driven.step_until(lambda: len(driven.got) == 3, "another message")
    assert broker.of_kind(PUBACK) == []
    assert driven.session.acknowledge([new]) == 1
    driven.step_until(lambda: broker.of_kind(PUBACK), "PUBACK")
    assert [number for number, _ in broker.of_kind(PUBACK)] == [2]


def test_silence_is_answered_by_subscribing_again(broker: StubBroker) -> None:
    driven = Driven(broker.port, deaf_seconds=0.1)
    driven.step_until(lambda: len(broker.of_kind(SUBSCRIBE)) >= 4, "three more subscriptions")
    driven.session.close()
    assert broker.connections == 1


def test_a_connection_through_which_nothing_comes_is_made_anew(broker: StubBroker) -> None:
    driven = Driven(broker.port, deaf_seconds=0.1, answer_seconds=0.1)
    with capture_logs() as logs:
        driven.step_until(lambda: len(broker.of_kind(SUBSCRIBE)) >= 2, "the first subscriptions")
        broker.manners.answers_subscribe = False
        driven.step_until(lambda: broker.connections >= 3, "new connections")
        broker.manners.answers_subscribe = True
        driven.step_until(lambda: logs[-1]["event"] == "mqtt connected" and len(logs) > 1, "an answer")
    driven.session.close()
    assert [line["event"] for line in logs] == ["mqtt connected", "mqtt connection lost", "mqtt connected"]
    assert logs[1]["why"] == "no answer in 0.1 s"


def test_a_broker_that_does_not_answer_connect_is_tried_again(broker: StubBroker) -> None:
    broker.manners.answers_connect = False
    driven = Driven(broker.port, answer_seconds=0.1)
    driven.step_until(lambda: broker.connections >= 3, "new connections")
    driven.session.close()


@pytest.mark.parametrize("manners", [Manners(connect_code=5), Manners(subscribe_code=128)])
def test_a_refusal_is_logged_once_and_tried_for_ever(manners: Manners) -> None:
    broker = StubBroker(manners)
    driven = Driven(broker.port)
    with capture_logs() as logs:
        driven.step_until(lambda: broker.connections >= 5, "five attempts")
        manners.connect_code, manners.subscribe_code = 0, 1
        driven.step_until(lambda: len(logs) >= 2, "success")
    driven.session.close()
    broker.close()
    assert [line["event"] for line in logs] == ["mqtt broker cannot be used; trying until it can", "mqtt connected"]


def test_nobody_listening_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    driven = Driven(free_port())
    attempts = 0

    def delay(_: Backoff) -> float:
        nonlocal attempts
        attempts += 1
        return 0.001

    monkeypatch.setattr(Backoff, "delay", delay)
    with capture_logs() as logs:
        driven.step_until(lambda: attempts >= 10, "ten attempts")
    driven.session.close()
    assert [line["event"] for line in logs] == ["mqtt broker cannot be used; trying until it can"]


def test_pings_go_out_while_nothing_is_read(broker: StubBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.session.KEEP_ALIVE", 1)
    driven = Driven(broker.port)
    driven.step_until(lambda: broker.of_kind(SUBSCRIBE), "SUBSCRIBE")
    driven.step_until(lambda: broker.of_kind(PINGREQ), "a ping", read=False)
    assert broker.connections == 1
    # No answer was read in time: the connection ends, and there is no other until reading goes on.
    driven.step_until(lambda: driven.session._client.socket() is None, "the end of the connection", read=False)
    for _ in range(5):
        driven.session.step(0.02, read=False)
    assert broker.connections == 1
    driven.step_until(lambda: broker.connections == 2, "a new connection")
    driven.session.close()


def test_another_thread_ends_a_waiting_step(broker: StubBroker, driven: Driven) -> None:
    driven.step_until(lambda: broker.of_kind(SUBSCRIBE), "SUBSCRIBE")
    driven.step_until(lambda: driven.session._state.name == "UP", "SUBACK")
    stepping = threading.Thread(target=driven.session.step, args=(DEADLINE, True))
    stepping.start()
    driven.session.wake()
    stepping.join(DEADLINE / 2)
    assert not stepping.is_alive()


def test_waking_more_often_than_anyone_listens_does_no_harm(driven: Driven) -> None:
    for _ in range(100_000):
        driven.session.wake()
