"""What a machine lacks is told before anything is begun: all of it, each with its cure."""

import os
from pathlib import Path

import pytest

from deploy.embedded import mqtt
from deploy.servers.base import oldest
from deploy.servers.every import every_server, require_nothing_missing
from deploy.servers.influxdb import InfluxDB
from deploy.servers.kafka import Kafka
from deploy.servers.mosquitto import Mosquitto
from stadspuls.errors import InstallError, SettingsError
from stadspuls.settings import Profile, Settings, load_settings


@pytest.fixture
def settings() -> Settings:
    return load_settings(None, profile=Profile.REAL)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its path but what a test puts there, and an empty cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(mqtt, "SYSTEM_FOLDERS", ())
    return folder


def put(folder: Path, program: str, says: str = "") -> None:
    file = folder / program
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)


def test_an_empty_machine_is_told_everything_at_once(programs: Path, settings: Settings) -> None:
    with pytest.raises(InstallError) as caught:
        require_nothing_missing(every_server(settings))
    text = str(caught.value)
    for line in (
        "mosquitto: Mosquitto is missing: apt-get install mosquitto",
        "kafka: Java 17 or newer is missing: ",
        "kafka: Maven is missing: apt-get install maven",
        "influxdb: Go 1.21 or newer is missing: ",
        "influxdb: Rust 1.72 or newer is missing: ",
        "influxdb: Cargo is missing: ",
        "influxdb: a C compiler is missing: apt-get install build-essential",
    ):
        assert line in text


def test_a_machine_with_everything_may_begin(programs: Path, settings: Settings) -> None:
    for program, says in {
        "mosquitto": "",
        "java": "openjdk 21.0.1 2023-10-17",
        "mvn": "",
        "go": "go1.26.8",
        "rustc": "rustc 1.95.0 (59807616e 2026-04-14)",
        "cargo": "",
        "cc": "",
    }.items():
        put(programs, program, says)
    require_nothing_missing(every_server(settings))


def test_root_on_debian_needs_no_mosquitto_to_begin(
    programs: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Mosquitto(settings).missing() == []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert len(Mosquitto(settings).missing()) == 1


@pytest.mark.parametrize(("says", "missing"), [("go1.19.8", True), ("go1.21", False), ("go1.21.0", False), ("?", True)])
def test_a_tool_that_is_too_old_counts_as_missing(programs: Path, says: str, missing: bool) -> None:
    put(programs, "go", says)
    found = oldest("Go", ["go", "env", "GOVERSION"], (1, 21), "newer")
    assert bool(found) is missing
    if says == "go1.19.8":
        assert str(found[0]) == "Go 1.21 or newer (1.19.8 is installed) is missing: newer"


def test_what_is_built_needs_no_toolchain(programs: Path, settings: Settings, tmp_path: Path) -> None:
    assert InfluxDB(settings).missing()
    (tmp_path / "cache" / "stadspuls" / f"influxdb-{InfluxDB(settings).version}").mkdir(parents=True)
    assert InfluxDB(settings).missing() == []


@pytest.mark.parametrize("kind", [Kafka, InfluxDB, Mosquitto])
def test_what_is_not_installed_does_not_start(
    programs: Path, settings: Settings, tmp_path: Path, kind: type[Kafka] | type[InfluxDB] | type[Mosquitto]
) -> None:
    with pytest.raises(InstallError):
        kind(settings).command(tmp_path, 1883)


@pytest.mark.parametrize(
    ("kind", "flags", "setting"),
    [
        (Mosquitto, {"mqtt_host": "0.0.0.0"}, "mqtt_host"),  # noqa: S104 - refused, not bound
        (Kafka, {"kafka_bootstrap": "kafka.example.org:9092"}, "kafka_bootstrap"),
        (Kafka, {"kafka_bootstrap": "127.0.0.1:9092,127.0.0.1:9192"}, "kafka_bootstrap"),
        (Kafka, {"kafka_bootstrap": "127.0.0.1"}, "kafka_bootstrap"),
        (InfluxDB, {"influx_url": "http://influx.example.org:8086"}, "influx_url"),
        (InfluxDB, {"influx_url": "http://localhost"}, "influx_url"),
    ],
)
def test_a_server_that_lets_everybody_in_stays_on_this_machine(
    kind: type[Kafka] | type[InfluxDB] | type[Mosquitto], flags: dict[str, str], setting: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{setting}: "):
        _ = kind(load_settings(None, profile=Profile.REAL, **flags)).address


def test_the_addresses_are_those_of_the_settings(settings: Settings) -> None:
    assert [str(server.address) for server in every_server(settings)] == [
        "127.0.0.1:1883",
        "127.0.0.1:9092",
        "127.0.0.1:8086",
    ]
