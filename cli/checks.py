"""What must be right before the first process is started."""

import importlib.util
from typing import NamedTuple

from cli.ports import check_port
from deploy.accounts.brokers import require_tls_ready
from deploy.embedded.mqtt import chosen_broker
from deploy.public_mqtt import require_mosquitto
from stadspuls.errors import StartError
from stadspuls.registry import Registry
from stadspuls.registry.in_force import apply
from stadspuls.settings import Profile, Settings


def check_system(settings: Settings) -> None:
    """Look for what the operating system must bring.

    Raises:
        StartError: naming the package to install, or what TLS still wants.
        SettingsError: when the settings name a broker that is not installed.
    """
    if importlib.util.find_spec("_sqlite3") is None:
        raise StartError("This Python has no SQLite: install libsqlite3-dev and build it anew, or use Debian's python3")
    if settings.profile is Profile.EMBEDDED:
        chosen_broker(settings)
        require_tls_ready(settings)
    if settings.own_public_mqtt:
        require_mosquitto()


def check_ports(settings: Settings) -> None:
    """Make sure that the ports are free.

    Raises:
        StartError: naming who holds one, and the cure.
    """
    for listening in listening_on(settings):
        check_port(*listening)


class Listening(NamedTuple):
    """Where a process of the platform listens."""

    host: str
    port: int
    setting: str
    """The environment variable of the port."""


def listening_on(settings: Settings) -> list[Listening]:
    """Every port that `up` gives to a process."""
    found = []
    if settings.profile is Profile.EMBEDDED:
        found.append(Listening(settings.mqtt_host, settings.mqtt_port, "STADSPULS_MQTT_PORT"))
        if settings.mqtt_tls_port:
            found.append(Listening(settings.mqtt_tls_host, settings.mqtt_tls_port, "STADSPULS_MQTT_TLS_PORT"))
    found.append(Listening(settings.http_host, settings.http_port, "STADSPULS_HTTP_PORT"))
    if settings.door_port:
        found.append(Listening(settings.door_host, settings.door_port, "STADSPULS_DOOR_PORT"))
    if settings.own_public_mqtt:
        found.append(Listening(settings.public_mqtt_host, settings.public_mqtt_port, "STADSPULS_PUBLIC_MQTT_PORT"))
    return found


def check_registry(settings: Settings) -> Registry:
    """Put the city and theme files in force.

    Raises:
        RegistryError: with every mistake in them.
        SettingsError: when the data folder does not take a copy.
    """
    return apply(settings).now


def check_servers(settings: Settings) -> None:
    """Ask every server of the real profile for an answer.

    Raises:
        StartError: naming each that does not answer, where it was looked for, and the cure.
    """
    if settings.profile is Profile.EMBEDDED:
        return
    from cli.reach import unreachable  # noqa: PLC0415 - the embedded platform starts without it

    if lines := unreachable(settings):
        raise StartError("\n  ".join(["The platform cannot start:", *lines]))


def check_topics(settings: Settings) -> list[str]:
    """Make Kafka's topics where they are missing, and check them; a line for everything an operator should know.

    Raises:
        LogError: when Kafka does not answer, or a topic has another partition count.
    """
    if settings.profile is Profile.EMBEDDED:
        return []
    from stadspuls.log.admin import ensure_topics  # noqa: PLC0415 - the embedded platform starts without it

    return ensure_topics(settings)
