"""`stadspuls key`: API keys of cities."""

from typing import Annotated

import typer

from stadspuls.errors import KeysError
from stadspuls.keys import KeyFile, Scope
from stadspuls.settings import load_settings

app = typer.Typer(help="Make API keys for devices without MQTT.", no_args_is_help=True)


@app.callback()
def key() -> None:
    """Make API keys for devices without MQTT."""


@app.command()
def new(city: Annotated[str, typer.Argument(help="The city whose messages it may send.")]) -> None:
    """Make a key with which devices of a city may send messages; it is shown this once."""
    from stadspuls.registry import load_registry  # noqa: PLC0415 - other commands start without it

    settings = load_settings()
    cities = load_registry(settings.cities_dir, settings.themes_dir).cities
    if city not in cities:
        raise KeysError(f"no city {city!r} here; known: {', '.join(cities)}")
    typer.echo(KeyFile(settings.keys_path).make(city, [Scope.INGEST]))
