"""`stadspuls load`: offer messages at a fixed rate, to see what a machine carries."""

from typing import Annotated

import typer

from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings


def load(
    rate: Annotated[float, typer.Option(min=0.01, help="Messages a second.")],
    seconds: Annotated[float, typer.Option(min=0.01, help="How long.")] = 10.0,
    values: Annotated[int, typer.Option(min=1, help="Values in a message.")] = 3,
    sensors: Annotated[int, typer.Option(min=1, help="How many sensors take turns.")] = 2000,
    dataset: Annotated[list[str] | None, typer.Option(help="Send as the sensors of this dataset; repeatable.")] = None,
) -> None:
    """Offer messages at a fixed rate over MQTT; what is due is sent, whatever became of what was sent before."""
    from simulators.load import run_load  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "load")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    stop = stop_on_signal()
    report = run_load(
        settings, registry, rate, seconds, values=values, sensors=sensors, datasets=dataset or (), stop=stop
    )
    typer.echo(
        f"{report.offered} messages offered, {report.sent} sent, {report.acknowledged} acknowledged, "
        f"{report.late} late; {report.rate:.0f} messages/s over {report.seconds:.1f} s"
    )
