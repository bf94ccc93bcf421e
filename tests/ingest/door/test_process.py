"""The door as a process that is killed: what it has answered with 202 reaches Kafka, the first copies in order."""

import random
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from stadspuls.log import partition_of
from tests.deploy.brokers import DEADLINE, free_port, until
from tests.ingest.door.process import COMMAND, TOPIC, Device, await_more, door, environment_for
from tests.ingest.stage import Kafka, arrivals, first_seen, running_kafka, settings_for

KILLS = 4


@pytest.fixture(scope="module")
def kafka() -> Iterator[Kafka]:
    with running_kafka() as found:
        yield found


@pytest.mark.timeout(300)
def test_killed_again_and_again_it_loses_nothing_that_it_has_accepted(kafka: Kafka) -> None:
    chance = random.Random(7)  # noqa: S311 - the same moments in every run
    with arrivals(settings_for(kafka)) as found, door(settings_for(kafka)) as running:
        devices = [Device(running, f"device-{number}") for number in range(3)]
        for device in devices:
            device.start()
        for _ in range(KILLS):
            await_more(devices)
            time.sleep(chance.random() / 5)
            running.kill()
            running.start()
        for device in devices:
            device.enough.set()
            device.join(60)
        wanted = {payload for device in devices for payload in device.accepted}
        until(lambda: wanted <= set(found.read().payloads), "everything accepted", 60)
        assert {partition for partition, _, _ in found.frames} == {partition_of("gent/parking", 4)}
        for device in devices:
            mine = set(device.accepted)
            assert [p for p in first_seen(found.payloads) if p in mine] == device.accepted
        print(f"accepted {len(wanted)}, arrived {len(found.payloads)}, kills {KILLS}")


def test_while_kafka_is_silent_it_accepts_by_the_disk_and_a_stop_is_clean(kafka: Kafka) -> None:
    with arrivals(settings_for(kafka)) as found, door(settings_for(kafka)) as running:
        kafka.stall()
        try:
            headers = {"authorization": f"Bearer {running.key}"}
            url = f"http://127.0.0.1:{running.port}/{TOPIC}"
            answer = httpx.post(url, content=b"in the dark", headers=headers, timeout=DEADLINE, trust_env=False)
            assert answer.status_code == 202
        finally:
            kafka.go_on()
        until(lambda: b"in the dark" in found.read().payloads, "the message")
        assert running.stop() == 0


def test_two_doors_do_not_share_a_spool(kafka: Kafka) -> None:
    with door(settings_for(kafka)):
        second = subprocess.run(
            COMMAND,
            env=environment_for(settings_for(kafka), free_port()),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert b"another process uses the spool" in second.stderr
