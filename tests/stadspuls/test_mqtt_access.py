"""Our own MQTT clients: whose account they have, and that nothing shows it."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from stadspuls.errors import AccountsError, SettingsError
from stadspuls.mqtt_access import OWN, MqttAccess, Role, accounts_dir, mqtt_access
from stadspuls.publisher import Publisher
from stadspuls.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, data_dir=tmp_path)


def leave(settings: Settings, accounts: dict[Role, MqttAccess]) -> None:
    accounts_dir(settings).mkdir(exist_ok=True)
    (accounts_dir(settings) / OWN).write_bytes(msgspec.json.encode(accounts))


def test_without_accounts_a_client_has_none_and_the_bridge_its_plain_id(settings: Settings) -> None:
    assert mqtt_access(settings, Role.BRIDGE) == MqttAccess("", "", "stadspuls-bridge")


def test_accounts_in_the_data_folder_are_taken_up_at_once_and_the_settings_come_first(settings: Settings) -> None:
    own = MqttAccess("stadspuls-bridge", "geheim", "stadspuls-bridge-6e1")
    leave(settings, {Role.BRIDGE: own})
    assert mqtt_access(settings, Role.BRIDGE) == own
    assert mqtt_access(settings, Role.PUBLISHER).username == ""
    named = load_settings(None, data_dir=settings.data_dir, mqtt_username="city", mqtt_password="other")
    assert mqtt_access(named, Role.BRIDGE) == MqttAccess("city", "other", "stadspuls-bridge")


def test_neither_password_nor_client_id_is_shown() -> None:
    assert repr(MqttAccess("stadspuls-bridge", "geheim", "stadspuls-bridge-6e1")) == "MqttAccess('stadspuls-bridge')"


def test_a_file_that_is_none_is_told(settings: Settings) -> None:
    leave(settings, {})
    (accounts_dir(settings) / OWN).write_text("{")
    with pytest.raises(AccountsError, match=r"own\.json cannot be read"):
        mqtt_access(settings, Role.BRIDGE)


def test_a_ca_that_is_no_file_is_told(tmp_path: Path) -> None:
    settings = load_settings(None, profile="real", mqtt_tls=True, mqtt_ca=os.fspath(tmp_path / "none.pem"))
    with pytest.raises(SettingsError, match=r"mqtt_ca: .*none\.pem"):
        Publisher(settings, "test", threading.Event())


def test_a_certificate_goes_with_a_key_and_a_port_has_one_listener() -> None:
    with pytest.raises(SettingsError, match="go together"):
        load_settings(None, mqtt_tls_cert="cert.pem")
    with pytest.raises(SettingsError, match="embedded broker without TLS"):
        load_settings(None, mqtt_tls=True)
    with pytest.raises(SettingsError, match="the listener without TLS has that port"):
        load_settings(None, mqtt_port=8883, mqtt_tls_port=8883)
