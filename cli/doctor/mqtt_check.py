"""The MQTT broker of the sensors: it answers, shows a certificate that we trust, and lets our account in."""

import secrets
import shlex
import time
from collections.abc import Iterator

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from cli.doctor.check import START, Check, Subject
from cli.doctor.finding import Finding, Level, good, worst, wrong
from cli.doctor.handshake import SECONDS, Server, secured, shown_certificate
from cli.services import reachable
from deploy.accounts.ledger import has_accounts
from stadspuls.errors import AccountsError, SettingsError
from stadspuls.mqtt_access import OWN, MqttAccess, Role, accounts_dir, own_accounts, secure
from stadspuls.settings import Profile, Settings

_BAD_ACCOUNT = frozenset({4, 5, 134, 135})
"""MQTT 3.1.1, section 3.2.2.3, and what paho makes of it: user name or password are wrong; not authorised."""


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    where = f"{settings.mqtt_host}:{settings.mqtt_port}"
    if settings.profile is Profile.EMBEDDED and subject.supervisor is None:
        yield good("the embedded broker starts with the platform; none runs", where)
        return
    try:
        if settings.mqtt_tls:
            found = list(secured(_server(settings)))
            yield from found
            if worst(found) is Level.WRONG:
                return
        yield _connected(settings, where)
    except AccountsError as error:
        yield wrong(str(error), str(settings.data_dir), "give `accounts/` of the data folder back from a backup")
    except SettingsError as error:
        yield wrong(str(error), "STADSPULS_MQTT_CA", "name a file that this user may read")
    except OSError as error:
        cure = f"{_start(settings)}, or name another with STADSPULS_MQTT_HOST and _PORT"
        yield wrong(f"no MQTT broker answers ({error})", where, cure)


CHECK = Check("mqtt", "the sensors' MQTT broker: answers, its certificate, lets our account in", _look)


def _start(settings: Settings) -> str:
    return START if settings.profile is Profile.REAL else "look into what `stadspuls up` says of `mqtt`"


def _server(settings: Settings) -> Server:
    return Server(
        reachable(settings.mqtt_host),
        settings.mqtt_port,
        settings,
        "mqtt",
        "let who runs the broker renew it (our own: `stadspuls account certificates --renew`)",
        plain="STADSPULS_MQTT_TLS=0, or the port on which it speaks TLS: STADSPULS_MQTT_PORT",
    )


def _connected(settings: Settings, where: str) -> Finding:
    account = _account(settings)
    refusal = _refusal(settings, account)
    if refusal is None:
        return good(f"answers, and lets {account.username or 'us'} in", where)
    if refusal in _BAD_ACCOUNT and account.username:
        return _unknown_account(settings, account, where)
    if refusal in _BAD_ACCOUNT:
        cure = "name an account: STADSPULS_MQTT_USERNAME and STADSPULS_MQTT_PASSWORD_FILE"
        return wrong("it lets nobody in without an account", where, cure)
    if not settings.mqtt_tls and shown_certificate(reachable(settings.mqtt_host), settings.mqtt_port):
        return wrong("it speaks TLS there, and we do not", where, "STADSPULS_MQTT_TLS=1")
    return wrong(_said(refusal), where, "let an MQTT broker listen there, or name another: STADSPULS_MQTT_HOST, _PORT")


def _unknown_account(settings: Settings, account: MqttAccess, where: str) -> Finding:
    seen = f"it does not let {account.username} in: user name or password are wrong"
    if settings.mqtt_username:
        setting = "STADSPULS_MQTT_USERNAME, STADSPULS_MQTT_PASSWORD_FILE"
        return wrong(seen, f"{where}, {setting}", "name an account that the broker knows, with its password")
    file = accounts_dir(settings) / OWN
    if has_accounts(settings):
        command = f"stadspuls account rotate {account.username}"
        return wrong(
            seen, f"{where}, {file}", "give our own processes another password, which the broker is told", command
        )
    cure = "let the next start make our own accounts anew"
    return wrong(seen, f"{where}, {file}", cure, f"rm {shlex.quote(str(file))}")


def _said(refusal: int) -> str:
    return "it does not answer as an MQTT broker does" if refusal < 0 else f"it refuses us (code {refusal})"


def _account(settings: Settings) -> MqttAccess:
    """The bridge's account; without its client id, for whoever connects with that takes its session away."""
    if settings.mqtt_username:
        return MqttAccess(settings.mqtt_username, settings.mqtt_password.get_secret_value(), "")
    return own_accounts(settings).get(Role.BRIDGE) or MqttAccess("", "", "")


def _refusal(settings: Settings, account: MqttAccess) -> int | None:
    """None when the broker lets us in, else the code with which it does not; -1 when it says nothing of MQTT.

    Raises:
        OSError: when nothing answers.
    """
    codes: list[int] = []
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"stadspuls-doctor-{secrets.token_hex(8)}",
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    client.connect_timeout = SECONDS
    client.on_connect = lambda _client, _data, _flags, code, _properties: codes.append(int(code.value))
    secure(client, settings)
    if account.username:
        client.username_pw_set(account.username, account.password)
    client.connect(reachable(settings.mqtt_host), settings.mqtt_port)
    deadline = time.monotonic() + SECONDS
    while not codes and time.monotonic() < deadline and client.loop(0.1) == mqtt.MQTT_ERR_SUCCESS:
        pass
    client.disconnect()
    if not codes:
        return -1
    return codes[0] or None
