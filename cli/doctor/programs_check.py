"""The programs of the servers that run on this machine: there, and in a version that will do."""

import re
from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from deploy.embedded.mqtt import chosen_broker, find_mosquitto
from deploy.public_mqtt import require_mosquitto
from deploy.servers.kafka import Kafka
from deploy.servers.mosquitto import Mosquitto
from deploy.servers.ports import is_loopback
from stadspuls.errors import SettingsError, StartError
from stadspuls.settings import Profile

_INSTALL = "apt-get install mosquitto mosquitto-clients"
_DEFECTIVE = "2.0.11"
"""It counts connections wrongly once clients leave without a word, which matters where everyone comes in."""
_OLDEST = (2, 0)


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    yield from _wanted(subject)
    program = find_mosquitto()
    if program:
        yield _mosquitto(subject, program)
    elif settings.profile is Profile.EMBEDDED and settings.mqtt_broker == "auto":
        cure = "install Mosquitto; amqtt keeps nothing for a bridge that is away, and knows no accounts"
        yield warning("Mosquitto is not installed: amqtt is the broker", "PATH", cure, _INSTALL)
    yield from _java(subject)


CHECK = Check("programs", "Mosquitto and Java where they run here: installed, and of a version that will do", _look)


def _wanted(subject: Subject) -> Iterator[Finding]:
    """What `up` refuses to start without."""
    settings = subject.settings
    try:
        if settings.profile is Profile.EMBEDDED:
            chosen_broker(settings)
        if settings.own_public_mqtt:
            require_mosquitto()
    except SettingsError as error:
        seen, _, cure = str(error).partition(": ")[2].partition("; ")
        yield wrong(seen, "STADSPULS_MQTT_BROKER", cure, _INSTALL)
    except StartError as error:
        seen, _, cure = str(error).partition(": ")
        yield wrong(seen, "STADSPULS_PUBLIC_MQTT_PORT", cure, _INSTALL)


def _mosquitto(subject: Subject, program: str) -> Finding:
    settings = subject.settings
    version = Mosquitto(settings).version
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _OLDEST:
        return wrong(f"Mosquitto {version}, wanted 2.0 or newer", program, "install a newer one", _INSTALL)
    if version == _DEFECTIVE and settings.own_public_mqtt and not is_loopback(settings.public_mqtt_host):
        seen = f"Mosquitto {version}, which counts connections wrongly once clients leave without a word"
        return warning(seen, program, "install a newer one (Debian 13 has it, and Mosquitto's own repository)")
    return good(f"Mosquitto {version}", program)


def _java(subject: Subject) -> Iterator[Finding]:
    """Java, where `servers start` runs Kafka."""
    kafka = Kafka(subject.settings)
    if subject.settings.profile is Profile.EMBEDDED or not kafka.installed():
        return
    try:
        address = kafka.address
    except SettingsError:
        return
    if missing := kafka.missing():
        for one in missing:
            yield wrong(f"{one.what} is missing", f"Kafka on {address}", one.cure)
    else:
        yield good("Java that will do", f"Kafka {kafka.version}")
