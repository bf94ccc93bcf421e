"""Each fault is planted for real; the doctor names it and nothing else, and its cure makes the doctor quiet."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.doctor.finding import Level
from deploy.servers.ports import free_port
from ingest.spool_segment import DAMAGED
from stadspuls.clock import DAY, now_us
from stadspuls.holding import held
from stadspuls.keys import KeyFile, Scope
from stadspuls.settings import ROOT
from store.filling import Filling, FillingNote, store_name
from tests.cli.doctor.patient import Patient, run


def test_a_platform_that_was_never_started_has_no_fault(patient: Patient) -> None:
    assert patient.healthy()


def test_a_setting_that_is_a_typing_mistake(patient: Patient) -> None:
    patient.set(HTP_PORT="8088")
    fault = patient.fault("settings")
    assert fault.where == "STADSPULS_HTP_PORT in the environment"
    assert fault.cure == "write STADSPULS_HTTP_PORT= in its place"
    patient.unset("HTP_PORT")
    assert patient.healthy()


def test_a_variable_that_resembles_no_setting_is_a_warning(patient: Patient) -> None:
    patient.set(COLOUR="red")
    assert "stadspuls settings" in patient.fault("settings", Level.WARNING).cure


def test_a_value_that_cannot_be_used_is_told_and_the_rest_is_looked_at_all_the_same(patient: Patient) -> None:
    patient.set(FRAME_WAIT="soon", HTP_PORT="8088")
    told = patient.told()
    assert [finding.where.split()[0] for _, finding in told] == ["STADSPULS_FRAME_WAIT", "STADSPULS_HTP_PORT"]
    assert "STADSPULS_FRAME_WAIT=0.05 is the default" in told[0][1].cure


def test_settings_that_are_impossible_together(patient: Patient) -> None:
    patient.set(PARTITIONS="12")
    assert "the embedded Kafka always has 4" in patient.fault("settings").seen


def test_a_secret_file_that_is_not_there(patient: Patient) -> None:
    file = patient.folder / "token"
    patient.set(INFLUX_TOKEN_FILE=str(file))
    fault = patient.fault("settings")
    assert fault.where == "STADSPULS_INFLUX_TOKEN_FILE"
    file.write_text("s3cret")
    file.chmod(0o600)
    assert patient.healthy()


def test_a_secrets_file_that_only_the_env_file_names(patient: Patient) -> None:
    (patient.folder / ".env").write_text("STADSPULS_INFLUX_TOKEN_FILE=/run/secrets/token\n")
    assert "put STADSPULS_INFLUX_TOKEN_FILE into the environment" in patient.fault("settings").cure


def test_a_city_file_with_a_mistake(patient: Patient) -> None:
    cities = patient.folder / "cities"
    shutil.copytree(ROOT / "cities", cities)
    patient.set(CITIES_DIR=str(cities))
    city = cities / "gent.yaml"
    right = city.read_text()
    city.write_text(right.replace("latitude: 5", "latitude: 95", 1))
    fault = patient.fault("registry")
    line = next(n for n, text in enumerate(city.read_text().splitlines(), 1) if "latitude: 95" in text)
    assert fault.where == f"cities/gent.yaml:{line}"
    assert "latitude" in fault.seen
    city.write_text(right)
    assert patient.healthy()


def test_a_registry_that_is_not_in_force(patient: Patient) -> None:
    cities = patient.folder / "cities"
    shutil.copytree(ROOT / "cities", cities)
    patient.set(CITIES_DIR=str(cities))
    run("stadspuls registry apply")
    assert patient.healthy()
    with (cities / "gent.yaml").open("a") as city:
        city.write("# another word\n")
    (cities / "gent.yaml").write_text((cities / "gent.yaml").read_text().replace("nl: Gent", "nl: Ghendt", 1))
    patient.do(patient.fault("registry-in-force", Level.WARNING))
    assert patient.healthy()


def test_a_secret_that_everybody_may_read(patient: Patient) -> None:
    token = patient.folder / "to ken"
    token.write_text("s3cret")
    token.chmod(0o644)
    patient.set(INFLUX_TOKEN_FILE=str(token))
    patient.do(patient.fault("secrets"))
    assert token.stat().st_mode & 0o777 == 0o600
    assert patient.healthy()


def test_an_env_file_with_a_secret_that_everybody_may_read(patient: Patient) -> None:
    file = patient.folder / ".env"
    file.write_text("STADSPULS_SEED=2\n")
    file.chmod(0o644)
    assert patient.healthy()
    file.write_text("STADSPULS_MQTT_PASSWORD=s3cret\n")
    patient.do(patient.fault("secrets"))
    assert patient.healthy()


_HOLD = """
import socket, sys
with socket.socket() as server:
    server.bind(("127.0.0.1", int(sys.argv[1])))
    server.listen()
    print(flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds something until it is stopped."""
    with subprocess.Popen([sys.executable, "-c", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_a_port_that_another_process_holds(patient: Patient) -> None:
    port = free_port()
    patient.set(DOOR_PORT=str(port))
    with holder(_HOLD, str(port)) as other:
        fault = patient.fault("ports")
        assert fault.where.startswith("STADSPULS_DOOR_PORT")
        assert f"pid {other.pid}" in fault.seen
        patient.do(fault)
        other.wait(60)
    assert patient.healthy()


_WRITE = """
import sys
from pathlib import Path
from stadspuls.settings import load_settings
from store.sole import sole_writer
with sole_writer(load_settings()):
    print(flush=True)
    sys.stdin.read()
"""


def test_a_stray_process_that_writes_to_the_store(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with holder(_WRITE) as other:
        fault = patient.fault("locks")
        assert f"process {other.pid}" in fault.seen
        patient.do(fault)
        other.wait(60)
    assert patient.healthy()


def test_a_file_that_a_command_holds_is_no_fault(patient: Patient) -> None:
    data = patient.folder / "data"
    data.mkdir()
    with held(data / "keys.lock"):
        assert patient.healthy()


def test_an_api_key_that_has_expired(patient: Patient) -> None:
    keys = KeyFile(patient.settings.keys_path)
    keys.make("gent", [Scope.INGEST], expires=now_us() + 100 * DAY)
    assert patient.healthy()
    keys.make("gent", [Scope.REJECTED], expires=now_us() - DAY)
    fault = patient.fault("keys", Level.WARNING)
    assert "`stadspuls key new gent --scope rejected` makes another" in fault.cure
    patient.do(fault)
    assert patient.healthy()


def test_a_piece_of_the_spool_that_the_disk_gave_back_changed(patient: Patient) -> None:
    damaged = patient.settings.spool_dir / DAMAGED
    damaged.mkdir(parents=True)
    (damaged / "000000000001-00000000-40").write_bytes(b"torn")
    patient.do(patient.fault("spool", Level.WARNING))
    assert patient.healthy()


def test_a_restore_that_was_interrupted(patient: Patient) -> None:
    patient.settings.data_dir.mkdir()
    note = FillingNote(patient.settings)
    note.write(Filling("restore", "backup.zip", store_name(patient.settings)))
    assert "stadspuls restore backup.zip" in patient.fault("data-folder").cure
    note.remove()
    assert patient.healthy()


@pytest.mark.parametrize("setting", ["MQTT_HOST", "HTTP_HOST", "DOOR_HOST"])
def test_listening_on_the_world_without_accounts_or_tls(patient: Patient, setting: str) -> None:
    patient.set(DOOR_PORT=str(free_port()), PUBLIC_URL="http://data.stad.example")
    assert patient.healthy()
    patient.set(**{setting: "0.0.0.0"})  # noqa: S104 - looked at, not bound
    level = Level.WRONG if setting == "MQTT_HOST" else Level.WARNING
    fault = patient.fault("exposure", level)
    assert fault.where == f"STADSPULS_{setting}=0.0.0.0"
    patient.set(**{setting: "127.0.0.1"})
    assert patient.healthy()


def test_a_public_url_that_leads_others_to_their_own_machine(patient: Patient) -> None:
    patient.set(PUBLIC_URL="https://localhost", HTTP_HOST="0.0.0.0")  # noqa: S104 - looked at, not bound
    assert "STADSPULS_PUBLIC_URL=https://" in patient.fault("public-url").cure
    patient.set(PUBLIC_URL="https://data.stad.example")
    assert patient.healthy()


def test_files_of_tomorrow_show_a_clock_that_is_behind(patient: Patient) -> None:
    file = patient.folder / "data" / "archive"
    file.mkdir(parents=True)
    os.utime(file, (time.time() + 86_400,) * 2)
    assert patient.fault("clock").command == "timedatectl set-ntp true"
    os.utime(file)
    assert patient.healthy()


def test_a_settings_file_of_keys_that_cannot_be_read(patient: Patient) -> None:
    data = patient.folder / "data"
    data.mkdir()
    (data / "keys.json").write_text("{")
    (data / "keys.json").chmod(0o600)
    assert str(Path(data / "keys.json")) in patient.fault("keys").where
