"""`stadspuls trace`: one reading followed through the running platform."""

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli.console import open_console
from stadspuls.logs import set_up_logs
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.tracing.following import Choice
    from cli.tracing.target import Target
    from cli.tracing.traced import Trace
    from stadspuls.registry import Registry

FOUND, MISSING = 0, 1
"""Exit codes."""
MOST = 2000
"""Records of a topic that are looked at."""


def trace(
    *,
    sensor: Annotated[
        str,
        typer.Argument(metavar="SENSOR", help="city/theme/sensor, its identifier, its MQTT topic, or its id alone."),
    ],
    at: Annotated[
        str | None,
        typer.Option(help="Its newest reading received by then: a date, a time (RFC 3339), or so long ago (PT1H)."),
    ] = None,
    offset: Annotated[
        int | None, typer.Option(min=0, help="Its reading in this frame of topic messages, in the dataset's partition.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Look at so many records of a topic, at most.")] = MOST,
    url: Annotated[str | None, typer.Option(help="Address of the API to ask; else that of this machine.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Follow one reading of a sensor: its message, what it published, the store, and the open data that has it.

    It only looks. Exit code 0: found; 1: not found in what was looked at.
    """
    from cli.tracing.target import target_of  # noqa: PLC0415 - other commands start without it
    from stadspuls.registry.in_force import read_in_force  # noqa: PLC0415

    if at is not None and offset is not None:
        raise typer.BadParameter("--at, --offset: give one of them")
    settings = load_settings()
    set_up_logs(settings, "trace")
    registry = read_in_force(settings)
    target = target_of(sensor, registry)
    found = _trace(settings, registry, target, _choice(at, offset), limit=limit, url=url)
    _tell(found, as_json=as_json)
    raise typer.Exit(MISSING if found.outcome == "not-found" else FOUND)


def _choice(at: str | None, offset: int | None) -> "Choice":
    from cli.instants import moment  # noqa: PLC0415
    from cli.tracing.following import Choice  # noqa: PLC0415

    return Choice(None if at is None else moment(at), offset)


def _trace(
    settings: Settings, registry: "Registry", target: "Target", choice: "Choice", *, limit: int, url: str | None
) -> "Trace":
    from cli.data_dir import with_running_kafka  # noqa: PLC0415
    from cli.status.addresses import own_api  # noqa: PLC0415
    from cli.tracing.finding import Finder  # noqa: PLC0415
    from cli.tracing.following import Following  # noqa: PLC0415
    from cli.tracing.log_reader import open_log  # noqa: PLC0415
    from cli.tracing.serving import OpenData, Stored  # noqa: PLC0415
    from stadspuls.log import Topics  # noqa: PLC0415
    from store.backends import open_reader  # noqa: PLC0415

    settings = with_running_kafka(settings)
    with ExitStack() as stack:
        log = stack.enter_context(open_log(settings))
        reader = stack.enter_context(closing(open_reader(settings)))
        finder = Finder(log, settings, registry, target, limit)
        served = OpenData(target, settings.base_url, url or own_api(settings))
        return Following(finder, Stored(reader, target), served, target, Topics(settings.topic_prefix)).trace(choice)


def _tell(found: "Trace", *, as_json: bool) -> None:
    from cli.tracing.telling import lines_of  # noqa: PLC0415

    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    console = open_console()
    for line in lines_of(found):
        console.print(line, soft_wrap=True)
