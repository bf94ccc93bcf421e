"""`stadspuls city`: a city made after another, and tried out with what a pilot has recorded."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cli.mistakes import UNCHANGED, mistakes_told
from stadspuls.errors import CityFileError
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings

app = typer.Typer(help="Make a city after another, and try a pilot out.", no_args_is_help=True)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="The new city: first word of its topics and addresses.")],
    *,
    like: Annotated[str, typer.Option(help="The city whose datasets and sources it takes over.")],
    name: Annotated[str | None, typer.Option(help="Its Dutch name; none given: made of the slug.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of its centre.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of its centre.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who publishes, in Dutch.")] = None,
    email: Annotated[str | None, typer.Option(help="Where to write to about its data.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the file.")] = False,
) -> None:
    """Write a new city's file after another's: same themes and sources, no sites, sensors or devices yet."""
    from cli.connecting.city_draft import CityDraft, registry_with  # noqa: PLC0415
    from cli.connecting.city_folder import check_free, own_code, put_files  # noqa: PLC0415
    from cli.connecting.new_city import NewCity, city_text  # noqa: PLC0415

    settings = load_settings()
    if (lat is None) != (lon is None):
        raise CityFileError("a centre has --lat and --lon")
    check_free(settings, slug)
    with mistakes_told(UNCHANGED, err=True):
        model = CityDraft(settings, like)
        registry_with(settings, {})
        wanted = NewCity(slug=slug, name=name, latitude=lat, longitude=lon, publisher=publisher, email=email)
        text = city_text(model.document, wanted)
        files = {**own_code(settings, like, slug), f"{slug}.yaml": text.encode()}
        registry = registry_with(settings, files)
    if dry_run:
        typer.echo(text, nl=False)
        return
    put_files(settings, files)
    made = registry.cities[slug]
    folder = settings.cities_dir.resolve().name
    for file in files:
        typer.echo(f"{folder}/{file} is written")
    typer.echo(f"{len(made.datasets)} datasets and {len(made.sources)} sources like {like}; no sites and sensors yet.")
    typer.echo("Next:")
    for number, step in enumerate(_next_steps(slug, next(iter(made.datasets))), start=1):
        typer.echo(f"  {number}. {step}")


@app.command("test")
def trial(
    slug: Annotated[str, typer.Argument(metavar="CITY", help="The city whose files are tried.")],
    recording: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Recorded messages, JSON lines.")],
    *,
    allow_rejected: Annotated[bool, typer.Option(help="End with 0 also when something was rejected.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Run a pilot's recorded messages through the real pipeline, in a sandbox that nobody sees.

    A platform of its own is started with the city files as they are now; nothing reaches the running one. Each line
    of RECORDING is {"topic": ..., "payload": ...}, as `mosquitto_sub -F %j` writes them.
    """
    from cli.connecting.pilot import read_pilot  # noqa: PLC0415
    from cli.connecting.sandbox import sandbox  # noqa: PLC0415
    from cli.connecting.trial import run_trial  # noqa: PLC0415
    from cli.connecting.trial_report import trial_report  # noqa: PLC0415
    from cli.connecting.trial_text import print_report  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415
    from store.backends import open_reader  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "city test")
    cities = load_registry(settings.cities_dir, settings.themes_dir).cities
    if slug not in cities:
        raise CityFileError(f"no city {slug!r} here; known: {', '.join(cities)}")
    messages = read_pilot(recording, slug)
    typer.echo(f"Starting a sandbox for {len(messages)} messages ...", err=True)
    with sandbox(settings, stop_on_signal()) as running, closing(open_reader(running.settings)) as reader:
        run_trial(running, reader, messages)
        told = trial_report(running.settings, reader, cities[slug], len(messages))
    if as_json:
        typer.echo(msgspec.json.encode(told))
    else:
        print_report(told)
    raise typer.Exit(1 if told.rejected and not allow_rejected else 0)


def _next_steps(slug: str, theme: str) -> list[str]:
    return [
        f"fill in what `->` marks in {slug}.yaml, and look: stadspuls registry check",
        f"stadspuls sensor add {slug}/{theme} ID --property NAME --site-name NAME --lat LAT --lon LON",
        f"see what a message becomes: stadspuls sensor try FILE --topic {slug}/{theme}/ID",
        f"try a recording of a pilot: stadspuls city test {slug} RECORDING",
        "put it in force: stadspuls registry apply",
        f"give it an MQTT account and an API key: stadspuls account add {slug}",
    ]
