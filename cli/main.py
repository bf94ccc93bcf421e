"""The command `stadspuls`: what it offers, and how errors are told."""

import sys

import typer

from cli.commands import (
    account,
    backup,
    boards,
    city,
    doctor,
    export,
    key,
    load,
    rebuild,
    registry,
    rejected,
    replay,
    run,
    sensor,
    servers,
    settings,
    setup,
    status,
    topics,
    trace,
    unregistered,
    up,
)
from stadspuls import __version__
from stadspuls.errors import StadspulsError

app = typer.Typer(
    help="Stadspuls: sensors speak MQTT, everyone else reads open data a moment later.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(up.up)
app.command()(run.run)
app.command()(settings.settings)
app.add_typer(registry.app, name="registry")
app.add_typer(servers.app, name="servers")
app.command()(setup.setup)
app.add_typer(account.app, name="account")
app.add_typer(key.app, name="key")
app.add_typer(city.app, name="city")
app.add_typer(sensor.app, name="sensor")
app.command()(unregistered.unregistered)
app.command()(replay.replay)
app.command()(load.load)
app.add_typer(rejected.app, name="rejected")
app.add_typer(boards.app, name="boards")
app.command()(doctor.doctor)
app.command()(status.status)
app.command()(trace.trace)
app.command()(topics.topics)
app.command()(rebuild.rebuild)
app.command()(export.export)
app.command()(backup.backup)
app.command()(backup.restore)


@app.command()
def version() -> None:
    """Print the version of Stadspuls and of the Python it runs on."""
    typer.echo(f"stadspuls {__version__} (Python {sys.version.split()[0]})")


def main() -> None:
    """Run a command; an error that Stadspuls expects is told in its own words, without a traceback."""
    try:
        app()
    except StadspulsError as error:
        typer.echo(f"stadspuls: {error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
