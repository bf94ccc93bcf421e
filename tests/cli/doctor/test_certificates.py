"""Certificates of our own listeners: expired, about to, not yet good, of another name, without their key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.doctor.finding import Level
from deploy.accounts.certificates import make_certificates
from deploy.accounts.issuing import issue
from deploy.embedded.mqtt import find_mosquitto
from deploy.servers.ports import free_port
from tests.cli.doctor.patient import Patient
from tests.cli.doctor.signed import signed

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="accounts need Mosquitto's program for passwords")
DAY = timedelta(days=1)


@pytest.fixture
def tls(patient: Patient) -> Patient:
    """A platform whose Mosquitto shall speak TLS, with an account and a certificate of its own."""
    patient.set(MQTT_TLS_PORT=str(free_port()))
    issue(patient.settings, "gent", "gent", ["gent"])
    make_certificates(patient.settings, ["127.0.0.1"])
    assert patient.healthy()
    return patient


@pytest.mark.parametrize(
    ("begin", "end", "level", "seen"),
    [
        (-30 * DAY, -DAY, Level.WRONG, "has expired on"),
        (-30 * DAY, 5 * DAY, Level.WARNING, "expires on"),
        (DAY, 30 * DAY, Level.WRONG, "is valid from"),
    ],
)
def test_a_certificate_that_is_not_good_now_and_for_a_while(
    tls: Patient, begin: timedelta, end: timedelta, level: Level, seen: str
) -> None:
    now = datetime.now(UTC)
    file = tls.settings.data_dir / "accounts" / "server.pem"
    file.write_bytes(signed(["127.0.0.1"], now + begin, now + end))
    fault = tls.fault("certificates", level)
    assert seen in fault.seen
    tls.do(fault)
    assert tls.healthy()


def test_a_certificate_of_another_name(tls: Patient) -> None:
    tls.set(PUBLIC_URL="https://data.stad.example")
    fault = tls.fault("certificates", Level.WARNING)
    assert "devices are told data.stad.example" in fault.seen
    tls.do(fault)
    assert tls.healthy()


def test_a_certificate_whose_key_is_of_another(tls: Patient, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    certificate, other = tmp_path / "one.pem", tmp_path / "other.pem"
    for file in (certificate, other):
        file.write_bytes(signed(["127.0.0.1"], now - DAY, now + 90 * DAY))
        file.chmod(0o600)
    tls.set(MQTT_TLS_CERT=str(certificate), MQTT_TLS_KEY=str(other))
    assert "cannot be used with its key" in tls.fault("certificates").seen
    tls.set(MQTT_TLS_KEY=str(certificate))
    assert tls.healthy()


def test_tls_without_an_account(patient: Patient) -> None:
    patient.set(MQTT_TLS_PORT=str(free_port()))
    assert "there is no account yet" in patient.fault("certificates").seen
