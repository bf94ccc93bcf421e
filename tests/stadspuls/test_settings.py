"""Settings: where they come from, in which order, and what is refused."""

from pathlib import Path

import pytest

from stadspuls.errors import SettingsError
from stadspuls.own_servers import INFLUX_TOKEN
from stadspuls.settings import PREFIX, Profile, Settings, load_settings, setting_sources


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
        monkeypatch.delenv(f"{PREFIX}{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_flag_beats_the_environment_beats_dotenv_beats_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_settings().http_port == 8080
    assert setting_sources()["http_port"] == "default"

    (tmp_path / ".env").write_text("STADSPULS_HTTP_PORT=8081\n")
    assert load_settings().http_port == 8081
    assert setting_sources()["http_port"] == ".env"

    monkeypatch.setenv("STADSPULS_HTTP_PORT", "8082")
    assert load_settings().http_port == 8082
    assert setting_sources()["http_port"] == "environment"

    assert load_settings(http_port=8083).http_port == 8083
    assert setting_sources(http_port=8083)["http_port"] == "flag"


def test_a_flag_that_is_not_given_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADSPULS_HTTP_PORT", "8082")
    assert load_settings(http_port=None).http_port == 8082
    assert setting_sources(http_port=None)["http_port"] == "environment"


def test_dotenv_beats_the_profile_and_the_profile_beats_the_default(tmp_path: Path) -> None:
    assert load_settings(profile="real").partitions == 8
    assert setting_sources(profile="real")["partitions"] == "profile"

    (tmp_path / ".env").write_text("STADSPULS_PROFILE=real\nSTADSPULS_PARTITIONS=12\n")
    settings = load_settings()
    assert settings.profile is Profile.REAL
    assert settings.partitions == 12
    assert settings.kafka_bootstrap == "127.0.0.1:9092"
    sources = setting_sources()
    assert (sources["partitions"], sources["kafka_bootstrap"], sources["profile"]) == (".env", "profile", ".env")


def test_the_environment_may_choose_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADSPULS_PROFILE", "real")
    assert load_settings().kafka_unread_limit == 0


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("uit het bestand\n")
    (tmp_path / ".env").write_text("STADSPULS_MQTT_PASSWORD=uit .env\n")
    monkeypatch.setenv("STADSPULS_MQTT_PASSWORD_FILE", str(tmp_path / "secret"))
    assert load_settings().mqtt_password.get_secret_value() == "uit het bestand"
    assert setting_sources()["mqtt_password"] == "file"

    monkeypatch.setenv("STADSPULS_MQTT_PASSWORD", "uit de omgeving")
    assert load_settings().mqtt_password.get_secret_value() == "uit de omgeving"
    assert setting_sources()["mqtt_password"] == "environment"


def test_only_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8085")
    monkeypatch.setenv("STADSPULS_HTTP_PORT_FILE", str(tmp_path / "port"))
    assert load_settings().http_port == 8080


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADSPULS_MQTT_PASSWORD_FILE", "/nowhere/secret")
    with pytest.raises(SettingsError, match="STADSPULS_MQTT_PASSWORD_FILE: /nowhere/secret: No such file"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADSPULS_MQTT_PASSWORD", "geheim")
    assert "geheim" not in f"{load_settings()!r} {load_settings()} {load_settings().model_dump()}"


def test_every_mistake_is_named_after_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADSPULS_HTTP_PORT", "many")
    monkeypatch.setenv("STADSPULS_FRAME_WAIT", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["STADSPULS_HTTP_PORT", "STADSPULS_FRAME_WAIT"]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"partitions": 8}, "partitions: the embedded Kafka always has 4"),
        ({"public_url": "https://stad.example/"}, "public_url: must not end with a slash"),
        ({"profile": "cloud"}, "STADSPULS_PROFILE"),
        ({"topic_prefix": "a b"}, "STADSPULS_TOPIC_PREFIX"),
        ({"http_port": 0}, "STADSPULS_HTTP_PORT"),
        ({"public_mqtt_port": 1883}, "the sensors' broker listens there"),
        ({"public_mqtt_port": 1883, "public_mqtt_host": "0.0.0.0"}, "the sensors' broker listens there"),  # noqa: S104
        ({"public_mqtt_port": 1884, "public_mqtt_url": "http://mqtt.example"}, "STADSPULS_PUBLIC_MQTT_URL"),
    ],
)
def test_what_cannot_work_is_refused(flags: dict[str, object], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        load_settings(None, **flags)


def test_a_public_broker_on_another_machine_may_have_the_same_port() -> None:
    flags = {"public_mqtt_port": 1883, "public_mqtt_host": "mqtt.example", "public_mqtt_username": "stadspuls"}
    settings = load_settings(None, **flags)
    assert not settings.own_public_mqtt
    assert load_settings(None).open_mqtt_url == ""
    assert settings.open_mqtt_url == "mqtt://127.0.0.1:1883"


def test_published_addresses_come_from_host_and_port_unless_said() -> None:
    assert load_settings(None, http_port=8090).base_url == "http://127.0.0.1:8090"
    assert load_settings(None, public_url="https://stad.example").base_url == "https://stad.example"


def test_every_setting_says_what_it_is() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def own_token(data_dir: Path, holds: str = "left by the set-up") -> None:
    file = data_dir / INFLUX_TOKEN
    file.parent.mkdir(parents=True)
    file.write_text(f"{holds}\n")


def test_the_real_profile_finds_the_token_of_its_own_influxdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_token(tmp_path / "data")
    own_token(tmp_path / "other", "another")
    assert load_settings(profile=Profile.REAL).influx_token.get_secret_value() == "left by the set-up"
    assert setting_sources(profile=Profile.REAL)["influx_token"] == "file"
    moved = load_settings(profile=Profile.REAL, data_dir=tmp_path / "other")
    assert moved.influx_token.get_secret_value() == "another"
    monkeypatch.setenv("STADSPULS_INFLUX_TOKEN", "given")
    assert load_settings(profile=Profile.REAL).influx_token.get_secret_value() == "given"
    assert setting_sources(profile=Profile.REAL)["influx_token"] == "environment"


def test_without_such_a_token_there_is_none(tmp_path: Path) -> None:
    assert load_settings(profile=Profile.REAL).influx_token.get_secret_value() == ""
    assert setting_sources(profile=Profile.REAL)["influx_token"] == "default"
    own_token(tmp_path / "data")
    assert load_settings().influx_token.get_secret_value() == ""


def test_a_token_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "data" / INFLUX_TOKEN).mkdir(parents=True)
    with pytest.raises(SettingsError, match="STADSPULS_INFLUX_TOKEN: data/servers/influxdb/token: "):
        load_settings(profile=Profile.REAL)


def test_the_embedded_profile_has_one_worker() -> None:
    with pytest.raises(SettingsError, match="workers: the embedded profile always has 1"):
        load_settings(workers=2)
    assert load_settings(profile=Profile.REAL, workers=2).workers == 2
