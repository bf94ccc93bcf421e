"""The doctor on the real servers: faults that are planted there, found and cured."""

import getpass
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from cli.doctor.finding import Finding, Level
from deploy.embedded.mqtt import find_mosquitto
from deploy.first_start.influx_calls import InfluxCalls
from deploy.passwords import hash_passwords
from deploy.servers import ports
from stadspuls.log import Topics
from stadspuls.log.admin import ensure_topics
from stadspuls.settings import ROOT, Settings
from store.backends import open_writer
from tests.cli.doctor.patient import EXPLAINED, Patient
from tests.cli.doctor.signed import signed
from tests.platform.running import Platform, eventually
from tests.real.real_platform import platform_on

LIMIT = 60.0
DAY = timedelta(days=1)
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@pytest.fixture
def patient(real_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """The real profile on servers that are as they must be; nothing of the platform runs."""
    patient = Patient(tmp_path, monkeypatch)
    given = {
        "PROFILE": "real",
        "MQTT_PORT": str(real_settings.mqtt_port),
        "KAFKA_BOOTSTRAP": real_settings.kafka_bootstrap,
        "TOPIC_PREFIX": real_settings.topic_prefix,
        "INFLUX_URL": real_settings.influx_url,
        "INFLUX_BUCKET": real_settings.influx_bucket,
        "INFLUX_TOKEN": real_settings.influx_token.get_secret_value(),
    }
    patient.set(**given)
    ensure_topics(patient.settings)
    open_writer(patient.settings).close()
    return patient


def test_servers_that_are_as_they_must_be_have_no_fault(patient: Patient) -> None:
    assert patient.healthy()


def test_servers_on_which_nothing_was_started_yet_have_no_fault(patient: Patient) -> None:
    patient.set(TOPIC_PREFIX="never-started", INFLUX_BUCKET="never-started")
    assert patient.healthy()


def told_of(patient: Patient, check: str) -> list[Finding]:
    return [finding for name, finding in patient.told() if name == check]


def test_a_topic_of_other_partitions(patient: Patient) -> None:
    patient.set(TOPIC_PREFIX=f"{patient.settings.topic_prefix}.other")
    topics = Topics(patient.settings.topic_prefix)
    ensure_topics(patient.settings.model_copy(update={"partitions": 12}))
    told = told_of(patient, "topics")
    assert [finding.where for finding in told] == list(topics.all())
    assert all("has 12 partitions, the settings say 8" in finding.seen for finding in told)
    assert all("STADSPULS_PARTITIONS=12" in finding.cure for finding in told)
    patient.set(PARTITIONS="12")
    assert patient.healthy()


def test_a_topic_that_keeps_too_little_and_one_that_is_missing(patient: Patient) -> None:
    topics = Topics(patient.settings.topic_prefix)
    client = KafkaAdminClient(bootstrap_servers=patient.settings.kafka_bootstrap)
    change = {"retention.ms": "3600000"}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.observations, change)])
    # A broker learns a little later what its controller has changed.
    eventually(patient.told, LIMIT)
    fault = patient.fault("topics", Level.WARNING)
    assert (fault.where, fault.seen.split(",")[0]) == (topics.observations, "retention.ms is 3600000 (1 h)")
    patient.do(fault)
    eventually(lambda: not patient.told(), LIMIT)
    client.delete_topics([topics.births])
    client.close()
    eventually(patient.told, LIMIT)
    fault = patient.fault("topics")
    assert fault.seen == f"missing: {topics.births}"
    patient.do(fault)
    eventually(lambda: not patient.told(), LIMIT)


def test_more_copies_than_brokers(patient: Patient) -> None:
    patient.set(REPLICATION="3")
    told = [(name, finding) for name, finding in patient.told() if finding.level is Level.WRONG]
    assert [name for name, _ in told] == ["kafka"]
    assert "STADSPULS_REPLICATION=1" in told[0][1].cure


def test_frames_that_nobody_works_on(patient: Patient) -> None:
    topic = Topics(patient.settings.topic_prefix).messages
    producer = KafkaProducer(bootstrap_servers=patient.settings.kafka_bootstrap)
    for _ in range(30):
        producer.send(topic, b"never read", partition=0)
    producer.close()
    fault = patient.fault("lag", Level.WARNING)
    assert fault.seen.startswith("30 frames wait for streams")
    assert "`stadspuls run streams`" in fault.cure


