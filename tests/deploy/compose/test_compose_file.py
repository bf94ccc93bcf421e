"""docker-compose.yml is of the published form, guarded, and consistent with the project."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from cli.commands.run import Service as Process
from cli.main import app
from cli.services import SERVICES
from deploy.first_start.secret_files import SecretFiles
from deploy.servers import versions
from deploy.servers.kafka_configuration import configuration
from stadspuls import __version__
from stadspuls.settings import PREFIX, ROOT, Profile, Settings, load_settings
from tests.deploy.compose.composition import (
    DOCKERFILE,
    EXAMPLE,
    FILE,
    IMAGES,
    command,
    composition,
    instructions,
    read,
    variables,
    volumes,
    written,
)

DOCUMENT = composition()
HERE: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = [name for name, service in HERE.items() if "build" in service]
ONCE = ("setup", "tools")
"""They end."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container
TELL = ["--tell", "0.0.0.0:9464"]
NOT_SETTINGS = {
    "STADSPULS_CERTIFICATES_DIR",
    "STADSPULS_GRAFANA_HOST",
    "STADSPULS_GRAFANA_PORT",
    "STADSPULS_KAFKA_CLUSTER_ID",
    "STADSPULS_PROMETHEUS_RETENTION",
}
"""Variables that are the composition's own."""
IMAGE = re.compile(r"(?:python|kafka|influxdb|grafana|prometheus|mosquitto|stadspuls):v?\d+\.\d[\w.-]*")


