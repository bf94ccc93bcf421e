"""A port in use is told in one line with its holder and the cure."""

import os
import re
import socket
from collections.abc import Iterator

import psutil
import pytest

from cli import ports
from cli.ports import Holder, check_port, holder_of
from stadspuls.errors import StartError


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])  # noqa: S104 - a holder on all addresses holds the loopback one too
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket() as server:
        server.bind((request.param, 0))
        server.listen()
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def test_a_free_port_passes() -> None:
    check_port("127.0.0.1", free_port(), "STADSPULS_HTTP_PORT")


def test_the_line_names_the_holder_and_the_cure(taken: int) -> None:
    with pytest.raises(StartError) as caught:
        check_port("127.0.0.1", taken, "STADSPULS_MQTT_PORT")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"Port {taken} is held by {psutil.Process().name()} (pid {os.getpid()}, user ")
    found = re.search(r"stop it \(.*\) or choose another: STADSPULS_MQTT_PORT=(\d+) make up$", line)
    assert found
    check_port("127.0.0.1", int(found[1]), "STADSPULS_MQTT_PORT")


def test_a_holder_that_the_system_hides_is_told_as_such(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = [c._replace(pid=None) for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == taken]
    monkeypatch.setattr(psutil, "net_connections", lambda kind: hidden)
    with pytest.raises(StartError, match=f"Port {taken} is held by a process of another user: stop it .*or choose"):
        check_port("127.0.0.1", taken, "STADSPULS_HTTP_PORT")


def test_a_system_that_tells_nothing_about_ports_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    assert holder_of(1883) is None


def test_the_cure_for_a_system_service_is_to_stop_the_service(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Holder(712, "mosquitto", "mosquitto", "mosquitto").cure == "systemctl stop mosquitto"
    assert Holder(712, "mosquitto", "mosquitto", None).cure == "kill 712"
    found = ports._SERVICE.search("0::/system.slice/mosquitto.service\n")
    assert found
    assert found[1] == "mosquitto"
    monkeypatch.setattr(ports, "_service_of", lambda pid: "mosquitto")
    with pytest.raises(StartError, match=r"stop it \(systemctl stop mosquitto\)"):
        check_port("127.0.0.1", taken, "STADSPULS_MQTT_PORT")


def test_an_address_of_another_machine_is_told_with_its_setting() -> None:
    with pytest.raises(StartError, match=r"Nothing can listen on 192\.0\.2\.1:\d+ .*change STADSPULS_HTTP_HOST"):
        check_port("192.0.2.1", free_port(), "STADSPULS_HTTP_PORT")


def test_a_port_that_is_part_of_an_address_is_told_as_one(taken: int) -> None:
    with pytest.raises(StartError) as caught:
        check_port("127.0.0.1", taken, "STADSPULS_INFLUX_URL", "http://127.0.0.1:{port}", "make servers-up")
    assert re.search(r"STADSPULS_INFLUX_URL=http://127\.0\.0\.1:\d+ make servers-up$", str(caught.value))
