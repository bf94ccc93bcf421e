"""What a process says of itself, its disk, and what opens its doors."""

import math
from pathlib import Path

import psutil
import pytest
from prometheus_client import Gauge

from deploy.accounts.certificates import SERVER_DAYS, make_certificates
from stadspuls import heartbeat, metrics
from stadspuls.clock import DAY, SECOND, now_us
from stadspuls.keys import KeyFile, Scope
from stadspuls.settings import Settings, load_settings
from stadspuls.vitals import Vitals


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, data_dir=tmp_path)


def value(gauge: Gauge, *labels: str) -> float:
    return float((gauge.labels(*labels) if labels else gauge)._value.get())


def test_memory_start_and_disk_are_told(settings: Settings) -> None:
    Vitals(settings, "vital-1").look()
    assert 1_000_000 < value(metrics.PROCESS_MEMORY, "vital-1") < psutil.virtual_memory().total
    assert value(metrics.PROCESS_START, "vital-1") == psutil.Process().create_time()
    assert 0 < value(metrics.DISK_FREE) <= value(metrics.DISK_SIZE)


def test_a_data_folder_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    Vitals(load_settings(None, data_dir=tmp_path / "nowhere"), "vital-2").look()
    assert value(metrics.PROCESS_MEMORY, "vital-2") > 0


def test_the_end_of_our_own_certificates_is_told(settings: Settings) -> None:
    made = make_certificates(settings, ["mqtt.gent.example"])
    Vitals(settings, "vital-3").look_at_doors()
    assert value(metrics.CERTIFICATE_END, "mqtt/server.pem") == made.until.timestamp()
    assert value(metrics.CERTIFICATE_END, "mqtt/ca.pem") > made.until.timestamp() + 365 * 86_400
    assert SERVER_DAYS == 397


def test_the_end_of_a_citys_own_certificate_is_told(settings: Settings, tmp_path: Path) -> None:
    made = make_certificates(settings, ["mqtt.gent.example"])
    own = tmp_path / "city-own.pem"
    (tmp_path / "accounts" / "server.pem").rename(own)
    named = load_settings(None, data_dir=tmp_path / "other", mqtt_tls_cert=str(own), mqtt_tls_key=str(own))
    Vitals(named, "vital-4").look_at_doors()
    assert value(metrics.CERTIFICATE_END, "mqtt/city-own.pem") == made.until.timestamp()


def test_only_keys_that_have_an_end_are_told_and_a_revoked_one_no_more(settings: Settings) -> None:
    keys, until = KeyFile(settings.keys_path), now_us() // SECOND * SECOND + 9 * DAY
    keys.make("gent", [Scope.INGEST])
    keys.make("gent", [Scope.INGEST], until)
    endless, ending = (key.id for key in keys.listed())
    vitals = Vitals(settings, "vital-5")
    vitals.look_at_doors()
    assert value(metrics.KEY_END, "gent", ending) == until / SECOND
    assert ("gent", endless) not in metrics.KEY_END._metrics
    keys.revoke(ending)
    vitals.look_at_doors()
    assert math.isnan(value(metrics.KEY_END, "gent", ending))


def test_files_that_cannot_be_read_stop_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "server.pem").write_text("no certificate")
    settings.keys_path.write_text("no keys")
    Vitals(settings, "vital-6").look_at_doors()


def test_starts_are_counted_and_only_a_process_that_works_is_seen_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_due", None)
    Vitals(settings, "vital-7").look()
    assert ("vital-7",) not in metrics.PROCESS_WORKED._metrics
    heartbeat.beat()
    Vitals(settings, "vital-7").look()
    assert value(metrics.PROCESS_WORKED, "vital-7") >= value(metrics.PROCESS_START, "vital-7")
    assert metrics.PROCESS_STARTS.labels("vital-7")._value.get() == 2