def schema() -> Any:
    """The published schema, a file of `check-jsonschema`; that itself wants another click than Faust does."""
    spec = find_spec("check_jsonschema")
    assert spec is not None
    assert spec.origin is not None
    return json.loads((Path(spec.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json").read_text())


def mistakes(document: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(document)]


@pytest.mark.parametrize("document", [written(), read(IMAGES), DOCUMENT], ids=["file", "images", "used"])
def test_it_is_of_the_published_form(document: Any) -> None:
    assert mistakes(document) == []


@pytest.mark.parametrize(
    "planted",
    [{"mem_limits": "1g"}, {"depends_on": {"setup": {"condition": "done"}}}, {"ports": [{"targets": 1}]}],
    ids=str,
)
def test_a_planted_mistake_of_form_is_found(planted: dict[str, Any]) -> None:
    document = composition()
    document["services"]["api"] |= planted
    assert mistakes(document)


def test_every_process_of_the_platform_has_a_service() -> None:
    run = {command(HERE[name])[2] for name in OURS if command(HERE[name])[1] == "run"}
    assert run | {"kafka"} == set(SERVICES)
    assert {"kafka", "influxdb", "grafana", "prometheus", "mosquitto"} <= set(HERE)


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_the_project(name: str) -> None:
    _, first, *rest = command(HERE[name])
    assert first in {one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands}
    if first == "run":
        assert Process(rest[0])
        assert rest[1:] in ([], TELL)


@pytest.mark.parametrize("name", OURS)
def test_an_environment_is_one_that_the_platform_starts_with(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("a token")
    for variable, value in HERE[name]["environment"].items():
        assert settings_name(variable) in Settings.model_fields
        monkeypatch.setenv(variable, str(tmp_path / "token") if variable.endswith("_FILE") else value)
    settings = load_settings(None)
    assert settings.profile is Profile.REAL
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.data_dir == Path("/data")


def settings_name(variable: str) -> str:
    assert variable.startswith(PREFIX)
    return variable.removeprefix(PREFIX).removesuffix("_FILE").lower()


def test_every_variable_from_outside_is_a_setting_or_the_compositions_own_and_has_an_example() -> None:
    taken = set(variables())
    assert {name for name in taken if settings_name(name) not in Settings.model_fields} == NOT_SETTINGS
    example = EXAMPLE.read_text()
    assert {name for name in taken if f"#{name}=" not in example} == set()
    assert set(re.findall(r"^#?(STADSPULS_\w+)=", example, re.MULTILINE)) == taken


def test_what_the_example_shows_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = dict(re.findall(r"^#(STADSPULS_\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    used = composition(shown)
    assert mistakes(used) == []
    for variable, value in used["services"]["mosquitto"]["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings(None)
    assert settings.mqtt_tls_port == 8883
    assert settings.mqtt_tls_cert == "/certificates/fullchain.pem"
    assert "0.0.0.0:8883:8883" in used["services"]["mosquitto"]["ports"]


def test_defaults_are_those_of_the_settings() -> None:
    settings = load_settings(None, profile=Profile.REAL)
    for name, default in variables().items():
        if name not in NOT_SETTINGS and default and not default.startswith("./"):
            known = getattr(settings, settings_name(name))
            # Ports that are 0 until somebody wants them, and the address of the published port.
            same = type(known)(default) == known
            assert same or known == 0 or name == "STADSPULS_PUBLIC_URL", name


@pytest.mark.parametrize("name", HERE)
def test_a_service_is_guarded(name: str) -> None:
    service = HERE[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc"} & set(service)
    assert "docker.sock" not in str(service)
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"]
    # Kafka's image writes its configuration into itself when it starts, and runs as a user of its own by itself.
    assert name == "kafka" or (service["read_only"] and not service["user"].startswith(("0", "root")))


@pytest.mark.parametrize("name", HERE)
def test_a_service_says_whether_it_works_and_is_started_again(name: str) -> None:
    service = HERE[name]
    if name in ONCE:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
        return
    assert service["restart"] == ("on-failure" if name in {"pollers", "simulators", "replays"} else "unless-stopped")
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["healthcheck"]["timeout"]


@pytest.mark.parametrize("name", [name for name in OURS if name not in ONCE])
def test_a_health_check_asks_where_the_process_answers(name: str) -> None:
    service = HERE[name]
    *asking, url = service["healthcheck"]["test"]
    assert asking == ["CMD", "python", "-m", "cli.probe"]
    environment = service["environment"]
    where = {
        "mosquitto": f"mqtt://127.0.0.1:{environment['STADSPULS_MQTT_PORT']}",
        "public-mqtt": f"mqtt://127.0.0.1:{environment['STADSPULS_PUBLIC_MQTT_PORT']}",
        "api": f"http://127.0.0.1:{environment.get('STADSPULS_HTTP_PORT')}/health/ready",
        "door": f"http://127.0.0.1:{environment.get('STADSPULS_DOOR_PORT')}/health/live",
    }
    assert url == where.get(name, "http://127.0.0.1:9464/health/live")
    tells = command(service)[3:] == TELL
    assert tells == (name not in {"mosquitto", "public-mqtt", "api"})


@pytest.mark.parametrize("name", [name for name in OURS if name != "setup"])
def test_everything_of_ours_waits_for_the_set_up(name: str) -> None:
    if name != "tools":
        assert HERE[name]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}
    for other, how in HERE[name].get("depends_on", {}).items():
        assert other in HERE
        assert other in ONCE or "test" in HERE[other]["healthcheck"], how


def test_what_is_waited_for_runs_whenever_who_waits_does() -> None:
    for service in HERE.values():
        for other in service.get("depends_on", {}):
            assert set(HERE[other].get("profiles", [])) <= set(service.get("profiles", []))


def test_ports_are_published_on_this_machine_alone_and_lead_to_where_somebody_listens() -> None:
    published = {name: service["ports"] for name, service in HERE.items() if "ports" in service}
    inside = {name: [port.split(":")[2] for port in ports] for name, ports in published.items()}
    assert inside == {
        "mosquitto": ["1883", "8883"],
        "api": ["8080"],
        "door": ["8090"],
        "public-mqtt": ["1884"],
        "grafana": ["3000"],
    }
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    for name, variable in (("mosquitto", "MQTT"), ("api", "HTTP"), ("door", "DOOR"), ("public-mqtt", "PUBLIC_MQTT")):
        assert HERE[name]["environment"][f"STADSPULS_{variable}_PORT"] == inside[name][0]
        assert HERE[name]["environment"][f"STADSPULS_{variable}_HOST"] == EVERYWHERE


def test_only_what_must_be_reached_or_reaches_out_is_on_the_outer_network() -> None:
    assert DOCUMENT["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in HERE.items() if "outside" in service["networks"]}
    assert outside == {name for name, service in HERE.items() if "ports" in service} | {"pollers"}
    assert all("inside" in service["networks"] for service in HERE.values())


def test_every_volume_is_declared_and_used_and_every_folder_is_there() -> None:
    mounts = [mount for service in HERE.values() for mount in volumes(service).values()]
    folders = {source for source, _ in mounts if source.startswith(("./", "/"))}
    assert {source for source, _ in mounts} - folders == set(DOCUMENT["volumes"])
    assert {folder for folder in folders if not (ROOT / folder).exists()} == set()


def test_secrets_are_seen_by_those_who_need_them_and_were_made_by_the_set_up() -> None:
    seen = {name: set(volumes(service)) for name, service in HERE.items()}
    made = SecretFiles(Path("/secrets"))
    places = {str(file.parent) for file in (made.influx_admin, made.influx_platform, made.grafana_admin)}
    assert places <= seen["setup"]
    assert {name for name in HERE if str(made.influx_admin.parent) in seen[name]} == {"setup"}
    assert {name for name in HERE if str(made.grafana_admin.parent) in seen[name]} == {"setup", "grafana"}
    for name, service in HERE.items():
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value in {str(made.influx_platform), str(made.grafana_admin)}
                assert str(Path(value).parent) in seen[name]
                assert not volumes(service)[str(Path(value).parent)][1], "only the set-up writes secrets"
    assert HERE["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD__FILE"] == str(made.grafana_admin)
    with_accounts = {name for name in HERE if "/data/accounts" in seen[name]}
    assert with_accounts == {"setup", "tools", "mosquitto", "bridge", "pollers", "simulators", "replays"}
    writing = {name for name in with_accounts if volumes(HERE[name])["/data/accounts"][1]}
    assert writing == {"setup", "mosquitto"}


def test_no_secret_stands_in_a_file_or_an_environment() -> None:
    for service in HERE.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET", variable):
                assert variable.endswith("_FILE"), value


def test_kafka_is_configured_as_the_one_that_the_tests_run_on() -> None:
    environment = HERE["kafka"]["environment"]
    here = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in environment.items()
        if name.startswith("KAFKA_") and name not in {"KAFKA_HEAP_OPTS", "KAFKA_OPTS"}
    }
    settings = load_settings(None, profile=Profile.REAL)
    tested = dict(
        line.split("=", 1) for line in configuration(settings, Path("/x"), 9092, 9093).splitlines() if "=" in line
    )
    places = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}
    assert set(here) == set(tested)
    assert {name: here[name] for name in here if name not in places} == {
        name: tested[name] for name in tested if name not in places
    }
    assert volumes(HERE["kafka"])[here["log.dirs"]] == ("kafka", True)


def test_images_are_pinned_and_stand_in_one_file() -> None:
    images = {name: service["image"] for name, service in HERE.items()}
    assert all(re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", image) for image in images.values())
    assert images["api"] == f"localhost/stadspuls:{__version__}"
    build = read(IMAGES)["services"]["stadspuls"]["build"]
    assert (IMAGES.parent / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE
    assert images["kafka"].endswith(f":{versions.KAFKA}")
    assert images["influxdb"].endswith(f":{versions.INFLUXDB}")
    assert re.search(r"Checked on \d{4}-\d\d-\d\d", IMAGES.read_text())
    elsewhere = [FILE, DOCKERFILE, EXAMPLE, *(ROOT / "deploy").rglob("*.yml"), *(ROOT / "docs").rglob("*.md")]
    naming = [str(file) for file in elsewhere if file != IMAGES and IMAGE.search(file.read_text())]
    assert naming == []
    assert IMAGE.search(IMAGES.read_text())


def test_memory_limits_leave_room_over_what_was_measured() -> None:
    measured = {"bridge": 113, "sink": 130, "streams": 750, "api": 207, "archive": 169, "kafka": 650, "influxdb": 260}
    for name, used in measured.items():
        assert mebibytes(HERE[name]["mem_limit"]) >= 1.3 * used, name


def mebibytes(text: str) -> int:
    return int(text[:-1]) * {"m": 1, "g": 1024}[text[-1]]


def test_the_outer_user_is_the_one_of_the_image() -> None:
    user = next(rest for word, rest in reversed(instructions()) if word == "USER")
    assert {HERE[name]["user"] for name in OURS} == {user}
    assert HERE["grafana"]["group_add"] == [user.split(":")[1]]
