"""The chart's processes on the real servers, as the chart starts them: two bridges, two APIs, a city that moves."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.servers.running import Running
from stadspuls.clock import now_us, rfc3339
from stadspuls.keys import KeyFile, Scope
from stadspuls.log import Topics, decode_messages
from tests.deploy.helm.chart import Helm, Rendered
from tests.deploy.helm.tools import helm_program
from tests.platform.running import eventually
from tests.real.charted import Charted, Pod
from tests.real.serving import token_of

# The first run on a machine builds Helm.
pytestmark = pytest.mark.timeout(900)

LIMIT = 60.0
PREFIX = "charted"
GENT, BRUGGE, KORTRIJK = "gent/parking/P1", "brugge/parking/car-park-1", "kortrijk/parking/car-park-1"
PODS = {
    "bridge-gent": "StatefulSet",
    "bridge-rest": "StatefulSet",
    "streams": "StatefulSet",
    "sink": "Deployment",
    "archive": "Deployment",
    "door": "StatefulSet",
    "simulators": "Deployment",
}
APIS = ("api", "api")
"""Two of them, on one folder."""
BRIDGES = "bridges[0].name=gent,bridges[0].cities={gent},bridges[1].name=rest,bridges[1].others=true"


@dataclass(frozen=True)
class World:
    """What runs."""

    charted: Charted
    pods: dict[str, Pod]
    apis: list[Pod]
    key: str
    mqtt: int
    kafka: str
    ending: ExitStack

    def latest(self, api: Pod, dataset: str) -> dict[str, float]:
        answer = httpx.get(f"http://127.0.0.1:{api.ports['http']}/{dataset}/latest", trust_env=False)
        return {each["sensor"]: each["value"] for each in answer.raise_for_status().json()["observations"]}

    def send(self, topic: str, value: int) -> None:
        message = json.dumps({"time": rfc3339(now_us()), "vacantSpaces": value})
        line = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt), "-q", "1", "-t", topic, "-m", message]
        subprocess.run(line, check=True, timeout=LIMIT)

    def carried(self, topic: str) -> list[int]:
        """Every value of a sensor that a bridge has brought to Kafka, in order."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest", enable_auto_commit=False)
        try:
            places = [TopicPartition(Topics(PREFIX).messages, number) for number in range(8)]
            ends = consumer.end_offsets(places)
            consumer.assign(places)
            found: list[int] = []
            while any(consumer.position(place) < ends[place] for place in places):
                for records in consumer.poll(200).values():
                    messages = [each for record in records for each in decode_messages(record.value).messages]
                    found += [json.loads(each.payload)["vacantSpaces"] for each in messages if each.topic == topic]
            return found
        finally:
            consumer.close()


@pytest.fixture(scope="module")
def world(
    mosquitto: Running, kafka: Running, influxdb: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("charted")
    values = {
        "kafka.bootstrap": str(kafka.address),
        "kafka.topicPrefix": PREFIX,
        "kafka.partitions": "8",
        "influxdb.url": f"http://{influxdb.address}",
        "influxdb.bucket": PREFIX,
        "mqtt.host": "127.0.0.1",
        "mqtt.port": str(mosquitto.port),
        "keysSecret": "keys",
        "door.enabled": "true",
    }
    told = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    rendered = Rendered(Helm(helm_program()).rendered("small-city", *told, "--set", BRIDGES))
    key = KeyFile(folder / "keys.json").make("kortrijk", [Scope.INGEST])
    secrets = {
        "influxdb/token": token_of(influxdb),
        "mqtt-bridge/username": "bridge",
        "mqtt-bridge/password": "any",
        "mqtt-bridge/client-id": "charted-bridges",
        "mqtt-sending/username": "sending",
        "mqtt-sending/password": "any",
        "keys/keys.json": (folder / "keys.json").read_text(),
    }
    charted = Charted(rendered, folder, secrets)
    with ExitStack() as ending:
        assert "messages" in charted.pod("Job", "setup").ends()
        pods = {name: ending.enter_context(charted.pod(kind, name).running()) for name, kind in PODS.items()}
        apis = [ending.enter_context(charted.pod("Deployment", name).running()) for name in APIS]
        yield World(charted, pods, apis, key, mosquitto.port, str(kafka.address), ending)


def test_each_pod_is_ready_by_its_own_probes(world: World) -> None:
    for pod in (*world.pods.values(), *world.apis):
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            eventually(lambda pod=pod, probe=probe: pod.answers(probe), LIMIT)  # type: ignore[misc]


def test_readings_of_every_bridge_and_the_door_reach_every_api(world: World) -> None:
    world.send(GENT, 401)
    world.send(BRUGGE, 402)
    message = {"time": rfc3339(now_us()), "vacantSpaces": 403}
    door = f"http://127.0.0.1:{world.pods['door'].ports['http']}/{KORTRIJK}"
    answer = httpx.post(door, json=message, headers={"Authorization": f"Bearer {world.key}"}, trust_env=False)
    assert answer.status_code == 202, answer.text
    for api in world.apis:
        eventually(lambda api=api: 401 in world.latest(api, "gent/parking").values(), LIMIT)  # type: ignore[misc]
    for topic, value in ((GENT, 401), (BRUGGE, 402), (KORTRIJK, 403)):
        eventually(lambda topic=topic, value=value: value in world.carried(topic), LIMIT)  # type: ignore[misc]
        assert world.carried(topic).count(value) == 1


def test_a_city_that_moves_to_another_bridge_is_carried_once_and_in_order(world: World) -> None:
    for value in range(100, 130):
        world.send(GENT, value)
    assert world.pods["bridge-gent"].stop() == 0
    for value in range(130, 160):
        world.send(GENT, value)
    moved = world.charted.pod("StatefulSet", "bridge-gent")
    moved.name = "bridge-elsewhere"
    world.pods["bridge-gent"] = world.ending.enter_context(moved.running())
    for value in range(160, 190):
        world.send(GENT, value)

    def arrived() -> list[int] | None:
        found = [value for value in world.carried(GENT) if 100 <= value < 190]
        return found if len(found) >= 90 else None

    assert eventually(arrived, LIMIT) == list(range(100, 190))


def test_what_is_stopped_ends_by_itself(world: World) -> None:
    running = [*world.pods.values(), *world.apis]
    codes = {pod.name: pod.stop() for pod in running}
    assert set(codes.values()) == {0}, {name: pod.log.read_text()[-500:] for name, pod in world.pods.items()}
