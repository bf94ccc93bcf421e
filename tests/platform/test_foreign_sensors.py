"""Sensors that speak other forms than the own one, from MQTT to the open data, over the death of the worker too."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stadspuls.clock import now_us
from stadspuls.codecs.sparkplug_wire import Payload
from tests.platform.running import Platform, eventually
from tests.streams.test_codec_examples import EXAMPLES, registry_of

CHOSEN = ("the-things-stack", "sensor-community", "homie", "python", "jmespath")
"""Examples of the documentation that say nothing of the same instant of the same sensor."""
TOPIC = "kortrijk/spBv1.0/parking/{}/gateway-1/bay-1"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform whose only city is that of the examples."""
    registry_of(tmp_path, EXAMPLES)
    folders = {"CITIES_DIR": str(tmp_path / "cities"), "THEMES_DIR": str(tmp_path / "themes")}
    running = Platform(tmp_path / "data", **folders)
    running.start()
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, running.output.read_text()


def told(platform: Platform, dataset: str) -> set[str]:
    rows = platform.history(dataset, **{"from": "2026-01-01T00:00:00Z"})
    return {f"{row['sensor']} {row['property']} {str(row['value']).lower()}" for row in rows}


def sparkplug(occupied: bool, name: bytes = b"") -> bytes:
    payload = Payload(timestamp=now_us() // 1000)
    payload.metrics.add(alias=7, boolean_value=occupied, **({"name": name} if name else {}))
    written: bytes = payload.SerializeToString()
    return written


@pytest.mark.platform
def test_examples_of_the_documentation_arrive_as_open_data(platform: Platform) -> None:
    examples = [given for given in EXAMPLES if given.codec in CHOSEN]
    platform.publish([(given.message.topic, given.message.payload) for given in examples])
    # A number of no decimals is shown without any.
    expected = {line.removesuffix(".0") for given in examples for line in given.given}
    eventually(lambda: expected <= told(platform, "kortrijk/parking") | told(platform, "kortrijk/air-quality"), 60)


@pytest.mark.platform
def test_what_a_sender_announced_outlives_the_worker_that_heard_it(platform: Platform) -> None:
    platform.publish([(TOPIC.format("DBIRTH"), sparkplug(False, b"Inputs/Occupied"))])
    eventually(lambda: "space-1 occupied false" in told(platform, "kortrijk/parking"))
    victim = eventually(lambda: platform.service("streams"))
    victim.kill()

    def back() -> psutil.Process | None:
        again = platform.service("streams")
        return again if again is not None and again.pid != victim.pid else None

    eventually(back, 60)
    platform.publish([(TOPIC.format("DDATA"), sparkplug(True))])
    eventually(lambda: "space-1 occupied true" in told(platform, "kortrijk/parking"), 60)
    assert "alias" not in platform.run("rejected", "list")
