"""What must be right before anything starts."""

import pytest

from cli.checks import check_system
from deploy import public_mqtt
from stadspuls.errors import StartError
from stadspuls.settings import load_settings


@pytest.mark.parametrize("profile", ["embedded", "real"])
def test_a_public_broker_without_mosquitto_is_told_before_the_start(
    profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_mqtt, "find_mosquitto", lambda: None)
    monkeypatch.setattr("cli.checks.chosen_broker", lambda _settings: "amqtt")
    check_system(load_settings(None, profile=profile))
    check_system(load_settings(None, profile=profile, public_mqtt_port=2883, public_mqtt_username="stadspuls"))
    with pytest.raises(StartError, match="public MQTT broker needs Mosquitto: install the package `mosquitto`"):
        check_system(load_settings(None, profile=profile, public_mqtt_port=2883))
