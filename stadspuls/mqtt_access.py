"""How our own MQTT clients get at the sensors' broker: account, client id, TLS; the same way for all of them.

Once a platform has accounts, those of its own processes lie in the data folder for its owner alone, made with the first
account. They are read at every connection, so that a running process takes up new ones. What the settings name
(`STADSPULS_MQTT_USERNAME`) comes first: it is an account at a broker of the city's own.
"""

import secrets
import ssl
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from stadspuls.errors import AccountsError
from stadspuls.files import write_new
from stadspuls.settings import Settings
from stadspuls.tls import client_context

if TYPE_CHECKING:
    from paho.mqtt.client import Client, SocketLike

FOLDER = "accounts"
"""Below the data folder: everything of accounts."""
OWN = "own.json"
"""In it: the secrets of our own processes."""
SESSION = "bridge-session"
"""In the data folder: the client id of the bridge, a secret from its first start on, with accounts or without."""


class Role(StrEnum):
    """What a client of ours does at the broker."""

    BRIDGE = "stadspuls-bridge"
    """Reads everything."""
    PUBLISHER = "stadspuls-publisher"
    """Writes everywhere."""


class MqttAccess(msgspec.Struct, frozen=True, rename="camel"):
    """An account at the broker."""

    username: str
    password: str
    client_id: str
    """The bridge's: its session hangs on it. Known to nobody else, since whoever connects with it gets the session."""

    def __repr__(self) -> str:
        """Without the password, and without the client id, which is as secret."""
        return f"MqttAccess({self.username!r})"


def accounts_dir(settings: Settings) -> Path:
    """The folder of everything of accounts."""
    return settings.data_dir / FOLDER


def mqtt_access(settings: Settings, role: Role) -> MqttAccess:
    """The account of a client of ours now; an empty user name means none.

    Raises:
        AccountsError: when the file with the secrets cannot be read.
    """
    if settings.mqtt_username:
        password = settings.mqtt_password.get_secret_value()
        return MqttAccess(settings.mqtt_username, password, settings.mqtt_client_id)
    found = own_accounts(settings).get(role)
    return found or MqttAccess("", "", bridge_client_id(settings) if role is Role.BRIDGE else "")


def bridge_client_id(settings: Settings) -> str:
    """The client id on which the bridge's session hangs: what the settings name, else one that nobody can guess.

    It is made at first need and stays, so that also the first account leaves the session as it is.

    Raises:
        AccountsError: when it can be neither read nor written.
    """
    given = settings.mqtt_client_id
    if settings.mqtt_username or given != type(settings).model_fields["mqtt_client_id"].default:
        return given
    file = settings.data_dir / SESSION
    try:
        return _kept(file) or _keep(file, f"{given}-{secrets.token_hex(16)}")
    except OSError as error:
        raise AccountsError(f"{file} cannot be used: {error}") from error


def _kept(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""


def _keep(file: Path, client_id: str) -> str:
    """Keep an id where none is kept; returns the one that is kept then, also when another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_new(file, f"{client_id}\n".encode())
    except FileExistsError:
        return _kept(file)
    return client_id


def own_accounts(settings: Settings) -> Mapping[Role, MqttAccess]:
    """The accounts of our own processes; empty where the platform has no accounts.

    Raises:
        AccountsError: when they cannot be read.
    """
    file = accounts_dir(settings) / OWN
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[Role, MqttAccess])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise AccountsError(f"{file} cannot be read: {error}") from error


def give_account(client: "Client", settings: Settings, role: Role) -> None:
    """Give a client its account; call it before each connection.

    Raises:
        AccountsError: as `mqtt_access`.
    """
    access = mqtt_access(settings, role)
    if access.username:
        client.username_pw_set(access.username, access.password)


def secure(client: "Client", settings: Settings) -> None:
    """Make a new client speak TLS where `STADSPULS_MQTT_TLS` says so; call it once.

    Raises:
        SettingsError: when the CA's file cannot be used.
    """
    if not settings.mqtt_tls:
        return
    client.tls_set_context(client_context(settings, "mqtt"))


def has_unread(connection: "SocketLike") -> bool:
    """Whether TLS has taken bytes from the socket that nobody has read yet: `select` does not see those."""
    return isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
