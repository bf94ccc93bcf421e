"""`stadspuls sensor`: add sensors to a city's file, and see what becomes of their messages."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli.mistakes import UNCHANGED, mistakes_told
from cli.printable import printable
from stadspuls.clock import now_us
from stadspuls.errors import CityFileError
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.connecting.explained import Explanation

app = typer.Typer(help="Add sensors, and see what becomes of their messages.", no_args_is_help=True)


@app.command()
def add(
    dataset: Annotated[str, typer.Argument(help="City and theme, such as gent/parking.")],
    sensor: Annotated[str, typer.Argument(help="Its id: the last level of its topic.")],
    *,
    observes: Annotated[list[str], typer.Option("--property", help="What it observes; repeatable.")],
    site: Annotated[str | None, typer.Option(help="Id of its site; none given: the sensor's id.")] = None,
    site_name: Annotated[str | None, typer.Option(help="Dutch name of a new site.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of the new site.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of the new site.")] = None,
    capacity: Annotated[int | None, typer.Option(min=0, help="Capacity of the new site.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of the new site; none given: the theme's first.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="What messages of --source call it; repeatable.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the city whose messages name the device.")] = None,
    period: Annotated[str | None, typer.Option(help="The time one value stands for (PT1H).")] = None,
    max_age: Annotated[str | None, typer.Option(help="How long its values count as known (PT30M).")] = None,
) -> None:
    """Add a sensor to a city's file; every other line and comment stays as it is."""
    from cli.connecting.city_draft import CityDraft  # noqa: PLC0415
    from cli.connecting.sensor_entry import NewSensor, NewSite, add_sensor  # noqa: PLC0415
    from cli.connecting.theme_file import theme_file  # noqa: PLC0415

    settings = load_settings()
    city, _, theme = dataset.partition("/")
    _check_site_options(site_name, lat, lon, capacity, kind)
    new_site = None
    if site_name is not None and lat is not None and lon is not None:
        new_site = NewSite(name=site_name, latitude=lat, longitude=lon, kind=kind, capacity=capacity)
    wanted = NewSensor(
        theme=theme,
        id=sensor,
        properties=observes,
        site=site,
        new_site=new_site,
        period=period,
        max_age=max_age,
        source=source,
        devices=device or [],
    )
    with mistakes_told(UNCHANGED, err=True):
        draft = CityDraft(settings, city)
        said = add_sensor(draft, theme_file(settings, theme), wanted)
        draft.save()
    typer.echo(f"{draft.name}: sensor {sensor} is added")
    for line in said:
        typer.echo(f"{draft.name}: {line}")
    _tell_what_is_next(dataset, sensor, device or [], settings)


@app.command("try")
def try_(
    source: Annotated[str, typer.Argument(metavar="FILE|TOPIC", help="A payload (- is standard input), or topics.")],
    *,
    topic: Annotated[str | None, typer.Option(help="The topic to which the payload of FILE would be sent.")] = None,
    is_hex: Annotated[bool, typer.Option("--hex", help="FILE has the payload in hexadecimal.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages of TOPIC.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message.")] = False,
) -> None:
    """Show step by step what a payload becomes: an observation, or the exact reason why not.

    It reads the city files as they are now, applied or not. A TOPIC is listened to at the MQTT broker until Ctrl-C;
    wildcards are allowed.
    """
    from cli.connecting.explain import Explainer  # noqa: PLC0415
    from cli.connecting.listening import listening  # noqa: PLC0415
    from cli.connecting.payloads import is_topic, read_payload  # noqa: PLC0415
    from ingest.bridge import whole_or_cut  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "sensor try")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    explainer = Explainer(registry, settings.base_url, settings.partitions)
    if not is_topic(source):
        if topic is None:
            raise CityFileError("a payload needs --topic, where it would be sent")
        message = whole_or_cut(topic, read_payload(source, is_hex=is_hex), now_us())
        told = explainer.explain(message)
        _show(told, as_json=as_json)
        raise typer.Exit(1 if told.rejections else 0)
    stop = stop_on_signal()
    with listening(settings, source, stop) as messages:
        typer.echo(f"Listening to {printable(source)} at {settings.mqtt_host}:{settings.mqtt_port} ...", err=True)
        for message in islice(messages, count):
            _show(explainer.explain(message), as_json=as_json)


def _show(told: "Explanation", *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(told))
        return
    from cli.connecting.explained_text import explained_lines  # noqa: PLC0415

    for line in explained_lines(told):
        typer.echo(line)
    typer.echo()


def _check_site_options(
    name: str | None, lat: float | None, lon: float | None, capacity: int | None, kind: str | None
) -> None:
    if name is not None and (lat is None or lon is None):
        raise CityFileError("a new site needs --lat and --lon beside --site-name")
    if name is None and not (lat is None and lon is None and capacity is None and kind is None):
        raise CityFileError("--lat, --lon, --capacity and --kind describe a new site; name it with --site-name")


def _tell_what_is_next(dataset: str, sensor: str, devices: list[str], settings: Settings) -> None:
    if devices:
        typer.echo(f"Its messages come by the source, as {', '.join(devices)}.")
    else:
        typer.echo(f"It publishes to {dataset}/{sensor}.")
    # Topics of a source are the sender's; its filter alone says too little.
    topic = "TOPIC" if devices else f"{dataset}/{sensor}"
    typer.echo(f"See what a message becomes: stadspuls sensor try FILE --topic {topic}")
    typer.echo("`stadspuls registry apply` puts it in force.")
