"""The door on the real Kafka: killed, or with Kafka killed under it, it loses nothing that it has accepted."""

import gc
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.running import Running
from stadspuls.log import partition_of
from stadspuls.log.admin import ensure_topics
from stadspuls.settings import Profile, Settings, load_settings
from tests.deploy.brokers import until
from tests.ingest.door.process import Device, DoorProcess, await_more, door
from tests.ingest.stage import Arrivals, arrivals, first_seen
from tests.real.serving import StartServer

# kafka-python forgets the sockets of failed attempts to connect; the garbage collector closes them.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def forgotten_sockets() -> Iterator[None]:
    yield
    # While the warning is still expected.
    gc.collect()


@pytest.fixture
def kafka(start_server: StartServer) -> Running:
    return start_server("kafka")


@pytest.fixture
def settings(kafka: Running, tmp_path: Path) -> Settings:
    settings = load_settings(
        None,
        profile=Profile.REAL,
        kafka_bootstrap=str(kafka.address),
        topic_prefix=f"t{uuid.uuid4().hex[:12]}",
        data_dir=tmp_path / "data",
    )
    ensure_topics(settings)
    return settings


def started(running: DoorProcess) -> list[Device]:
    devices = [Device(running, f"device-{number}") for number in range(3)]
    for device in devices:
        device.start()
    return devices


def await_everything(devices: list[Device], found: Arrivals) -> None:
    for device in devices:
        device.enough.set()
        device.join(60)
    wanted = {payload for device in devices for payload in device.accepted}
    until(lambda: wanted <= set(found.read().payloads), "everything accepted", 120)
    for device in devices:
        mine = set(device.accepted)
        assert [payload for payload in first_seen(found.payloads) if payload in mine] == device.accepted
    assert {partition for partition, _, _ in found.frames} == {partition_of("gent/parking", 8)}
    print(f"accepted {len(wanted)}, arrived {len(found.payloads)}")


@pytest.mark.timeout(400)
def test_a_door_that_is_killed_loses_nothing(settings: Settings) -> None:
    with arrivals(settings) as found, door(settings) as running:
        devices = started(running)
        for _ in range(4):
            await_more(devices)
            running.kill()
            running.start()
        await_more(devices)
        await_everything(devices, found)


@pytest.mark.timeout(400)
def test_a_kafka_that_is_killed_costs_nothing_and_devices_are_served_meanwhile(
    settings: Settings, kafka: Running
) -> None:
    with door(settings) as running:
        devices = started(running)
        await_more(devices)
        kafka.kill()
        away_until = time.monotonic() + 8
        await_more(devices)
        time.sleep(max(0.0, away_until - time.monotonic()))
        running.kill()
        running.start()
        await_more(devices)
        kafka.start()
        await_more(devices)
        # Only now, so that this process has no connection that Kafka could break.
        with arrivals(settings) as found:
            await_everything(devices, found)
