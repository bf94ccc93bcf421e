"""`docs/privacy.md` says how long things are kept; the code must keep them so long, and no longer."""

import re
from pathlib import Path

import pytest

from deploy import public_mqtt
from deploy.embedded import mqtt as embedded_mqtt
from deploy.servers import mosquitto
from stadspuls.clock import DAY, SECOND
from stadspuls.log import Topics
from stadspuls.log.topic_plans import FOR_EVER, topic_plans
from stadspuls.settings import ROOT, load_settings
from store.retention import KEEP_REJECTED
from tests.deploy.compose.composition import FILE

PAGE = (ROOT / "docs" / "privacy.md").read_text()
TOPICS = Topics()


def said(where: str) -> str:
    """How long something is kept, as the page has it."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {where} |")]
    return row.split("|")[3].strip()


def plan(topic: str) -> dict[str, str]:
    (found,) = [each for each in topic_plans(load_settings(None, profile="real")) if each.name == topic]
    return dict(found.configs)


@pytest.mark.parametrize("topic", [TOPICS.messages, TOPICS.rejected])
def test_kafka_keeps_messages_and_rejections_as_long_as_the_page_says(topic: str) -> None:
    days, more = re.findall(r"(\d+) day", said(f"Kafka, `{topic}`"))
    assert plan(topic)["retention.ms"] == str(int(days) * DAY * 1000 // SECOND)
    assert plan(topic)["segment.ms"] == str(int(more) * DAY * 1000 // SECOND)


def test_kafka_keeps_the_published_log_for_ever_and_of_births_the_last() -> None:
    assert said(f"Kafka, `{TOPICS.observations}`") == "for ever"
    assert plan(TOPICS.observations)["retention.ms"] == str(FOR_EVER)
    assert plan(TOPICS.births)["cleanup.policy"] == "compact"


def test_every_topic_stands_on_the_page() -> None:
    for topic in TOPICS.all():
        assert said(f"Kafka, `{topic}`")


def test_the_store_keeps_rejections_as_long_as_the_page_says() -> None:
    assert said("store, rejections") == f"{KEEP_REJECTED // DAY} days"
    assert f"kept for {KEEP_REJECTED // DAY} days for operators" in PAGE


def test_brokers_forget_clients_as_the_page_says(tmp_path: Path) -> None:
    settings = load_settings(None, data_dir=tmp_path, public_mqtt_port=1884)
    (days,) = re.findall(r"(\d+) days at most", said("queue of the sensors' MQTT broker"))
    sensors = (
        mosquitto.configuration(settings, tmp_path, 1883),
        embedded_mqtt.mosquitto_configuration(settings, tmp_path),
    )
    assert all(f"persistent_client_expiration {days}d" in text for text in sensors)
    (hours,) = re.findall(r"(\d+) hour", said("memory of the public MQTT broker"))
    everyone = public_mqtt.public_mqtt_configuration(settings, tmp_path, 1885)
    assert f"persistent_client_expiration {hours}h" in everyone
    assert "persistence false" in everyone


def test_nobody_writes_down_who_reads() -> None:
    for file in ("apis/service.py", "ingest/door/service.py"):
        assert "access_log=False" in (ROOT / file).read_text()
    for text in (mosquitto.configuration(load_settings(None), Path("/x"), 1883),):
        assert "connection_messages false" in text


def test_containers_keep_logs_and_figures_as_the_page_says() -> None:
    text = FILE.read_text()
    (megabytes,) = re.findall(r"in containers (\d+) MB each", said("logs"))
    sizes = re.findall(r'max-size: (\d+)m, max-file: "(\d+)"', text)
    assert sizes
    assert {int(size) * int(files) for size, files in sizes} == {int(megabytes)}
    assert f"STADSPULS_PROMETHEUS_RETENTION:-{said('Prometheus').split()[0]}d" in text


def test_the_codec_of_shared_bikes_knows_no_bike() -> None:
    text = (ROOT / "stadspuls" / "codecs" / "gbfs.py").read_text()
    assert not re.search(r"bike_id|vehicle_id", text)
