"""`stadspuls status`: how the running platform is, on one screen."""

import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from cli.console import open_console
from stadspuls.settings import load_settings

if TYPE_CHECKING:
    from cli.status.addresses import Address
    from cli.status.asking import Told
    from cli.status.picture import Picture

WELL, WRONG, AWAY = 0, 1, 2
"""Exit codes."""
WINDOW_SECONDS = 60.0
"""Rates are of so long, as soon as there was a look then."""


def status(
    *,
    url: Annotated[
        list[str] | None, typer.Option(help="Address to ask; several times where each process answers for itself.")
    ] = None,
    watch: Annotated[bool, typer.Option(help="Look again and again, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.5, max=3600, help="Seconds between two looks of --watch.")] = 2.0,
    everything: Annotated[bool, typer.Option("--all", help="Every dataset, and everything that is wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; with --watch one a line.")] = False,
) -> None:
    """Show how the running platform is; what is wrong comes first.

    Exit code 0: all is well; 1: something is wrong; 2: nothing answers.
    """
    addresses = _addresses(url)
    if not watch:
        raise typer.Exit(_once(addresses, everything=everything, as_json=as_json))
    code = AWAY
    try:
        for picture in _shown(addresses, every, everything=everything, as_json=as_json):
            code = _code(picture)
    except KeyboardInterrupt:
        raise typer.Exit(code) from None


def _addresses(urls: list[str] | None) -> "list[Address]":
    from cli.status.addresses import addresses_of, found_at  # noqa: PLC0415 - other commands start without it

    try:
        return found_at(urls or addresses_of(load_settings()))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _once(addresses: "list[Address]", *, everything: bool, as_json: bool) -> int:
    from cli.status.asking import look  # noqa: PLC0415
    from cli.status.painting import paint  # noqa: PLC0415

    tolds = look(addresses)
    if all(told.trouble for told in tolds):
        typer.echo(f"stadspuls: {_away(tolds)}", err=True)
        return AWAY
    picture = paint(tolds)
    _print(open_console(), picture, everything=everything, as_json=as_json)
    return _code(picture)


def _shown(addresses: "list[Address]", every: float, *, everything: bool, as_json: bool) -> "Iterator[Picture | None]":
    """Show the platform again and again; gives each picture, None where nothing answered."""
    from cli.status.screen import screen  # noqa: PLC0415

    console = open_console()
    if as_json or not console.is_terminal:
        for tolds, picture in _looks(addresses, every):
            if picture is None:
                typer.echo(f"stadspuls: {_away(tolds)}", err=True)
            else:
                _print(console, picture, everything=everything, as_json=as_json)
            yield picture
        return
    with Live(console=console, screen=not everything, auto_refresh=False, transient=False) as live:
        for tolds, picture in _looks(addresses, every):
            told = _away(tolds) if picture is None else screen(picture, everything=everything, height=console.height)
            live.update(told, refresh=True)
            yield picture


def _looks(addresses: "list[Address]", every: float) -> "Iterator[tuple[list[Told], Picture | None]]":
    from cli.status.asking import look  # noqa: PLC0415
    from cli.status.painting import paint  # noqa: PLC0415

    former: deque[tuple[float, list[Told]]] = deque()
    while True:
        tolds, now = look(addresses), time.monotonic()
        # The youngest look that is old enough stays: rates are of a minute, or of less at first.
        while len(former) > 1 and now - former[1][0] >= WINDOW_SECONDS:
            former.popleft()
        before = former[0][1] if former else []
        heard = any(told.trouble is None for told in tolds)
        yield tolds, paint(tolds, before) if heard else None
        if heard:
            former.append((now, tolds))
        time.sleep(every)


def _print(console: Console, picture: "Picture", *, everything: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(picture))
        return
    from cli.status.screen import HEIGHT, screen  # noqa: PLC0415

    # In a file or a pipe nothing is cut.
    console.width = min(console.width, 100) if console.is_terminal else 100
    console.print(screen(picture, everything=everything or not console.is_terminal, height=HEIGHT))


def _away(tolds: "list[Told]") -> str:
    why = "; ".join(f"{told.url}: {told.trouble}" for told in tolds)
    return (
        f"the platform cannot be reached ({why}). Start it with `stadspuls up`, or name its address with --url "
        "or STADSPULS_STATUS_URLS"
    )


def _code(picture: "Picture | None") -> int:
    if picture is None:
        return AWAY
    return WRONG if picture.wrong else WELL
