"""`stadspuls sensor`: add sensors to a city's file, and see what becomes of their messages."""

from typing import Annotated

import typer

from stadspuls.errors import CityFileError
from stadspuls.settings import Settings, load_settings

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
    from cli.connecting.proposals import telling_mistakes, theme_file  # noqa: PLC0415
    from cli.connecting.sensor_entry import NewSensor, NewSite, add_sensor  # noqa: PLC0415

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
    with telling_mistakes():
        draft = CityDraft(settings, city)
        said = add_sensor(draft, theme_file(settings, theme), wanted)
        draft.save()
    typer.echo(f"{draft.name}: sensor {sensor} is added")
    for line in said:
        typer.echo(f"{draft.name}: {line}")
    _tell_what_is_next(dataset, sensor, device or [], settings)


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
    typer.echo(f"See what a message becomes: stadspuls sensor try FILE --topic {dataset}/{sensor}")
    typer.echo("`stadspuls registry apply` puts it in force.")
