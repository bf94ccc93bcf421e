"""Who can reach what: nothing listens on the world, or is spoken to over it, without accounts or TLS."""

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from deploy.accounts.ledger import has_accounts
from deploy.servers.ports import is_loopback
from stadspuls.settings import PREFIX, Profile, Settings


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    found = [*_listening(settings), *_speaking(settings)]
    yield from found
    if not found:
        yield good("nothing is open to the world that should not be")


CHECK = Check("exposure", "what the world can reach has accounts, and TLS", _look)


def _listening(settings: Settings) -> Iterator[Finding]:
    if settings.profile is Profile.EMBEDDED and not is_loopback(settings.mqtt_host):
        where = f"{PREFIX}MQTT_HOST={settings.mqtt_host}"
        cure = f"{PREFIX}MQTT_HOST=127.0.0.1, and for the world {PREFIX}MQTT_TLS_HOST and _TLS_PORT"
        if has_accounts(settings):
            yield warning("passwords of sensors travel as they are: no TLS on that port", where, cure)
        else:
            seen = "everybody may publish and read: no accounts, no TLS"
            yield wrong(seen, where, f"{cure}; an account for each city", "stadspuls account add CITY")
    if settings.door_port and not is_loopback(settings.door_host) and not settings.http_tls_cert:
        cure = f"{PREFIX}DOOR_HOST=127.0.0.1 and a proxy that ends TLS, or {PREFIX}HTTP_TLS_CERT and _KEY"
        yield warning("API keys travel as they are", f"{PREFIX}DOOR_HOST={settings.door_host}", cure)
    plain = not settings.http_tls_cert and urlsplit(settings.base_url).scheme == "http"
    if plain and not is_loopback(settings.http_host):
        cure = (
            f"a proxy that ends TLS and {PREFIX}PUBLIC_URL=https://..., or {PREFIX}HTTP_TLS_CERT and _KEY: "
            "keys of operators travel there, too"
        )
        yield warning("the API is open to the world without TLS", f"{PREFIX}HTTP_HOST={settings.http_host}", cure)


def _speaking(settings: Settings) -> Iterator[Finding]:
    """Servers elsewhere that are spoken to in the clear, by an address that is no network of one's own."""
    spoken = []
    if settings.profile is Profile.REAL:
        if not settings.mqtt_tls:
            spoken.append((settings.mqtt_host, "MQTT_HOST", "MQTT_TLS=1"))
        if settings.kafka_security == "plaintext":
            spoken += [(a.rpartition(":")[0], "KAFKA_BOOTSTRAP", "KAFKA_SECURITY=tls") for a in _addresses(settings)]
    if settings.store == "influx" and (url := urlsplit(settings.influx_url)).scheme == "http":
        spoken.append((url.hostname or "", "INFLUX_URL", "INFLUX_URL=https://..."))
    for host, setting, cure in spoken:
        if _is_of_the_world(host):
            seen = f"{host} is spoken to over the internet as it is: who is between reads and changes everything"
            yield warning(seen, f"{PREFIX}{setting}", f"{PREFIX}{cure}")


def _addresses(settings: Settings) -> list[str]:
    return list(filter(None, settings.kafka_bootstrap.split(",")))


def _is_of_the_world(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return any(ipaddress.ip_address(address[0]).is_global for *_, address in found)
    except (OSError, ValueError):
        # Whether it can be reached at all, others say.
        return False
