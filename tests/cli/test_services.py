"""Which processes a platform consists of, and what environment they get."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from cli.services import SERVICES, api_ready, environment_of, platform, port_answers, reachable
from stadspuls.settings import load_settings, setting_sources


def names(**flags: object) -> list[str]:
    return [spec.name for spec in platform(load_settings(None, **flags), {})]


def test_the_embedded_platform_is_all_of_them_in_order() -> None:
    assert names() == ["kafka", "bridge", "mqtt", "sink", "streams", "api", "archive", "simulators", "replays"]


def test_without_simulation_nothing_makes_data() -> None:
    assert names(simulate=False) == ["kafka", "bridge", "mqtt", "sink", "streams", "api", "archive"]


def test_the_door_opens_where_it_has_a_port_and_hangs_on_an_embedded_kafka() -> None:
    assert "door" not in names()
    specs = {spec.name: spec for spec in platform(load_settings(None, door_port=8090, simulate=False), {})}
    assert specs["door"].needs == ("kafka",)
    assert specs["door"].stop_order < specs["streams"].stop_order


def test_pollers_run_where_they_are_wanted_and_a_city_names_an_api() -> None:
    def run(poll: bool, polls: bool) -> bool:
        specs = platform(load_settings(None, poll=poll, simulate=False), {}, polls=polls)
        return "pollers" in [spec.name for spec in specs]

    assert [run(poll, polls) for poll in (False, True) for polls in (False, True)] == [False, False, False, True]


def test_a_kafka_of_ones_own_is_used_and_nothing_is_tied_to_an_embedded_one() -> None:
    specs = platform(load_settings(None, kafka_bootstrap="127.0.0.1:9092"), {})
    assert "kafka" not in {spec.name for spec in specs}
    assert not any(spec.needs for spec in specs)


def test_the_real_profile_starts_no_brokers() -> None:
    assert names(profile="real") == ["bridge", "sink", "streams", "api", "archive", "simulators", "replays"]


def test_streams_may_run_several_times_and_stop_together() -> None:
    specs = {spec.name: spec for spec in platform(load_settings(None, profile="real", workers=2, simulate=False), {})}
    assert list(specs) == ["bridge", "sink", "streams-1", "streams-2", "api", "archive"]
    assert specs["streams-1"].stop_order == specs["streams-2"].stop_order < specs["sink"].stop_order
    assert specs["streams-2"].argv[-4:] == ("run", "streams", "--name", "streams-2")


def test_they_stop_in_the_order_of_the_data() -> None:
    specs = platform(load_settings(None, public_mqtt_port=2883, door_port=8090, poll=True), {}, polls=True)
    stopped = [spec.name for spec in sorted(specs, key=lambda spec: spec.stop_order)]
    data = ["pollers", "simulators", "replays", "door", "bridge", "streams", "sink"]
    assert stopped == [*data, "publisher", "archive", "api", "public-mqtt", "mqtt", "kafka"]
    assert set(stopped) == set(SERVICES)


def test_open_data_go_to_a_public_broker_of_our_own_or_a_citys() -> None:
    ours = names(profile="real", simulate=False, public_mqtt_port=2883)
    assert ours == ["bridge", "sink", "streams", "api", "public-mqtt", "publisher", "archive"]
    theirs = names(profile="real", simulate=False, public_mqtt_port=2883, public_mqtt_username="stadspuls")
    assert theirs == ["bridge", "sink", "streams", "api", "publisher", "archive"]


def test_a_child_sees_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STADSPULS_SEED", "7")
    (tmp_path / ".env").write_text("STADSPULS_LOG_LEVEL=debug\nSTADSPULS_HTTP_PORT=9000\n")
    flags = {"http_port": 8090, "data_dir": Path("data"), "simulate": False}
    ours = load_settings(**flags)  # type: ignore[arg-type]
    environment = environment_of(ours, setting_sources(**flags), tmp_path)  # type: ignore[arg-type]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    theirs = load_settings()
    assert theirs == ours.model_copy(update={"data_dir": tmp_path / "data"})
    assert environment["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path)


def test_secrets_do_not_wander_into_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    monkeypatch.setenv("STADSPULS_MQTT_PASSWORD_FILE", str(secret))
    settings = load_settings(None)
    assert settings.mqtt_password.get_secret_value() == "geheim"
    assert "geheim" not in str(environment_of(settings, setting_sources(None), tmp_path))


class _Health(BaseHTTPRequestHandler):
    status: ClassVar = 503
    body: ClassVar = b'{"detail": "streams has read nothing yet"}'

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def health() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_api_is_ready_when_its_health_says_so(health: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = api_ready("127.0.0.1", health.server_port)
    assert ready() == "/health/ready: streams has read nothing yet"
    monkeypatch.setattr(_Health, "body", b"<html>")
    assert ready() == "/health/ready"
    monkeypatch.setattr(_Health, "status", 200)
    assert ready() is None


def test_a_broker_is_ready_when_its_port_answers(health: HTTPServer) -> None:
    assert port_answers("127.0.0.1", health.server_port)() is None


def test_silence_is_not_readiness(unused_port: int) -> None:
    assert port_answers("127.0.0.1", unused_port)() == f"an answer on port {unused_port}"
    assert api_ready("127.0.0.1", unused_port)() == f"an answer on port {unused_port}"


def test_a_server_on_all_addresses_is_asked_on_the_loopback_one() -> None:
    assert reachable("0.0.0.0") == "127.0.0.1"  # noqa: S104
    assert reachable("192.0.2.7") == "192.0.2.7"


@pytest.fixture
def unused_port() -> int:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        return server.server_port
