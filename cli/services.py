"""The processes of a platform on one machine: how each is started, when it is ready, when it is stopped."""

import http.client
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from cli.probe import own_connection
from cli.processes import ChildSpec
from stadspuls.settings import PREFIX, Profile, Settings

KAFKA_BOOTSTRAP = f"{PREFIX}KAFKA_BOOTSTRAP"
WORKER = f"{PREFIX}WORKER"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - translated, not bound
_ANSWER_LIMIT = 1.0
"""Seconds a readiness question may take; the supervisor does nothing else meanwhile."""

SERVICES = (
    "kafka",
    "bridge",
    "mqtt",
    "sink",
    "streams",
    "api",
    "public-mqtt",
    "publisher",
    "archive",
    "door",
    "pollers",
    "simulators",
    "replays",
)
"""In the order in which they start: the bridge has its spool and waits for nobody, and a broker without it forgets."""

STOP_ORDER = {
    name: place
    for place, name in enumerate(
        ("door", "bridge", "streams", "sink", "publisher", "archive", "api", "public-mqtt", "mqtt", "kafka"), start=1
    )
}
"""The order of the data; what is not named (pollers, simulators, replays) brings data, and stops first."""


def platform(settings: Settings, environment: dict[str, str], *, polls: bool = False) -> list[ChildSpec]:
    """The processes to start for these settings, in order.

    Args:
        settings: what they are started with.
        environment: what each of them gets.
        polls: whether a city file names an API to poll.
    """
    embedded = settings.profile is Profile.EMBEDDED
    own_kafka = embedded and not settings.kafka_bootstrap
    left_out = set()
    if not own_kafka:
        left_out.add("kafka")
    if not embedded:
        left_out.add("mqtt")
    if not settings.door_port:
        left_out.add("door")
    if not settings.public_mqtt_port:
        left_out.add("publisher")
    if not settings.own_public_mqtt:
        left_out.add("public-mqtt")
    if not (settings.poll and polls):
        left_out.add("pollers")
    if not settings.simulate:
        left_out |= {"simulators", "replays"}
    on_kafka = {"sink", "streams", "bridge", "door", "api", "publisher"} if own_kafka else set()
    ready = {
        "mqtt": port_answers(settings.mqtt_host, settings.mqtt_port),
        "api": api_ready(settings.http_host, settings.http_port, tls=bool(settings.http_tls_cert)),
        "door": port_answers(settings.door_host, settings.door_port),
        "public-mqtt": port_answers(settings.public_mqtt_host, settings.public_mqtt_port),
    }
    specs = []
    named = [(name, alias) for name in SERVICES if name not in left_out for alias in _aliases(name, settings)]
    for service, alias in named:
        spec = ChildSpec(
            name=alias,
            argv=(sys.executable, "-m", "cli.main", "run", service, *(("--name", alias) if alias != service else ())),
            env=environment | ({WORKER: alias} if service == "streams" and not embedded else {}),
            stop_order=STOP_ORDER.get(service, 0),
            announces=KAFKA_BOOTSTRAP if service == "kafka" else None,
            speaks="its partitions" if service == "streams" else None,
            needs=("kafka",) if service in on_kafka else (),
            may_end=service in {"pollers", "simulators", "replays"},
            **({"ready": ready[service]} if service in ready else {}),
        )
        specs.append(spec)
    return specs


def _aliases(service: str, settings: Settings) -> list[str]:
    """What the processes of a service are called: `streams` may run several times."""
    if service != "streams" or settings.workers == 1:
        return [service]
    return [f"{service}-{number}" for number in range(1, settings.workers + 1)]


def environment_of(settings: Settings, sources: dict[str, str], metrics_dir: Path) -> dict[str, str]:
    """The environment that makes a child see the same settings, whatever they came from.

    Secrets are left out: the child finds them where this process found them.
    """
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(metrics_dir.resolve())}
    for name, source in sources.items():
        value = getattr(settings, name)
        if source != "default" and not isinstance(value, SecretStr):
            environment[PREFIX + name.upper()] = str(value.resolve() if isinstance(value, Path) else value)
    return environment


def port_answers(host: str, port: int) -> Callable[[], str | None]:
    """Whether something answers on a port."""

    def ready() -> str | None:
        try:
            socket.create_connection((reachable(host), port), timeout=_ANSWER_LIMIT).close()
        except OSError:
            return f"an answer on port {port}"
        return None

    return ready


def api_ready(host: str, port: int, *, tls: bool = False) -> Callable[[], str | None]:
    """Whether `/health/ready` says yes; while it says no, what it says is wrong."""

    def ready() -> str | None:
        connection = own_connection(reachable(host), port, _ANSWER_LIMIT, tls=tls)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return f"an answer on port {port}"
        finally:
            connection.close()
        return None if answer.status == http.client.OK else _complaint(body)

    return ready


def reachable(host: str) -> str:
    """The address under which this machine reaches a server that listens on `host`."""
    return _EVERYWHERE.get(host, host)


def _complaint(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return "/health/ready"
    return f"/health/ready: {document.get('detail') or document}"
