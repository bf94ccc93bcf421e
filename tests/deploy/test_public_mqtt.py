"""The public broker: apart from the sensors', within limits, and only with Mosquitto."""

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cli.probe import trouble
from deploy import public_mqtt
from deploy.accounts.certificates import sign_server
from deploy.public_mqtt import PACKET_LIMIT, public_mqtt_command, public_mqtt_configuration, require_mosquitto
from deploy.servers.ports import free_port
from stadspuls.errors import StartError
from stadspuls.public_broker import Access, read_access
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import answers, running, until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, public_mqtt_port=free_port(), public_mqtt_connections=3, data_dir=tmp_path / "data")


@pytest.fixture
def broker(settings: Settings) -> Iterator[Settings]:
    """It runs."""
    try:
        command = public_mqtt_command(settings)
    except StartError:
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
    process = subprocess.Popen(command)
    try:
        until(lambda: answers(settings.public_mqtt_port), "the public broker", 60)
        yield settings
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def connected(port: int, name: str = "", account: Access | None = None, clean: bool = True) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=clean, protocol=mqtt.MQTTv311)
    if account:
        client.username_pw_set(account.username, account.password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        until(client.is_connected, "a connection", 60)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def test_nobody_gets_at_the_bridges_session_by_way_of_it(broker: Settings, tmp_path: Path) -> None:
    (tmp_path / "sensors").mkdir()
    with running("mosquitto", tmp_path / "sensors") as sensors:
        subscribed: list[int] = []
        with connected(sensors.port, "stadspuls-bridge", clean=False) as bridge:
            bridge.on_subscribe = lambda _c, _d, mid, _codes, _p: subscribed.append(mid)
            bridge.subscribe("#", 1)
            until(lambda: subscribed, "SUBACK", 60)
        with connected(sensors.port) as sensor:
            sensor.publish("gent/parking/P1", b"1", qos=1).wait_for_publish(60)
        with connected(broker.public_mqtt_port, "stadspuls-bridge", clean=True) as thief:
            thief.subscribe("#", 1)
        got: list[tuple[str, bytes]] = []
        account = read_access(broker)
        assert account is not None
        with connected(account.port, account=account) as publisher:
            publisher.publish("open/gent/parking/u/1/4/d/k/y/9/P1", b"{}", qos=1, retain=True).wait_for_publish(60)
        back = mqtt.Client(CallbackAPIVersion.VERSION2, "stadspuls-bridge", clean_session=False, protocol=mqtt.MQTTv311)
        back.on_message = lambda _c, _d, message: got.append((message.topic, bytes(message.payload)))
        back.connect("127.0.0.1", sensors.port)
        back.loop_start()
        with connected(sensors.port) as sensor:
            sensor.publish("gent/parking/P1", b"2", qos=1).wait_for_publish(60)
        until(lambda: len(got) >= 2, "what waited, and the next", 60)
        back.disconnect()
        back.loop_stop()
        # Nothing that was published for everyone has come in as if a sensor had said it.
        assert got == [("gent/parking/P1", b"1"), ("gent/parking/P1", b"2")]


def greeted(connection: socket.socket) -> bool:
    """Say who we are (MQTT 3.1.1, section 3.1); whether the broker answers."""
    connection.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
    try:
        return connection.recv(4) == b"\x20\x02\x00\x00"
    except ConnectionError:
        return False


def test_when_it_is_full_the_publisher_comes_in_all_the_same(broker: Settings) -> None:
    taken: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        # A Mosquitto may count a few too many as gone; see `limit_files`.
        while len(taken) < broker.public_mqtt_connections + 20:
            one = stack.enter_context(socket.create_connection(("127.0.0.1", broker.public_mqtt_port), timeout=60))
            if not greeted(one):
                break
            taken.append(one)
        assert broker.public_mqtt_connections <= len(taken) < broker.public_mqtt_connections + 20
        account = read_access(broker)
        assert account is not None
        with connected(account.port, account=account) as publisher:
            publisher.publish("open/last", b"1", qos=1).wait_for_publish(60)


def test_a_packet_beyond_the_limit_ends_its_connection(broker: Settings) -> None:
    lost: list[str] = []
    with connected(broker.public_mqtt_port) as client:
        client.on_disconnect = lambda _c, _d, _f, code, _p: lost.append(str(code))
        client.publish("open/x", b"x" * PACKET_LIMIT)
        until(lambda: lost, "the end of the connection", 60)


def test_its_configuration_keeps_nothing_and_speaks_of_no_password(settings: Settings, tmp_path: Path) -> None:
    lines = public_mqtt_configuration(settings, tmp_path, 2884).splitlines()
    public, publisher = (
        lines.index(f"listener {settings.public_mqtt_port} 127.0.0.1"),
        lines.index("listener 2884 127.0.0.1"),
    )
    assert lines[0] == "per_listener_settings true"
    assert {"allow_anonymous true", "max_connections 3", "max_qos 0"} <= set(lines[public:publisher])
    assert {"allow_anonymous false", f"password_file {tmp_path}/passwords"} <= set(lines[publisher:])
    assert "persistence false" in lines


def test_without_mosquitto_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_mqtt, "find_mosquitto", lambda: None)
    with pytest.raises(StartError, match="needs Mosquitto: install the package `mosquitto`"):
        require_mosquitto()
    with pytest.raises(StartError, match="needs Mosquitto"):
        public_mqtt_command(settings)
    assert not (settings.data_dir).exists()


def test_a_citys_own_broker_is_reached_as_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_settings(
        None,
        data_dir=tmp_path,
        public_mqtt_host="mqtt.example",
        public_mqtt_port=8883,
        public_mqtt_username="stadspuls",
        public_mqtt_password="geheim",
    )
    assert not own.own_public_mqtt
    assert read_access(own) == Access("mqtt.example", 8883, "stadspuls", "geheim")


def test_before_its_start_there_is_no_way_to_reach_it(settings: Settings) -> None:
    assert settings.own_public_mqtt
    assert read_access(settings) is None


def test_with_a_certificate_everyone_comes_in_by_tls_alone(tmp_path: Path) -> None:
    file = tmp_path / "web" / "fullchain.pem"
    sign_server(file, ["127.0.0.1"], "the city's own")
    settings = load_settings(
        None,
        public_mqtt_port=free_port(),
        data_dir=tmp_path / "data",
        public_mqtt_tls_cert=str(file),
        public_mqtt_tls_key=str(file),
    )
    assert settings.open_mqtt_url == f"mqtts://127.0.0.1:{settings.public_mqtt_port}"
    try:
        command = public_mqtt_command(settings)
    except StartError:
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
    with subprocess.Popen(command) as process:
        try:
            until(lambda: answers(settings.public_mqtt_port), "the public broker", 60)
            assert trouble(f"mqtts://127.0.0.1:{settings.public_mqtt_port}") is None
            assert trouble(f"mqtt://127.0.0.1:{settings.public_mqtt_port}") is not None
            context = ssl.create_default_context(cafile=str(file.with_name("ca.pem")))
            with socket.create_connection(("127.0.0.1", settings.public_mqtt_port), 60) as plain:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
            access = read_access(settings)
            assert access
            # The publisher's own listener stays as it is, on this machine.
            with connected(access.port, account=access):
                pass
        finally:
            process.kill()


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = load_settings(
        None, public_mqtt_port=free_port(), data_dir=tmp_path, public_mqtt_tls_cert="/none", public_mqtt_tls_key="/none"
    )
    with pytest.raises(StartError, match="There is no /none: STADSPULS_PUBLIC_MQTT_TLS_CERT"):
        public_mqtt_configuration(settings, tmp_path, 1885)
