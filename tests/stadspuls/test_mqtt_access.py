"""Our own MQTT clients: whose account they have, and that nothing shows it."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from stadspuls.errors import AccountsError, SettingsError
from stadspuls.mqtt_access import OWN, SESSION, MqttAccess, Role, accounts_dir, bridge_client_id, mqtt_access
from stadspuls.publisher import Publisher
from stadspuls.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, data_dir=tmp_path)


def leave(settings: Settings, accounts: dict[Role, MqttAccess]) -> None:
    accounts_dir(settings).mkdir(exist_ok=True)
    (accounts_dir(settings) / OWN).write_bytes(msgspec.json.encode(accounts))


def test_without_accounts_the_bridge_has_an_id_that_nobody_can_guess_and_keeps_it(settings: Settings) -> None:
    access = mqtt_access(settings, Role.BRIDGE)
    assert (access.username, access.password) == ("", "")
    assert re.fullmatch("stadspuls-bridge-[0-9a-f]{32}", access.client_id)
    assert mqtt_access(settings, Role.BRIDGE) == access
    file = settings.data_dir / SESSION
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(settings.data_dir.iterdir()) == [file]
    other = load_settings(None, data_dir=settings.data_dir / "other")
    assert mqtt_access(other, Role.BRIDGE) != access


def test_processes_that_need_an_id_at_once_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(bridge_client_id, [settings] * 8))) == 1


def test_an_id_that_the_settings_name_is_taken_as_it_is(settings: Settings) -> None:
    named = load_settings(None, data_dir=settings.data_dir, mqtt_client_id="a-secret")
    assert mqtt_access(named, Role.BRIDGE) == MqttAccess("", "", "a-secret")


def test_an_id_that_cannot_be_kept_is_told(settings: Settings) -> None:
    (settings.data_dir / SESSION).mkdir()
    with pytest.raises(AccountsError, match="bridge-session cannot be used"):
        mqtt_access(settings, Role.BRIDGE)


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
    with pytest.raises(SettingsError, match=r"STADSPULS_MQTT_CA: .*none\.pem"):
        Publisher(settings, "test", threading.Event())


def test_a_certificate_goes_with_a_key_and_a_port_has_one_listener() -> None:
    with pytest.raises(SettingsError, match="go together"):
        load_settings(None, mqtt_tls_cert="cert.pem")
    with pytest.raises(SettingsError, match="embedded broker without TLS"):
        load_settings(None, mqtt_tls=True)
    with pytest.raises(SettingsError, match="the listener without TLS has that port"):
        load_settings(None, mqtt_port=8883, mqtt_tls_port=8883)
