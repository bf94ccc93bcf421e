"""The command line: what each command says, and how it says what is wrong."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.data_dir import claimed
from stadspuls import __version__

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parent.parent.parent


def test_help_names_every_command(stadspuls: Stadspuls) -> None:
    answer = stadspuls("--help")
    assert answer.returncode == 0
    for command in (
        "up",
        "run",
        "servers",
        "settings",
        "registry",
        "replay",
        "load",
        "rejected",
        "topics",
        "rebuild",
        "backup",
        "restore",
        "version",
    ):
        assert re.search(rf"^[│ ]+{command} ", answer.stdout, re.MULTILINE), command


def test_version(stadspuls: Stadspuls) -> None:
    assert stadspuls("version").stdout.startswith(f"stadspuls {__version__} (Python 3.")


def test_a_part_loads_only_when_it_runs() -> None:
    heavy = "('faust', 'fastapi', 'kafka', 'paho', 'apis', 'streams', 'ingest', 'simulators', 'prometheus_client')"
    code = f"import sys, cli.main; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_settings_tell_value_and_source(stadspuls: Stadspuls, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STADSPULS_SEED=5\n")
    answer = stadspuls("settings", http_port="8090")
    lines = {line.split()[0]: line.split() for line in answer.stdout.splitlines()[1:]}
    assert lines["STADSPULS_HTTP_PORT"][1:3] == ["8090", "environment"]
    assert lines["STADSPULS_SEED"][1:3] == ["5", ".env"]
    assert lines["STADSPULS_PARTITIONS"][1:3] == ["4", "profile"]
    assert lines["STADSPULS_MQTT_PORT"][1:3] == ["1883", "default"]


def test_secrets_are_masked(stadspuls: Stadspuls) -> None:
    for arguments in (("settings",), ("settings", "--json")):
        answer = stadspuls(*arguments, mqtt_password="geheim")
        assert "geheim" not in answer.stdout
        assert "********" in answer.stdout
    assert json.loads(stadspuls("settings", "--json").stdout)["mqtt_password"] == {"value": "", "from": "default"}


def test_settings_as_json_keep_their_types(stadspuls: Stadspuls) -> None:
    document = json.loads(stadspuls("settings", "--json", simulate="0").stdout)
    assert document["simulate"] == {"value": False, "from": "environment"}
    assert document["http_port"] == {"value": 8080, "from": "default"}
    assert document["profile"]["value"] == "embedded"


def test_a_wrong_setting_is_one_line_without_traceback(stadspuls: Stadspuls) -> None:
    answer = stadspuls("settings", http_port="many")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("stadspuls: STADSPULS_HTTP_PORT: ")
    assert len(answer.stderr.splitlines()) == 1


def test_the_registry_that_is_shipped_is_right(stadspuls: Stadspuls) -> None:
    answer = stadspuls("registry", "check")
    assert answer.returncode == 0
    pattern = r"\d+ cities, \d+ themes, \d+ datasets, \d+ sites, \d+ sensors; version [0-9a-f]{12}\n"
    assert re.fullmatch(pattern, answer.stdout)


def test_every_mistake_in_the_registry_is_told_with_file_line_and_field(stadspuls: Stadspuls, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cities", tmp_path / "cities")
    shutil.copytree(ROOT / "themes", tmp_path / "themes")
    file = tmp_path / "themes" / "noise.yaml"
    file.write_text("slug: noise\nnames:\n  en: Noise\nproperties: 7\n")
    answer = stadspuls("registry", "check", "--cities", "cities", "--themes", "themes")
    assert answer.returncode == 1
    lines = answer.stdout.splitlines()
    assert lines
    assert all(re.match(r"\S*themes/noise\.yaml:\d+: [\w.]+: ", line) for line in lines), answer.stdout
    assert any(re.match(r"\S*noise\.yaml:4: properties: ", line) for line in lines), answer.stdout


def test_the_schema_of_the_files_is_printed(stadspuls: Stadspuls) -> None:
    for kind in ("city", "theme"):
        schema = json.loads(stadspuls("registry", "schema", kind).stdout)
        assert schema["type"] == "object"


def test_a_recording_that_cannot_be_read_is_one_line_without_traceback(stadspuls: Stadspuls, tmp_path: Path) -> None:
    (tmp_path / "nothing.tsv").write_text("")
    answer = stadspuls("replay", "nothing.tsv")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert answer.stderr.startswith("stadspuls: ")


def test_up_names_the_platform_that_has_the_data_folder(stadspuls: Stadspuls, tmp_path: Path) -> None:
    with claimed(tmp_path / "data"):
        answer = stadspuls("up", "--data-dir", "data")
    assert answer.returncode == 1
    assert f"stadspuls: Stadspuls already runs on data (pid {os.getpid()})" in answer.stderr


@pytest.mark.parametrize("flag", ["http", "mqtt"])
def test_up_names_who_holds_a_port(stadspuls: Stadspuls, flag: str) -> None:
    with socket.socket() as server, socket.socket() as other:
        server.bind(("127.0.0.1", 0))
        server.listen()
        other.bind(("127.0.0.1", 0))
        ports = {"http": other.getsockname()[1], "mqtt": other.getsockname()[1], flag: server.getsockname()[1]}
        other.close()
        answer = stadspuls("up", "--http-port", str(ports["http"]), "--mqtt-port", str(ports["mqtt"]))
    assert answer.returncode == 1
    expected = (
        f"stadspuls: Port {ports[flag]} is held by .* \\(pid {os.getpid()}, user .*STADSPULS_{flag.upper()}_PORT="
    )
    assert re.match(expected, answer.stderr), answer.stderr


def test_up_tells_mistakes_in_the_registry_before_it_starts_anything(stadspuls: Stadspuls, tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "noise.yaml").write_text("slug: noise\n")
    answer = stadspuls("up", themes_dir=str(tmp_path / "themes"), mqtt_port=str(_free()), http_port=str(_free()))
    assert answer.returncode == 1
    assert "noise.yaml:" in answer.stderr
    assert "[1/" not in answer.stdout


def _free() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
