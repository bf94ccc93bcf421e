"""Each server starts, answers, and keeps its data over kill -9."""

import http.client
import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from deploy.servers import versions
from deploy.servers.influxdb import token_file
from deploy.servers.ports import free_port
from deploy.servers.running import Running
from stadspuls.settings import ROOT, Settings
from tests.real.serving import StartServer, installed, token_of

ANSWER_LIMIT = 30.0
NAMES = ("mosquitto", "kafka", "influxdb")


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + ANSWER_LIMIT
    while not (found := look()):
        assert time.monotonic() < deadline, f"not so within {ANSWER_LIMIT} s; last seen: {found!r}"
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_server_starts_answers_is_held_goes_on_and_stops(start_server: StartServer, name: str) -> None:
    running = start_server(name)
    assert running.ready()
    process = psutil.Process(running.pid)
    running.pause()
    eventually(lambda: process.status() == psutil.STATUS_STOPPED)
    running.resume()
    eventually(running.ready)
    running.stop()
    assert not running.running
    assert not running.ready()
    assert not psutil.pid_exists(process.pid)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_installed_is_not_installed_again(name: str, request: pytest.FixtureRequest) -> None:
    said: list[str] = []
    installed(name, request).install(said.append)
    assert said == []


def publish(running: Running, topic: str, payload: str) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", running.port)
    client.loop_start()
    client.publish(topic, payload, qos=1).wait_for_publish(ANSWER_LIMIT)
    client.disconnect()
    client.loop_stop()


def session(running: Running, take: Callable[[str], None]) -> Client:
    """A session that stays, with a subscription, as the bridge has."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="keeper", clean_session=False)

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        take(message.payload.decode())

    client.on_message = on_message
    client.on_connect = lambda client, *_: client.subscribe("gent/#", qos=1)
    client.connect("127.0.0.1", running.port)
    client.loop_start()
    return client


def test_mosquitto_keeps_what_waits_for_an_absent_session(start_server: StartServer) -> None:
    running = start_server("mosquitto")
    subscribed: list[int] = []
    keeper = session(running, lambda _payload: None)
    keeper.on_subscribe = lambda *_: subscribed.append(1)
    eventually(lambda: subscribed)
    keeper.disconnect()
    keeper.loop_stop()
    publish(running, "gent/parking/P1", "kept")
    database = running.folder / "mosquitto.db"
    eventually(lambda: database.exists() and b"kept" in database.read_bytes())
    running.kill()
    running.start()
    heard: list[str] = []
    keeper = session(running, heard.append)
    eventually(lambda: heard)
    keeper.disconnect()
    keeper.loop_stop()
    assert heard == ["kept"]


def test_kafka_keeps_what_it_acknowledged(start_server: StartServer) -> None:
    running = start_server("kafka")
    address = str(running.address)
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    sent = [producer.send("kept", str(number).encode()) for number in range(1000)]
    producer.flush()
    assert all(one.succeeded() for one in sent)
    producer.close()
    running.kill()
    running.start()
    consumer = KafkaConsumer(bootstrap_servers=address)
    consumer.assign([TopicPartition("kept", 0)])
    consumer.seek_to_beginning()
    kept: list[bytes] = []

    def read_all() -> bool:
        kept.extend(record.value for records in consumer.poll(200).values() for record in records)
        return len(kept) >= 1000

    eventually(read_all)
    consumer.close()
    assert kept == [str(number).encode() for number in range(1000)]


def test_kafka_makes_no_topic_that_nobody_made(kafka: Running) -> None:
    admin = KafkaAdminClient(bootstrap_servers=str(kafka.address))
    admin.describe_topics(["mistyped"])
    assert "mistyped" not in admin.list_topics()
    admin.close()


def ask(running: Running, method: str, path: str, body: str = "", token: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=ANSWER_LIMIT)
    try:
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/vnd.flux"}
        connection.request(method, path, body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_influxdb_keeps_what_it_answered(start_server: StartServer) -> None:
    running = start_server("influxdb")
    token = token_of(running)
    where = "org=stadspuls&bucket=stadspuls"
    status, _ = ask(running, "POST", f"/api/v2/write?{where}", "kept value=42.5 1700000000000000000", token)
    assert status == 204
    running.kill()
    running.start()
    assert token_of(running) == token
    query = 'from(bucket: "stadspuls") |> range(start: 2023-11-14T00:00:00Z, stop: 2023-11-15T00:00:00Z)'
    status, answer = ask(running, "POST", "/api/v2/query?org=stadspuls", query, token)
    assert status == 200
    assert "42.5" in answer


def test_influxdb_is_the_version_that_is_named_and_lets_nobody_in_without_token(influxdb: Running) -> None:
    health = json.loads(ask(influxdb, "GET", "/health")[1])
    assert health["version"] == f"v{versions.INFLUXDB}"
    assert ask(influxdb, "GET", "/api/v2/buckets")[0] == 401
    assert ask(influxdb, "GET", "/api/v2/buckets", token=token_of(influxdb))[0] == 200


def test_only_the_owner_may_read_the_token_and_no_log_holds_it(influxdb: Running) -> None:
    token = token_of(influxdb)
    assert len(token) > 40
    assert stat.S_IMODE(token_file(influxdb.folder).stat().st_mode) == 0o600
    assert token not in influxdb.log.read_text()
    assert token not in " ".join(psutil.Process(influxdb.pid).cmdline())


def test_settings_of_a_test_lead_to_the_servers(real_settings: Settings, influxdb: Running) -> None:
    assert real_settings.store == "influx"
    assert real_settings.influx_token.get_secret_value() == token_of(influxdb)
    assert real_settings.partitions == 8


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    installed("mosquitto", request)
    code = (
        "import pathlib, sys, time\n"
        "from deploy.servers.mosquitto import Mosquitto\n"
        "from deploy.servers.running import Running\n"
        "from stadspuls.settings import load_settings\n"
        "one = Running(Mosquitto(load_settings(None, profile='real')), pathlib.Path(sys.argv[1]), int(sys.argv[2]))\n"
        "one.start()\n"
        "print(one.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(free_port())], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner.stdout:
        pid = int(owner.stdout.readline())
    assert psutil.pid_exists(pid)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    eventually(lambda: not psutil.pid_exists(pid))
