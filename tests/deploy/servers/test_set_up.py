"""How an InfluxDB is set up at its first start, and what the servers are configured to."""

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.servers import kafka_configuration, mosquitto
from deploy.servers.influxdb import InfluxDB, token_file
from stadspuls.errors import StartError
from stadspuls.settings import Profile, Settings, load_settings


class Stub(HTTPServer):
    """As much of InfluxDB as a set-up sees."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.health = "pass"
        self.new = True
        self.refusal = ""
        self.setups: list[dict[str, Any]] = []


class Answers(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        if self.path == "/health":
            self.reply(200, {"status": self.server.health, "message": "starting"})
        else:
            self.reply(200, {"allowed": self.server.new})

    def do_POST(self) -> None:
        self.server.setups.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.server.refusal:
            self.reply(422, {"message": self.server.refusal})
            return
        self.server.new = False
        self.reply(201, {})

    def reply(self, status: int, document: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings() -> Settings:
    return load_settings(None, profile=Profile.REAL, in_flight=777, influx_org="stad", influx_bucket="puls")


def test_a_new_influxdb_is_set_up_once_with_the_names_of_the_settings(
    stub: Stub, settings: Settings, tmp_path: Path
) -> None:
    server = InfluxDB(settings)
    assert server.awaits(tmp_path, stub.server_port) is None
    assert server.awaits(tmp_path, stub.server_port) is None
    (setup,) = stub.setups
    assert (setup["username"], setup["org"], setup["bucket"]) == ("stadspuls", "stad", "puls")
    assert setup["token"] == server.token(tmp_path)
    assert setup["retentionPeriodSeconds"] == 0
    assert stat.S_IMODE(token_file(tmp_path).stat().st_mode) == 0o600


def test_two_of_them_have_different_tokens(settings: Settings, stub: Stub, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        stub.new = True
        InfluxDB(settings).awaits(folder, stub.server_port)
    one, two = (InfluxDB(settings).token(folder) for folder in folders)
    assert one != two
    assert len({setup["password"] for setup in stub.setups}) == 2


def test_a_set_up_that_was_interrupted_goes_on_with_its_token(stub: Stub, settings: Settings, tmp_path: Path) -> None:
    stub.refusal = "the disk is full"
    with pytest.raises(StartError, match="InfluxDB refuses its set-up: the disk is full"):
        InfluxDB(settings).awaits(tmp_path, stub.server_port)
    stub.refusal = ""
    assert InfluxDB(settings).awaits(tmp_path, stub.server_port) is None
    first, second = stub.setups
    assert first["token"] == second["token"] == InfluxDB(settings).token(tmp_path)


def test_one_that_somebody_else_has_set_up_is_told(stub: Stub, settings: Settings, tmp_path: Path) -> None:
    stub.new = False
    with pytest.raises(StartError, match=r"InfluxDB's token cannot be read from .*token: No such file"):
        InfluxDB(settings).awaits(tmp_path, stub.server_port)


def test_one_that_is_not_healthy_yet_is_waited_for(stub: Stub, settings: Settings, tmp_path: Path) -> None:
    stub.health = "fail"
    assert InfluxDB(settings).awaits(tmp_path, stub.server_port) == "its health: starting"
    assert stub.setups == []


def test_mosquitto_is_bounded_saves_each_second_and_stays_on_the_loopback(settings: Settings, tmp_path: Path) -> None:
    lines = mosquitto.configuration(settings, tmp_path, 1884).splitlines()
    for line in (
        "listener 1884 127.0.0.1",
        "persistence true",
        "autosave_interval 1",
        "max_inflight_messages 777",
        "set_tcp_nodelay true",
        "persistent_client_expiration 7d",
    ):
        assert line in lines
    assert any(line.startswith("max_queued_messages ") for line in lines)
    assert any(line.startswith("max_queued_bytes ") for line in lines)


def test_kafka_is_one_node_that_makes_no_topic_by_itself(settings: Settings, tmp_path: Path) -> None:
    lines = kafka_configuration.configuration(settings, tmp_path, 9192, 9193).splitlines()
    for line in (
        "process.roles=broker,controller",
        "listeners=PLAINTEXT://127.0.0.1:9192,CONTROLLER://127.0.0.1:9193",
        "auto.create.topics.enable=false",
        "transaction.state.log.replication.factor=1",
        "offsets.topic.replication.factor=1",
    ):
        assert line in lines
