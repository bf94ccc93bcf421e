"""`stadspuls setup`: what a platform in containers needs before anything of it starts; harmless to do again."""
# ruff: noqa: PLC0415 - other commands do not load what only this one needs

import time
from pathlib import Path
from typing import Annotated

import typer

from stadspuls.errors import RegistryError, StartError
from stadspuls.settings import Profile, Settings, load_settings

POLL_SECONDS = 0.5


def setup(
    secrets: Annotated[Path, typer.Option(help="Folder of the secrets, one below it for each who reads them.")],
    boards: Annotated[Path | None, typer.Option(help="Folder of Grafana's boards; none are made without.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds Kafka and InfluxDB may take to answer.")] = 120.0,
) -> None:
    """Put the registry in force; make secrets, accounts, InfluxDB's bucket and tokens, topics, boards.

    What is there already stays as it is. `docker compose up` does this first, each time.
    """
    from deploy.accounts.book import AccountBook
    from deploy.accounts.ledger import ledger_path
    from deploy.boards import every_board
    from deploy.boards.writing import write_boards
    from deploy.first_start.influx_access import set_up
    from deploy.first_start.secret_files import SecretFiles
    from stadspuls.log.admin import ensure_topics
    from stadspuls.registry.in_force import read_in_force

    settings = load_settings(profile=Profile.REAL)
    files = SecretFiles(secrets)
    _say("registry", f"version {_applied(settings)} is in force")
    if boards is not None:
        _say("boards", f"{write_boards(every_board(read_in_force(settings)), boards)} in {boards}")
    AccountBook(settings).close_door()
    _say("accounts", f"{ledger_path(settings).parent}: nobody comes in without one")
    files.kept(files.grafana_admin)
    _say("Grafana", f"user admin, password in {files.grafana_admin}")
    _await_servers(settings, wait)
    set_up(settings, files)
    _say("InfluxDB", f"bucket {settings.influx_bucket}; token that may do everything in {files.influx_admin}")
    _say("", f"tokens of platform and Grafana in {files.influx_platform} and {files.influx_grafana}")
    for line in ensure_topics(settings) or ["as they must be"]:
        _say("topics", line)


def _applied(settings: Settings) -> str:
    """Put the registry in force; its version.

    Raises:
        StartError: with every mistake in the files; what was in force before still is.
    """
    from stadspuls.registry.in_force import apply

    try:
        return apply(settings).now.version
    except RegistryError as error:
        raise StartError("\n".join(["The city and theme files have mistakes:", *error.mistakes])) from error


def _await_servers(settings: Settings, seconds: float) -> None:
    """Wait until both servers answer.

    Raises:
        StartError: naming those that did not in time.
    """
    from deploy.first_start.influx_access import healthy
    from deploy.servers.kafka import unanswered

    deadline = time.monotonic() + seconds
    while True:
        awaited = [
            *([] if healthy(settings) else [f"InfluxDB at {settings.influx_url}"]),
            *filter(None, [unanswered(settings)]),
        ]
        if not awaited:
            return
        if time.monotonic() > deadline:
            raise StartError(f"Not answering after {seconds:g} s: {' and '.join(awaited)}")
        time.sleep(POLL_SECONDS)


def _say(what: str, text: str) -> None:
    typer.echo(f"{what:<9} {text}")
