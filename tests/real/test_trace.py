"""`stadspuls trace` over Kafka's transactions and InfluxDB; it leaves no group and no commit behind."""

from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from stadspuls.log.clients import kafka_python_options
from stadspuls.settings import Settings
from tests.platform.running import Platform, eventually
from tests.platform.tracing import follow_readings, traced
from tests.real.real_platform import platform_on


def groups(settings: Settings) -> set[str]:
    """Consumer groups of this platform; the server is shared."""
    admin = KafkaAdminClient(**kafka_python_options(settings))
    try:
        found = {str(group["group_id"]) for group in admin.list_groups()}
        return {name for name in found if name.startswith(settings.topic_prefix) or "trace" in name}
    finally:
        admin.close()


@pytest.mark.timeout(400)
def test_readings_are_followed_through_the_real_servers(real_settings: Settings, tmp_path: Path) -> None:
    platform = platform_on(real_settings, tmp_path / "data")
    platform.start()
    try:
        ours = {f"{real_settings.topic_prefix}-{name}" for name in ("streams", "sink")}
        follow_readings(platform)
        assert groups(real_settings) == ours
        _follow_a_count(platform)
    finally:
        code = platform.stop()
    assert code == 0, platform.output.read_text()


def _follow_a_count(platform: Platform) -> None:
    """What a site's virtual sensor says goes back to the message of the space that changed."""
    time = "2026-01-05T08:00:00Z"
    platform.publish([("kortrijk/parking/street-1-space-01", {"time": time, "occupied": True})])
    found = eventually(lambda: traced(platform, "kortrijk/parking/street-1-derived"), 60)
    assert found["received"]["mqttTopic"] == "kortrijk/parking/street-1-space-01"
    (published,) = found["published"]
    assert (published["property"], published["value"]) == ("vacantSpaces", 0)
    assert published["quality"] == "incomplete"
