"""`stadspuls account`: what an operator types, and what a city is handed."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.embedded.mqtt import find_mosquitto
from stadspuls.keys import KeyFile

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _mosquitto() -> None:
    if not find_mosquitto():
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")


def told(answer: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """What was handed over, by what it is."""
    assert answer.returncode == 0, answer.stderr
    return dict(re.split(r"  +", line, maxsplit=1) for line in answer.stdout.splitlines())


def test_a_city_is_handed_all_it_needs_and_it_is_shown_once(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("account", "add", "gent")
    given = told(answer)
    assert given["user"] == "gent"
    assert given["topics"] == "gent/THEME/SENSOR, nothing outside gent/"
    words = shlex.split(given["try"])
    assert words[0] == "mosquitto_pub"
    assert words[words.index("-P") + 1] == given["password"]
    assert "counts at its start" in answer.stderr
    [file] = tmp_path.rglob("keys.json")
    key = KeyFile(file).known(f"Bearer {given['API key']}")
    assert key.city == "gent"
    shown = stadspuls("account", "list").stdout
    assert key.id in shown
    assert given["password"] not in shown
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and given["password"] in file.read_text()]


def test_a_citys_account_is_rotated_and_revoked(stadspuls: Stadspuls) -> None:
    first = told(stadspuls("account", "add", "gent", "--name", "gent-lora"))
    kept = stadspuls("key", "new", "gent").stdout.split("_")[1]
    second = told(stadspuls("account", "rotate", "gent-lora"))
    assert first["password"] != second["password"]
    assert first["API key"] != second["API key"]
    answer = stadspuls("account", "revoke", "gent-lora")
    assert answer.stdout.splitlines() == [
        "The account gent-lora of gent is revoked.",
        f"gent has other API keys ({kept}): `stadspuls key revoke ID` takes one away.",
    ]
    assert "gent-lora" not in stadspuls("account", "list").stdout
    assert stadspuls("account", "rotate", "stadspuls-bridge").returncode == 0


def test_what_cannot_be_is_told_in_one_line(stadspuls: Stadspuls) -> None:
    answer = stadspuls("account", "add", "atlantis")
    assert answer.returncode == 1
    assert answer.stderr.startswith("stadspuls: no city 'atlantis' here; known: aalst, ")
    answer = stadspuls("account", "add", "gent", "--name", "gent-x\nuser y")
    assert answer.stderr.startswith(r"stadspuls: 'gent-x\nuser y' is no name of an account")
    assert "no account 'gent' here; known: none" in stadspuls("account", "revoke", "gent").stderr


def test_a_certificate_is_made_once_and_named_to_the_city(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("account", "certificates", "mqtt.example", "192.0.2.7")
    assert answer.stdout.startswith("A certificate for mqtt.example, 192.0.2.7 until ")
    assert stadspuls("account", "certificates").returncode == 1
    answer = stadspuls("account", "certificates", "--renew")
    assert answer.stdout.startswith("A certificate for 127.0.0.1, localhost until ")
    (made_until,) = re.findall(r"until (\d{4}-\d\d-\d\d)\.", answer.stdout)
    tls = {"mqtt_tls_port": "8883", "public_url": "https://data.gent.example"}
    given = told(stadspuls("account", "add", "gent", **tls))
    [ca] = tmp_path.rglob("ca.pem")
    assert (given["host"], given["port"], given["CA"]) == ("data.gent.example", "8883, TLS", str(ca.resolve()))
    assert f"--cafile {ca.resolve()} -h data.gent.example -p 8883 -u gent " in given["try"]
    assert f"certificate expires on {made_until}." in stadspuls("account", "list", **tls).stderr
    ca.with_name("server.pem").write_text("x")
    assert "server.pem is no certificate" in stadspuls("account", "list", **tls).stderr
