"""Publishing with QoS 1 to brokers that misbehave."""

import socket
import threading

import pytest

from stadspuls.errors import BrokerError
from stadspuls.publisher import Publisher
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import free_port
from tests.simulators.listener import MisbehavingBroker, Session, wait_for

MESSAGES = [b"%d" % number for number in range(50)]


@pytest.fixture
def settings() -> Settings:
    """A broker's address where nothing listens."""
    return load_settings(None, mqtt_port=free_port())


def reach(broker: MisbehavingBroker) -> Settings:
    return load_settings(None, mqtt_port=broker.port)


def send_all(settings: Settings, in_flight: int = 10) -> Publisher:
    with Publisher(settings, "test", threading.Event(), in_flight=in_flight, give_up_after=20) as publisher:
        for message in MESSAGES:
            assert publisher.publish("a/b/c", message)
        assert publisher.drain(20)
    return publisher


def test_every_message_is_acknowledged() -> None:
    with MisbehavingBroker([Session()]) as broker:
        publisher = send_all(reach(broker))
        assert [arrived.payload for arrived in broker.arrived] == MESSAGES
    assert publisher.sent == publisher.acknowledged == len(MESSAGES)


def test_what_was_not_acknowledged_is_sent_again_in_order_before_anything_new() -> None:
    with MisbehavingBroker([Session(read=20, acknowledge=15), Session(read=3, acknowledge=0), Session()]) as broker:
        publisher = send_all(reach(broker))
        third = [arrived for arrived in broker.arrived if arrived.connection == 2]
    # 15 are acknowledged at most: the closing connection may swallow some of their acknowledgements.
    begin = MESSAGES.index(third[0].payload)
    assert begin <= 15
    assert [arrived.payload for arrived in third] == MESSAGES[begin:]
    assert third[0].again
    assert not third[-1].again
    assert publisher.acknowledged == len(MESSAGES)


def test_no_more_than_allowed_are_in_flight() -> None:
    stop = threading.Event()
    with MisbehavingBroker([Session(acknowledge=0)]) as broker:
        publisher = Publisher(reach(broker), "test", stop, in_flight=7)
        sent = [publisher.publish("a/b/c", message) for message in MESSAGES[:7]]
        wait_for(lambda: len(broker.arrived) == 7)
        stop.set()
        assert [*sent, publisher.publish("a/b/c", b"one more")] == [True] * 7 + [False]
    assert len(broker.arrived) == 7


def test_an_absent_broker_is_told_in_one_line(settings: Settings) -> None:
    publisher = Publisher(settings, "test", threading.Event(), give_up_after=0.2)
    with pytest.raises(BrokerError, match=rf"^no MQTT broker at 127.0.0.1:{settings.mqtt_port} \(connection refused\)"):
        publisher.publish("a/b/c", b"")


def test_a_broker_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = load_settings(None, mqtt_port=silent.getsockname()[1])
        with (
            pytest.raises(BrokerError, match="no answer"),
            Publisher(settings, "test", threading.Event(), give_up_after=0.3) as publisher,
        ):
            publisher.publish("a/b/c", b"")


def test_a_refused_account_is_told_at_once() -> None:
    with MisbehavingBroker([Session(code=5)]) as broker:
        publisher = Publisher(reach(broker), "test", threading.Event(), give_up_after=60)
        with pytest.raises(BrokerError, match=r"refused: not authori[sz]ed"):
            publisher.publish("a/b/c", b"")


def test_without_a_deadline_it_waits_until_the_broker_lets_it_in() -> None:
    sessions = [Session(code=3), Session(code=3), Session()]
    with MisbehavingBroker(sessions) as broker, Publisher(reach(broker), "test", threading.Event()) as publisher:
        assert publisher.publish("a/b/c", b"here")
        assert publisher.drain(20)
    assert [arrived.connection for arrived in broker.arrived] == [2]


def test_stop_ends_the_wait_for_an_absent_broker(settings: Settings) -> None:
    stop = threading.Event()
    stop.set()
    with Publisher(settings, "test", stop) as publisher:
        assert not publisher.publish("a/b/c", b"")
        assert not publisher.connect()
    assert publisher.sent == 0


def test_after_a_pause_the_same_connection_serves() -> None:
    with MisbehavingBroker([Session()]) as broker, Publisher(reach(broker), "test", threading.Event()) as publisher:
        assert publisher.connect()
        publisher.pump(0.3)
        assert publisher.publish("a/b/c", b"still there")
        assert publisher.drain(10)
    assert [arrived.connection for arrived in broker.arrived] == [0]
