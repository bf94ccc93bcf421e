"""A city's account does nothing outside its own tree; real Mosquitto, over TLS."""

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from tests.deploy.accounts.brokers import WAIT, World, connected
from tests.deploy.brokers import until

OUTSIDE = [
    "aalst/parking/P1",
    "aalst",
    "gentbrugge/parking/P1",
    "Gent/parking/P1",
    "/gent/parking/P1",
    "gent /parking/P1",
    "stadspuls/x",
    "x/gent/parking/P1",
    "$SYS/broker/uptime",
    "$CONTROL/dynamic-security/v1",
    "$share/x/aalst/parking/P1",
]
FILTERS = [
    "#",
    "+/#",
    "+/+/+",
    "+/parking/#",
    "aalst/#",
    "aalst/parking/P1",
    "gentbrugge/#",
    "$SYS/#",
    "$share/x/#",
    "$share/x/aalst/#",
    "$share/gent/+/parking/+",
]
VERSIONS = [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5]


@pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5"])
def test_what_it_publishes_outside_reaches_nobody(world: World, version: MQTTProtocolVersion) -> None:
    with (
        world.bridge() as bridge,
        connected(world.settings, "gent", world.gent.password, version=version) as gent,
    ):
        for retain in (False, True):
            for topic in OUTSIDE:
                said = gent.publish(topic, b"outside", retain=retain)
                assert version is MQTTProtocolVersion.MQTTv311 or said == "Not authorized"
        gent.publish("gent/parking/P1", b"inside")
        gent.publish("gent/a/b/c/d", b"deeper")
        until(lambda: len(bridge.got) >= 2, "what it may publish", WAIT)
        assert bridge.got == [("gent/parking/P1", b"inside"), ("gent/a/b/c/d", b"deeper")]
    with world.bridge() as later, world.publisher() as publisher:
        publisher.publish("aalst/parking/P1", b"last")
        until(lambda: later.got, "the next message", WAIT)
        assert later.got == [("aalst/parking/P1", b"last")]  # and nothing that was retained before


@pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5"])
def test_no_filter_shows_what_belongs_to_another(world: World, version: MQTTProtocolVersion) -> None:
    with (
        world.publisher() as publisher,
        connected(world.settings, "aalst", world.aalst.password) as aalst,
        connected(world.settings, "gent", world.gent.password, version=version) as gent,
    ):
        publisher.publish("aalst/parking/P1", b"retained", retain=True)
        gent.subscribe(*FILTERS)
        aalst.publish("aalst/parking/P1", b"live")
        publisher.publish("gentbrugge/parking/P1", b"live")
        publisher.publish("gent/parking/P1", b"own")
        until(lambda: gent.got, "its own message", WAIT)
        publisher.publish("gent/parking/P1", b"own, later")
        until(lambda: ("gent/parking/P1", b"own, later") in gent.got, "its own message", WAIT)
        assert gent.topics() == {"gent/parking/P1"}


def test_what_waited_for_a_session_is_not_shown_to_who_takes_it_over(world: World) -> None:
    with connected(world.settings, "aalst", world.aalst.password, name="shared", clean=False) as aalst:
        aalst.subscribe("aalst/#")
    with world.publisher() as publisher:
        publisher.publish("aalst/parking/P1", b"waits")
        with connected(world.settings, "gent", world.gent.password, name="shared", clean=False) as gent:
            publisher.publish("aalst/parking/P1", b"live")
            gent.subscribe("gent/#")
            publisher.publish("gent/parking/P1", b"own")
            until(lambda: gent.got, "its own message", WAIT)
            assert gent.topics() == {"gent/parking/P1"}


def test_a_will_outside_is_not_said_and_one_inside_is(world: World) -> None:
    with world.bridge() as bridge:
        for will in ("aalst/parking/P1", "gentbrugge/parking/P1", "gent/parking/P1"):
            with connected(world.settings, "gent", world.gent.password, will=will, name=f"gent-{will[:5]}") as gent:
                connection = gent.mqtt.socket()
                assert connection is not None
                connection.close()
        until(lambda: bridge.got, "the will that may be said", WAIT)
        assert bridge.got == [("gent/parking/P1", b"will")]


def test_a_topic_alias_leads_nowhere_else(world: World) -> None:
    five = MQTTProtocolVersion.MQTTv5
    with world.bridge() as bridge, connected(world.settings, "gent", world.gent.password, version=five) as gent:
        assert gent.publish("aalst/parking/P1", b"named", alias=1) == "Not authorized"
        assert gent.publish("", b"by its alias", alias=1) == "Not authorized"
        gent.publish("gent/parking/P1", b"named", alias=2)
        gent.publish("", b"by its alias", alias=2)
        until(lambda: len(bridge.got) >= 2, "what may be said", WAIT)
        assert bridge.got == [("gent/parking/P1", b"named"), ("gent/parking/P1", b"by its alias")]


def test_our_own_processes_do_what_they_are_for_and_no_more(world: World) -> None:
    with world.bridge() as bridge, world.publisher() as publisher:
        bridge.publish("gent/parking/P1", b"the bridge says nothing")
        publisher.subscribe("#")
        publisher.publish("gent/parking/P1", b"a simulated value")
        until(lambda: bridge.got, "the value", WAIT)
        assert bridge.got == [("gent/parking/P1", b"a simulated value")]
        assert publisher.got == []