@pytest.fixture
def admin(patient: Patient) -> InfluxCalls:
    """InfluxDB, asked by who may do everything there."""
    return InfluxCalls(patient.settings, patient.settings.influx_token.get_secret_value())


def bucket_of(admin: InfluxCalls, settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = admin.get("/api/v2/buckets", name=settings.influx_bucket)["buckets"][0]
    return found


def token_for(admin: InfluxCalls, settings: Settings, *actions: str) -> str:
    bucket = bucket_of(admin, settings)
    resource = {"type": "buckets", "id": bucket["id"], "orgID": bucket["orgID"]}
    permissions = [{"action": action, "resource": resource} for action in actions]
    made = admin.post("/api/v2/authorizations", {"orgID": bucket["orgID"], "permissions": permissions})
    return str(made["token"])


def test_a_token_that_may_only_read(patient: Patient, admin: InfluxCalls) -> None:
    patient.set(INFLUX_TOKEN=token_for(admin, patient.settings, "read"))
    fault = patient.fault("influxdb")
    assert fault.seen == "the token may not write"
    assert "STADSPULS_INFLUX_TOKEN_FILE" in fault.where
    patient.set(INFLUX_TOKEN=token_for(admin, patient.settings, "read", "write"))
    assert patient.healthy()


def test_a_token_that_influxdb_does_not_know(patient: Patient) -> None:
    patient.set(INFLUX_TOKEN="of-another-server")
    fault = patient.fault("influxdb")
    assert fault.seen == "it does not know the token"
    assert "of-another-server" not in repr(patient.told())


def test_a_token_of_another_bucket(patient: Patient, admin: InfluxCalls) -> None:
    patient.set(INFLUX_TOKEN=token_for(admin, patient.settings, "read", "write"), INFLUX_BUCKET="another")
    assert "neither organisation stadspuls nor bucket another" in patient.fault("influxdb").seen


def test_a_bucket_that_lets_go_of_data_by_itself(patient: Patient, admin: InfluxCalls) -> None:
    organisation = bucket_of(admin, patient.settings)["orgID"]
    name = f"{patient.settings.influx_bucket}-short"
    rules = [{"type": "expire", "everySeconds": 86400}]
    admin.post("/api/v2/buckets", {"orgID": organisation, "name": name, "retentionRules": rules})
    patient.set(INFLUX_BUCKET=name)
    fault = patient.fault("influxdb")
    assert "24 h ago" in fault.seen
    assert fault.command == f"influx bucket update --name {name} --retention 0"


def test_a_clock_that_is_ten_minutes_ahead_of_influxdbs(patient: Patient) -> None:
    if not LIBFAKETIME.exists():
        pytest.skip("libfaketime is not installed (Debian: apt-get install faketime)")
    ahead = {"LD_PRELOAD": str(LIBFAKETIME), "FAKETIME": "+600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    # For the doctor alone: Java, which is asked for its version, does not live with it.
    doctor = "import os; os.environ.pop('LD_PRELOAD'); from cli.main import main; main()"
    command = [sys.executable, "-c", doctor, "doctor", "--json"]
    environment = os.environ | ahead | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
    told = faults(done.stdout)
    told = [(name, finding) for name, finding in told if finding["level"] != Level.UNKNOWN]
    assert [(name, finding["level"]) for name, finding in told] == [("clock", "wrong")], done.stdout + done.stderr
    assert told[0][1]["where"] == patient.settings.influx_url
    assert "s behind this one" in told[0][1]["seen"]
    assert patient.healthy()


def faults(output: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (each["name"], finding)
        for each in json.loads(output)["checks"]
        for finding in each["findings"]
        if finding["level"] != Level.GOOD and finding.get("where") not in EXPLAINED
    ]


@contextmanager
def broker(folder: Path, *lines: str) -> Iterator[int]:
    """A Mosquitto of these lines; its port."""
    program = find_mosquitto()
    assert program
    port = ports.free_port()
    file = folder / "broker.conf"
    file.write_text("\n".join([f"listener {port} 127.0.0.1", f"user {getpass.getuser()}", *lines, ""]))
    with subprocess.Popen([program, "-c", str(file)], stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: ports.answers(port), LIMIT)
            yield port
        finally:
            process.terminate()


def test_a_wrong_password(patient: Patient) -> None:
    passwords = patient.folder / "passwords"
    passwords.write_text("bridge:right-password\n")
    hash_passwords(passwords)
    with broker(patient.folder, "allow_anonymous false", f"password_file {passwords}") as port:
        patient.set(MQTT_PORT=str(port))
        assert "lets nobody in without an account" in patient.fault("mqtt").seen
        patient.set(MQTT_USERNAME="bridge", MQTT_PASSWORD="wrong-password")
        fault = patient.fault("mqtt")
        assert "does not let bridge in" in fault.seen
        assert "STADSPULS_MQTT_PASSWORD_FILE" in fault.where
        assert "wrong-password" not in repr(fault)
        patient.set(MQTT_PASSWORD="right-password")
        assert patient.healthy()


@pytest.mark.parametrize(
    ("name", "good", "level", "seen", "cure"),
    [
        ("127.0.0.1", (-30 * DAY, -DAY), Level.WRONG, "has expired on", "renew it"),
        ("127.0.0.1", (DAY, 30 * DAY), Level.WRONG, "is valid from", "set the clock right"),
        ("127.0.0.1", (-DAY, 9 * DAY), Level.WARNING, "expires on", "renew it"),
        (
            "mqtt.example",
            (-DAY, 90 * DAY),
            Level.WRONG,
            "is for another name",
            "STADSPULS_MQTT_HOST must give one that stands in it; it is for mqtt.example",
        ),
        ("127.0.0.1", (-DAY, 90 * DAY), Level.WRONG, "of another CA", "STADSPULS_MQTT_CA"),
    ],
)
def test_a_certificate_of_the_broker(
    *, patient: Patient, name: str, good: tuple[timedelta, timedelta], level: Level, seen: str, cure: str
) -> None:
    now = datetime.now(UTC)
    shown, right = patient.folder / "shown.pem", patient.folder / "right.pem"
    shown.write_bytes(signed([name], now + good[0], now + good[1]))
    right.write_bytes(signed(["127.0.0.1"], now - DAY, now + 90 * DAY))
    trusted = right if "CA" in seen else shown
    lines = ("allow_anonymous true", f"certfile {shown}", f"keyfile {shown}")
    with broker(patient.folder, *lines) as port:
        patient.set(MQTT_PORT=str(port), MQTT_TLS="1", MQTT_CA=str(trusted))
        told = [(check, finding) for check, finding in patient.told() if check != "certificates"]
        assert [(check, finding.level) for check, finding in told] == [("mqtt", level)]
        assert seen in told[0][1].seen
        assert cure in told[0][1].cure
    shown.write_bytes(right.read_bytes())
    with broker(patient.folder, *lines) as port:
        patient.set(MQTT_PORT=str(port), MQTT_CA=str(right))
        assert patient.healthy()


def test_tls_where_there_is_none_and_none_where_there_is(patient: Patient) -> None:
    now = datetime.now(UTC)
    shown = patient.folder / "shown.pem"
    shown.write_bytes(signed(["127.0.0.1"], now - DAY, now + 90 * DAY))
    patient.set(MQTT_TLS="1")
    fault = patient.fault("mqtt")
    assert "does not speak TLS" in fault.seen
    assert "STADSPULS_MQTT_TLS=0" in fault.cure
    patient.set(MQTT_TLS="0")
    assert patient.healthy()
    with broker(patient.folder, "allow_anonymous true", f"certfile {shown}", f"keyfile {shown}") as port:
        patient.set(MQTT_PORT=str(port))
        fault = patient.fault("mqtt")
        assert fault.seen == "it speaks TLS there, and we do not"
        patient.set(MQTT_TLS="1", MQTT_CA=str(shown))
        assert patient.healthy()


@pytest.mark.timeout(300)
def test_a_real_platform_that_is_well_has_no_fault(real_settings: Settings, tmp_path: Path) -> None:
    platform = platform_on(real_settings, tmp_path / "data")
    platform.start()
    try:
        eventually(lambda: well(platform, tmp_path), LIMIT)
    finally:
        assert platform.stop() == 0


def well(platform: Platform, folder: Path) -> bool:
    """Whether the doctor, as an operator calls it, has looked at everything and found nothing above good."""
    command = platform.command("doctor", "--json")
    done = subprocess.run(command, env=platform.environment, cwd=folder, capture_output=True, text=True, check=False)
    looked = {each["name"] for each in json.loads(done.stdout)["checks"] if each["findings"]}
    return done.returncode == 0 and not faults(done.stdout) and looked >= {"lag", "influxdb", "api", "mqtt", "topics"}
