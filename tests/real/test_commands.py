"""`stadspuls servers` and `stadspuls up --profile real`, as a city starts them: two terminals."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.servers.ports import free_port
from stadspuls.own_servers import INFLUX_TOKEN
from stadspuls.settings import PREFIX
from tests.platform.running import Platform, eventually
from tests.real.serving import installed

NAMES = ("mosquitto", "kafka", "influxdb")


class City(Platform):
    """The platform on servers that `stadspuls servers start` runs beside it."""

    def __init__(self, data_dir: Path) -> None:
        self.ports = {name: free_port() for name in NAMES}
        super().__init__(
            data_dir,
            PROFILE="real",
            WORKERS="2",
            MQTT_PORT=str(self.ports["mosquitto"]),
            KAFKA_BOOTSTRAP=f"127.0.0.1:{self.ports['kafka']}",
            INFLUX_URL=f"http://127.0.0.1:{self.ports['influxdb']}",
        )
        self.mqtt_port = self.ports["mosquitto"]
        self.servers: subprocess.Popen[bytes] | None = None
        self.servers_output = data_dir.parent / "servers.log"

    def start_servers(self) -> None:
        with self.servers_output.open("ab") as log:
            self.servers = subprocess.Popen(
                self.command("servers", "start"), env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        eventually(lambda: self.ended() or "second terminal" in self.servers_output.read_text(), 150)
        assert not self.ended(), self.servers_output.read_text()

    def ended(self) -> bool:
        return self.servers is None or self.servers.poll() is not None

    def stop_servers(self) -> int:
        assert self.servers is not None
        self.servers.send_signal(signal.SIGINT)
        return self.servers.wait(60)

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments)
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def city(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[City]:
    for name in NAMES:
        installed(name, request)
    city = City(tmp_path / "data")
    yield city
    for process in (city.process, city.servers):
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
    city.http.close()


@pytest.mark.timeout(400)
def test_two_terminals_run_a_city(city: City) -> None:
    city.start_servers()
    status = city.ask("servers", "status")
    assert status.returncode == 0, status.stdout
    assert [line.split()[-1] for line in status.stdout.splitlines()] == ["answers"] * 3
    assert f"second terminal  {PREFIX}DATA_DIR={city.data_dir} " in city.servers_output.read_text()
    city.start()
    city.publish([("gent/parking/P1", {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 17})])
    found = eventually(lambda: city.latest("gent/parking"))
    assert [one["value"] for one in found] == [17]
    assert eventually(lambda: city.history("gent/parking", **{"from": "2026-01-05T00:00:00Z"}))
    assert city.process is not None
    workers = [one for one in psutil.Process(city.process.pid).children() if one.cmdline()[-1].startswith("streams-")]
    assert len(workers) == 2
    token = (city.data_dir / INFLUX_TOKEN).read_text().strip()
    assert token not in city.servers_output.read_text() + city.output.read_text()
    assert city.stop() == 0, city.output.read_text()
    assert city.stop_servers() == 0, city.servers_output.read_text()
    assert city.ask("servers", "status").returncode == 1


def test_a_platform_without_its_servers_says_which_and_the_cure(city: City) -> None:
    answer = city.ask("up")
    assert answer.returncode == 1
    for line in (
        "mqtt: no MQTT broker answers ",
        f"(127.0.0.1:{city.ports['mosquitto']}): start the servers with `.venv/bin/stadspuls servers start`",
        f"kafka: Kafka at 127.0.0.1:{city.ports['kafka']} does not answer ",
        "influxdb: InfluxDB does not answer ",
        f"(http://127.0.0.1:{city.ports['influxdb']}): ",
    ):
        assert line in answer.stderr


@pytest.mark.timeout(400)
def test_a_token_that_is_refused_or_not_there_is_told(city: City) -> None:
    city.start_servers()
    file = city.data_dir / INFLUX_TOKEN
    token = file.read_text()
    file.write_text("wrong")
    answer = city.ask("up")
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 2)
    assert "influxdb: it does not know the token " in answer.stderr
    assert f"127.0.0.1:{city.ports['influxdb']}, STADSPULS_INFLUX_TOKEN_FILE): set STADSPULS" in answer.stderr
    file.unlink()
    assert f"leaves it in {file}" in city.ask("up").stderr
    file.write_text(token)


def test_a_port_in_use_is_told_before_anything_starts(city: City) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", city.ports["kafka"]))
        holder.listen()
        answer = city.ask("servers", "start")
    assert answer.returncode == 1
    assert f"Port {city.ports['kafka']} is held by " in answer.stderr
    assert f"(pid {os.getpid()}, " in answer.stderr
    assert f"{PREFIX}KAFKA_BOOTSTRAP=127.0.0.1:" in answer.stderr
    assert answer.stderr.endswith(".venv/bin/stadspuls servers start\n")
    assert "[1/3]" not in answer.stdout
