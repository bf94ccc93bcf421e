"""`stadspuls run SERVICE`: one process of the platform in the foreground, for the supervisor and for containers.

Each function imports its own part only: a bridge does not load Faust, a worker does not load FastAPI.
"""
# ruff: noqa: PLC0415

import os
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from cli.processes import die_with_supervisor
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from stadspuls.registry import Registry


class Service(StrEnum):
    """The processes a platform consists of."""

    KAFKA = "kafka"
    MQTT = "mqtt"
    BRIDGE = "bridge"
    STREAMS = "streams"
    SINK = "sink"
    API = "api"
    PUBLIC_MQTT = "public-mqtt"
    PUBLISHER = "publisher"
    ARCHIVE = "archive"
    DOOR = "door"
    POLLERS = "pollers"
    SIMULATORS = "simulators"
    REPLAYS = "replays"


def run(
    service: Annotated[Service, typer.Argument(help="Which process.")],
    name: Annotated[str | None, typer.Option(help="What its log lines call it, when several of it run.")] = None,
    tell: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where it answers /metrics and /health/live itself.")
    ] = None,
) -> None:
    """Run one process of the platform in the foreground.

    It takes its settings from the environment and ends at SIGTERM or Ctrl-C.
    """
    from cli.data_dir import shut_out_others
    from cli.telling import telling

    shut_out_others()
    settings = load_settings()
    set_up_logs(settings, name or service.value)
    die_with_supervisor()
    if service not in _REPLACED:
        # The bridge sees certificates and keys, in containers too, where what the world asks does not.
        from stadspuls.vitals import watch_vitals

        watch_vitals(settings, name or service.value, doors=service is Service.BRIDGE)
    with telling(tell):
        _RUNNERS[service](settings)


def _kafka(settings: Settings) -> None:
    from cli.data_dir import announced_kafka
    from deploy.embedded.kafka import run_kafka

    with announced_kafka(settings.data_dir) as say:

        def tell(address: str) -> None:
            say(address)
            announce(address)

        run_kafka(settings, stop_on_signal(), tell)


def _mqtt(settings: Settings) -> None:
    from deploy.accounts.book import prepare_accounts
    from deploy.embedded.mqtt import chosen_broker, mosquitto_command

    if chosen_broker(settings) == "mosquitto":
        prepare_accounts(settings)
        command = mosquitto_command(settings)
        # In place of this process, so that it keeps the ties to the supervisor that this one has.
        os.execv(command[0], command)  # noqa: S606 - the command line is our own
    from deploy.embedded.amqtt import run_amqtt

    run_amqtt(settings, stop_on_signal())


def _bridge(settings: Settings) -> None:
    from ingest.service import run_bridge

    run_bridge(settings, _registry(settings), stop_on_signal())


def _streams(settings: Settings) -> None:
    from streams.service import run_streams

    run_streams(settings, _registry(settings), lambda: announce("owns its partitions"))


def _sink(settings: Settings) -> None:
    from store.sink import run_sink

    run_sink(settings, registry=_registry(settings), stop=stop_on_signal())


def _api(settings: Settings) -> None:
    from apis.service import run_api

    run_api(settings, _registry(settings))


def _public_mqtt(settings: Settings) -> None:
    from deploy.public_mqtt import limit_files, public_mqtt_command

    command = public_mqtt_command(settings)
    limit_files(settings)
    os.execv(command[0], command)  # noqa: S606 - as the sensors' broker


def _publisher(settings: Settings) -> None:
    from apis.mqtt.service import run_publisher

    _with_each_registry(settings, run_publisher)


def _archive(settings: Settings) -> None:
    from apis.archive.service import run_archive

    _with_each_registry(settings, run_archive)


def _door(settings: Settings) -> None:
    from ingest.door.service import run_door

    run_door(settings, _registry(settings))


def _pollers(settings: Settings) -> None:
    from ingest.pollers.service import run_pollers

    _with_each_registry(settings, run_pollers)


def _simulators(settings: Settings) -> None:
    from simulators.service import run_simulators

    _with_each_registry(settings, run_simulators)


def _replays(settings: Settings) -> None:
    from simulators.service import run_replays

    _with_each_registry(settings, run_replays)


def _registry(settings: Settings) -> "Registry":
    from stadspuls.registry.in_force import read_in_force

    return read_in_force(settings)


def _with_each_registry(settings: Settings, work: "Callable[[Settings, Registry, Event], None]") -> None:
    """For what begins anew in a moment and loses nothing."""
    from stadspuls.registry.in_force import run_with_each

    run_with_each(settings, _registry(settings), stop_on_signal(), partial(work, settings))


def announce(address: str) -> None:
    """Tell the supervisor, or whoever reads standard output, where a server listens."""
    typer.echo(address)


_REPLACED = (Service.MQTT, Service.PUBLIC_MQTT)
"""Another program may take the place of these, and says nothing of itself."""

_RUNNERS = {
    Service.KAFKA: _kafka,
    Service.MQTT: _mqtt,
    Service.BRIDGE: _bridge,
    Service.STREAMS: _streams,
    Service.SINK: _sink,
    Service.API: _api,
    Service.PUBLIC_MQTT: _public_mqtt,
    Service.PUBLISHER: _publisher,
    Service.ARCHIVE: _archive,
    Service.DOOR: _door,
    Service.POLLERS: _pollers,
    Service.SIMULATORS: _simulators,
    Service.REPLAYS: _replays,
}
