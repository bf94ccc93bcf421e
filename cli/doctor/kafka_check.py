"""Kafka: it answers and lets us in, in a version that was tried, and each of its brokers can be reached from here."""

from collections.abc import Iterator
from socket import create_connection
from typing import Any

from kafka import KafkaAdminClient

from cli.data_dir import with_running_kafka
from cli.doctor.check import START, Check, Subject
from cli.doctor.finding import Finding, Level, good, warning, worst, wrong
from cli.doctor.handshake import SECONDS, Server, secured
from stadspuls.errors import LogError, SettingsError
from stadspuls.log.admin import ANSWER_MS, kafka_errors
from stadspuls.log.clients import kafka_python_options
from stadspuls.settings import PREFIX, Profile, Settings

_BOOTSTRAP = f"{PREFIX}KAFKA_BOOTSTRAP"
_OLDEST, _NEWEST = (4, 0), (4,)
"""What was tried: 4.1; the protocol is that of 4.0."""


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    if settings.profile is Profile.EMBEDDED:
        yield _embedded(settings)
        return
    try:
        # Before a client of Kafka tries: it would say less, and leave its connections open.
        shown = list(_certificates(settings))
        if worst(shown) is Level.WRONG:
            yield from shown
            return
        with kafka_errors(settings):
            client = KafkaAdminClient(**kafka_python_options(settings), bootstrap_timeout_ms=ANSWER_MS)
            try:
                yield from _cluster(settings, client)
            finally:
                client.close()
    except (LogError, SettingsError) as error:
        yield _refused(str(error), settings)


CHECK = Check("kafka", "Kafka: answers, lets us in, its version, every broker reachable, its certificates", _look)


def _refused(said: str, settings: Settings) -> Finding:
    """What Kafka's clients say, which names the setting where it is for one."""
    cure = f"{START}, or name another with {_BOOTSTRAP}" if "does not answer" in said else "change the setting it names"
    return wrong(said.partition(" answer: ")[0] + " answer" if " answer: " in said else said, _BOOTSTRAP, cure)


def _embedded(settings: Settings) -> Finding:
    try:
        address = with_running_kafka(settings).kafka_bootstrap
    except LogError:
        return good("the embedded Kafka lives in the memory of the platform; none runs", str(settings.data_dir))
    if _silent(address):
        cure = "start the platform anew: what was not stored comes again from the spool"
        return wrong("the platform's Kafka does not take connections", address, cure)
    return good("answers", address)


def _certificates(settings: Settings) -> Iterator[Finding]:
    """The certificates of the addresses that the settings name, where TLS is spoken."""
    for address in filter(None, settings.kafka_bootstrap.split(",")):
        if settings.kafka_security != "plaintext" and not _silent(address):
            yield from _shown(settings, address)


def _cluster(settings: Settings, client: KafkaAdminClient) -> Iterator[Finding]:
    brokers: list[dict[str, Any]] = client.describe_cluster()["brokers"]
    version = client.get_broker_version_data(brokers[0]["broker_id"]).broker_version
    told = ".".join(map(str, version))
    if version < _OLDEST or version[:1] > _NEWEST:
        cure = "use Apache Kafka 4, which is what is tried with Stadspuls"
        yield warning(f"speaks as Kafka {told} does", settings.kafka_bootstrap, cure)
    else:
        yield good(f"answers and lets us in; {len(brokers)} brokers, speaks as Kafka {told}", settings.kafka_bootstrap)
    for address in filter(None, settings.kafka_bootstrap.split(",")):
        if _silent(address):
            yield warning(
                "nothing answers there; another address does",
                f"{_BOOTSTRAP}: {address}",
                "start that broker, or take the address out",
            )
    for broker in brokers:
        yield from _broker(settings, f"{broker['host']}:{broker['port']}")
    if settings.replication > len(brokers):
        cure = f"more brokers, or {PREFIX}REPLICATION={len(brokers)}"
        yield wrong(
            f"{settings.replication} copies are wanted, and there are {len(brokers)} brokers",
            f"{PREFIX}REPLICATION",
            cure,
        )


def _broker(settings: Settings, address: str) -> Iterator[Finding]:
    """A broker where it says itself that it is: clients go there, whatever address they began with."""
    if _silent(address):
        cure = "let Kafka name an address that is reached from here: `advertised.listeners` in its configuration"
        yield wrong("Kafka sends its clients there, and nothing answers", address, cure)
    elif settings.kafka_security != "plaintext":
        yield from _shown(settings, address)


def _shown(settings: Settings, address: str) -> Iterator[Finding]:
    host, _, port = address.rpartition(":")
    yield from secured(Server(host, int(port), settings, "kafka", "let who runs Kafka renew it"))


def _silent(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        create_connection((host, int(port)), SECONDS).close()
    except (OSError, ValueError):
        return True
    return False
