"""What a city is told with its account: where the broker is, and a command that shows that it works."""

import shlex
from urllib.parse import urlsplit

from deploy.accounts.issuing import Issued
from deploy.accounts.server_certificate import ca_file
from stadspuls.settings import Settings

_MESSAGE = r'''"{\"time\": \"$(date -u +%FT%TZ)\", \"PROPERTY\": 1}"'''
"""For a shell, which puts the time in."""


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - looked for, not bound


def host_of(settings: Settings) -> str:
    """The name by which devices reach this platform: that of its public address."""
    return urlsplit(settings.base_url).hostname or "127.0.0.1"


def _plain_host(settings: Settings) -> str:
    """Where the broker is reached without TLS; one that listens everywhere, as in a container, by the public name."""
    return host_of(settings) if settings.mqtt_host in _EVERYWHERE else settings.mqtt_host


def what_to_tell(settings: Settings, issued: Issued) -> dict[str, str]:
    """Everything that a device is set up with, by what it is."""
    ca = ca_file(settings)
    told = {
        "host": host_of(settings) if settings.mqtt_tls_port else _plain_host(settings),
        "port": f"{settings.mqtt_tls_port}, TLS" if settings.mqtt_tls_port else f"{settings.mqtt_port}, without TLS",
        "user": issued.name,
        "password": issued.password,
        "topics": f"{issued.city}/THEME/SENSOR, nothing outside {issued.city}/",
        "client id": f"any that begins with {issued.name}, another for each device",
        "API key": issued.key,
        "CA": str(ca) if ca else "",
        "try": sending(settings, issued),
    }
    return {what: value for what, value in told.items() if value}


def sending(settings: Settings, issued: Issued) -> str:
    """A command that sends a message with the account; until its capitals are filled in, it is kept as unregistered."""
    where = [_plain_host(settings), str(settings.mqtt_port)]
    tls: list[str] = []
    if settings.mqtt_tls_port:
        ca = ca_file(settings)
        tls = ["--cafile", str(ca)] if ca else ["--tls-use-os-certs"]
        where = [host_of(settings), str(settings.mqtt_tls_port)]
    account = ["-u", issued.name, "-P", issued.password, "-i", f"{issued.name}-try"]
    # MQTT 5 tells of a topic that is refused.
    topic = ["-V", "5", "-q", "1", "-t", f"{issued.city}/THEME/SENSOR"]
    return shlex.join(["mosquitto_pub", *tls, "-h", where[0], "-p", where[1], *account, *topic, "-m"]) + f" {_MESSAGE}"
