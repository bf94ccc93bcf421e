"""`stadspuls replay FILE`: send a recording through MQTT."""

from pathlib import Path
from typing import Annotated

import typer

from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The recording (.trig or .tsv).")],
    speed: Annotated[float, typer.Option(min=0, help="Times as fast as recorded; 0: as fast as it goes.")] = 1.0,
    now: Annotated[bool, typer.Option("--now", help="As if measured now, instead of at the recorded times.")] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end, until Ctrl-C; needs --now.")] = False,
) -> None:
    """Send a recording through MQTT, and wait until the broker has taken every message."""
    from simulators.replay import replay as send  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "replay")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    counts = send(settings, registry, file, speed=speed, now=now, loop=loop, stop=stop_on_signal())
    typer.echo(f"{counts.recorded} messages recorded, {counts.sent} sent, {counts.acknowledged} acknowledged")
