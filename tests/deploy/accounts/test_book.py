"""Accounts in their files: what may be called how, and changes that are cut off."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.accounts import book
from deploy.accounts.access_list import access_list
from deploy.accounts.book import AccountBook
from deploy.accounts.brokers import access_lines, broker_lines, take_up
from deploy.accounts.issuing import issue, reissue, withdraw
from deploy.accounts.ledger import ACCESS_LIST, Account, check_name, has_accounts, ledger_path, listed
from deploy.embedded import mqtt as embedded
from deploy.embedded.mqtt import chosen_broker, mosquitto_command
from deploy.servers.mosquitto import configuration
from stadspuls.errors import AccountsError, SettingsError, StartError
from stadspuls.holding import held
from stadspuls.keys import KeyFile, identifier_of
from stadspuls.mqtt_access import OWN, Role, accounts_dir, mqtt_access, own_accounts
from stadspuls.public_broker import write_secret
from stadspuls.settings import Settings, load_settings
from tests.deploy.accounts.brokers import CITIES, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "data", mqtt_tls_port=0)


@pytest.mark.parametrize("name", ["gent", "gent-lora", "gent-2", "gent-a-b"])
def test_an_account_is_called_like_its_city_or_begins_with_it(name: str) -> None:
    check_name(name, "gent", list(CITIES))


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("aalst", "gent"),
        ("gentbrugge", "gent"),
        ("lora", "gent"),
        ("gent-", "gent"),
        ("gent--x", "gent"),
        ("gent_x", "gent"),
        ("gent-x\ntopic readwrite #", "gent"),
        ("gent-x:y", "gent"),
        ("gent-é", "gent"),
        ("gent-" + "x" * 60, "gent"),
        ("", "gent"),
        ("#", "#"),
        ("+", "+"),
        ("gent/#", "gent/#"),
        ("stadspuls-bridge", "stadspuls"),
        ("stadspuls", "stadspuls"),
        ("sint-niklaas", "sint"),
    ],
)
def test_no_other_name_is_taken(name: str, city: str) -> None:
    with pytest.raises(AccountsError):
        check_name(name, city, ["gent", "sint", "sint-niklaas"])


def test_a_ledger_that_was_tampered_with_makes_no_line_of_the_access_list(settings: Settings) -> None:
    AccountBook(settings).add("gent", "gent")
    file = ledger_path(settings)
    file.write_text(file.read_text().replace('"city": "gent"', '"city": "gent/#\\ntopic readwrite "'))
    with pytest.raises(AccountsError, match="is no name of an account"):
        AccountBook(settings).add("aalst", "aalst")
    file.write_text("{")
    with pytest.raises(AccountsError, match=r"accounts\.json cannot be read"):
        listed(settings)


def test_the_access_list_names_what_each_may_and_nothing_else() -> None:
    assert access_list([Account("gent-lora", "gent", 1)]).split("\n") == [
        "user stadspuls-bridge",
        "topic read #",
        "",
        "user stadspuls-publisher",
        "topic write #",
        "",
        "user gent-lora",
        "topic readwrite gent/#",
        "",
    ]


def test_a_city_that_is_not_there_a_name_that_is_taken_and_one_that_is_unknown_are_told(settings: Settings) -> None:
    with pytest.raises(AccountsError, match="no city 'atlantis' here; known: gent, aalst"):
        issue(settings, "atlantis", "atlantis", CITIES)
    made = issue(settings, "gent", "gent", CITIES)
    with pytest.raises(AccountsError, match="account rotate gent"):
        issue(settings, "gent", "gent", CITIES)
    for change in (reissue, withdraw):
        with pytest.raises(AccountsError, match="no account 'aalst' here; known: gent"):
            change(settings, "aalst")
    assert [key.id for key in KeyFile(settings.keys_path).listed()] == [identifier_of(made.key)]
    assert made.password not in repr(made)
    assert made.key not in repr(made)


def test_a_first_account_that_is_cut_off_lets_everybody_in_and_can_be_made_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def until_the_disk_is_full(file: Path, text: str) -> None:
        if file.name == ACCESS_LIST:
            raise OSError("No space left on device")
        written.append(file.name)
        write_secret(file, text)

    with monkeypatch.context() as patch:
        patch.setattr(book, "write_secret", until_the_disk_is_full)
        with pytest.raises(AccountsError, match="cannot be written: No space left"):
            issue(settings, "gent", "gent", CITIES)
    assert OWN in written
    assert not has_accounts(settings)
    assert access_lines(settings).startswith("allow_anonymous true\n")
    assert KeyFile(settings.keys_path).listed() == []
    before = own_accounts(settings)
    issue(settings, "gent", "gent", CITIES)
    assert own_accounts(settings) == before
    assert [account.name for account in listed(settings)] == ["gent"]
    hashes = (accounts_dir(settings) / "passwords").read_text().splitlines()
    assert [line.split(":")[0] for line in hashes] == [*Role, "gent"]
    assert all(":$7$" in line for line in hashes)


def test_one_command_at_a_time_changes_accounts(settings: Settings) -> None:
    AccountBook(settings).add("gent", "gent")
    with held(accounts_dir(settings) / "lock"), pytest.raises(AccountsError, match="try again"):
        AccountBook(settings).add("aalst", "aalst")


def test_our_own_accounts_are_made_with_the_first_of_a_city(settings: Settings) -> None:
    with pytest.raises(AccountsError, match="accounts begin with the first one of a city"):
        AccountBook(settings).rotate_own(Role.BRIDGE)
    assert not has_accounts(settings)
    AccountBook(settings).prepare()
    prepared = [mqtt_access(settings, role) for role in Role]
    with pytest.raises(AccountsError, match="accounts begin with the first one of a city"):
        AccountBook(settings).rotate_own(Role.BRIDGE)
    # The broker still lets everybody in.
    assert not has_accounts(settings)
    AccountBook(settings).add("gent", "gent")
    bridge, publisher = (mqtt_access(settings, role) for role in Role)
    assert [bridge, publisher] == prepared
    assert bridge.client_id.startswith("stadspuls-bridge-")
    assert len(bridge.client_id) >= len("stadspuls-bridge-") + 32
    assert len({bridge.password, publisher.password}) == 2


def test_without_mosquitto_there_are_no_accounts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.passwords.shutil.which", lambda *_args, **_named: None)
    with pytest.raises(StartError, match="`mosquitto_passwd`, which comes with Mosquitto: install the package"):
        issue(settings, "gent", "gent", CITIES)
    assert not has_accounts(settings)
    assert KeyFile(settings.keys_path).listed() == []


def test_amqtt_does_not_serve_where_there_are_accounts_or_tls(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    amqtt = settings.model_copy(update={"mqtt_broker": "amqtt"})
    assert chosen_broker(amqtt) == "amqtt"
    with pytest.raises(AccountsError, match="amqtt knows no accounts: install Mosquitto"):
        issue(amqtt, "gent", "gent", CITIES)
    with pytest.raises(SettingsError, match="neither accounts nor TLS"):
        chosen_broker(amqtt.model_copy(update={"mqtt_tls_port": 8883}))
    AccountBook(settings).add("gent", "gent")
    with pytest.raises(SettingsError, match="neither accounts nor TLS"):
        chosen_broker(amqtt)
    monkeypatch.setattr(embedded, "find_mosquitto", lambda: None)
    with pytest.raises(SettingsError, match="neither accounts nor TLS"):
        chosen_broker(settings)


def test_tls_wants_an_account_and_a_certificate(settings: Settings, tmp_path: Path) -> None:
    tls = settings.model_copy(update={"mqtt_tls_port": 8883, "mqtt_tls_host": "192.0.2.7"})
    with pytest.raises(StartError, match="account add CITY"):
        broker_lines(tls, tmp_path)
    AccountBook(settings).add("gent", "gent")
    with pytest.raises(StartError, match=r"server\.pem: .*stadspuls account certificates"):
        broker_lines(tls, tmp_path)
    own = tls.model_copy(update={"mqtt_tls_cert": str(tmp_path / "chain.pem"), "mqtt_tls_key": str(tmp_path / "key")})
    (tmp_path / "chain.pem").touch()
    with pytest.raises(StartError, match=r"no .*key: STADSPULS_MQTT_TLS_CERT and _KEY name it"):
        broker_lines(own, tmp_path)
    (tmp_path / "key").touch()
    wanted = [
        "listener 8883 192.0.2.7",
        f"certfile {tmp_path}/chain.pem",
        f"keyfile {tmp_path}/key",
        "tls_version tlsv1.2",
    ]
    for lines in (broker_lines(own, tmp_path), configuration(own, tmp_path, 1883).splitlines()):
        assert lines[(at := lines.index(wanted[0])) : at + 4] == wanted


def test_a_process_that_is_not_this_folders_broker_is_not_told(settings: Settings) -> None:
    mosquitto_command(settings)
    pid_file = settings.data_dir / "mosquitto" / "mosquitto.pid"
    for text in ("", "x", "4194304"):
        pid_file.write_text(text)
        assert not take_up(settings)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        pid_file.write_text(str(other.pid))
        assert not take_up(settings)
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_a_change_is_in_the_configuration_also_when_no_broker_runs(settings: Settings) -> None:
    file = Path(mosquitto_command(settings)[2])
    assert file.read_text().endswith("allow_anonymous true\n")
    issue(settings, "gent", "gent", CITIES)
    text = file.read_text()
    assert text.count("allow_anonymous") == 1
    assert "allow_anonymous false\n" in text
    assert mosquitto_command(settings)[2] == str(file)
    assert file.read_text() == text


def test_where_nobody_made_an_account_nothing_is_written(tmp_path: Path) -> None:
    settings = load_settings(None, data_dir=tmp_path / "data")
    assert access_lines(settings) == "allow_anonymous true\n"
    assert listed(settings) == []
    assert not take_up(settings)
    assert not settings.data_dir.exists()
