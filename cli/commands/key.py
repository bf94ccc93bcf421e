"""`stadspuls key`: API keys of cities."""

from typing import Annotated

import typer
from rich.table import Table

from cli.console import open_console
from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import KeysError
from stadspuls.keys import EVERY_CITY, Key, KeyFile, Scope
from stadspuls.settings import load_settings

app = typer.Typer(help="API keys of cities: make, list, revoke.", no_args_is_help=True)


@app.command()
def new(
    city: Annotated[str, typer.Argument(help="Its city; '*' (quoted) for all, with scopes `rejected` and `replay`.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it is for; may be repeated. Else `ingest`.")] = None,
    expires: Annotated[str | None, typer.Option(help="After a duration (P90D), or at a date or time.")] = None,
) -> None:
    """Make a key, for devices of a city or for those who look after it; it is shown this once."""
    from cli.instants import expiry  # noqa: PLC0415 - other commands start without it
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings()
    until = None if expires is None else expiry(expires, now_us())
    cities = load_registry(settings.cities_dir, settings.themes_dir).cities
    if city not in {*cities, EVERY_CITY}:
        raise KeysError(f"no city {city!r} here; known: {', '.join(cities)}")
    typer.echo(KeyFile(settings.keys_path).make(city, scope or [Scope.INGEST], until))


@app.command("list")
def list_keys() -> None:
    """Show every key but its secret, which is kept nowhere."""
    table = Table("id", "city", "scopes", "made", "expires", box=None, pad_edge=False)
    for key in KeyFile(load_settings().keys_path).listed():
        table.add_row(key.id, key.city, " ".join(sorted(key.scopes)), rfc3339(key.created), _expiry(key))
    open_console().print(table)


@app.command()
def revoke(identifier: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows.")]) -> None:
    """Take a key away: it opens nothing from then on, and no process has to be started anew."""
    key = KeyFile(load_settings().keys_path).revoke(identifier)
    typer.echo(f"The key {key.id} of {key.city} is revoked.")


def _expiry(key: Key) -> str:
    if key.expires is None:
        return "never"
    return f"{rfc3339(key.expires)}{'' if key.expires > now_us() else ', has expired'}"
