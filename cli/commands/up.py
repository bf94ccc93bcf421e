"""`stadspuls up`: the whole platform on this machine, until Ctrl-C."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from stadspuls import __version__
from stadspuls.settings import Profile, Settings, load_settings, setting_sources


def up(
    *,
    http_port: Annotated[int | None, typer.Option(help="Port the API listens on.")] = None,
    mqtt_port: Annotated[int | None, typer.Option(help="Port of the MQTT broker.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the store and the brokers.")] = None,
    simulate: Annotated[
        bool | None, typer.Option("--simulate/--no-simulate", help="Feed it with simulated and replayed cities.")
    ] = None,
    profile: Annotated[Profile | None, typer.Option(help="Which set of settings to start from.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes of streams; several in the real profile only.")] = None,
) -> None:
    """Run the platform until Ctrl-C.

    Every setting can also be given in the environment: see `stadspuls settings`.
    """
    flags: dict[str, Any] = {
        "http_port": http_port,
        "mqtt_port": mqtt_port,
        "data_dir": data_dir,
        "simulate": simulate,
        "profile": profile,
        "workers": workers,
    }
    settings = load_settings(**flags)
    raise typer.Exit(_run(settings, setting_sources(**flags)))


def _run(settings: Settings, sources: dict[str, str]) -> int:
    from cli.checks import check_ports, check_registry, check_servers, check_system, check_topics  # noqa: PLC0415
    from cli.data_dir import claimed, shared_metrics, shut_out_others  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.services import environment_of, platform  # noqa: PLC0415
    from cli.supervisor import Supervisor  # noqa: PLC0415

    console = Console()
    console.print(f"Starting Stadspuls {__version__} ({settings.profile} profile) ...", highlight=False)
    began = time.monotonic()
    shut_out_others()
    with claimed(settings.data_dir) as data_dir, shared_metrics(data_dir) as metrics:
        check_system(settings)
        check_ports(settings)
        registry = check_registry(settings)
        check_servers(settings)
        for line in check_topics(settings):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        environment = environment_of(settings, sources, metrics)
        specs = platform(settings, environment, polls=registry.has_polls)
        progress = Progress(console, steps=len(specs) + 1)
        progress.ready("checks", time.monotonic() - began, f"{len(registry.datasets)} datasets")
        return Supervisor(specs, progress).run(lambda: progress.addresses(addresses(settings)))


def addresses(settings: Settings) -> dict[str, str]:
    """What a new user can open or try, by what it is."""
    base = settings.base_url
    public = {"open MQTT": settings.open_mqtt_url} if settings.open_mqtt_url else {}
    own_tls = settings.mqtt_tls_port and settings.profile is Profile.EMBEDDED
    tls = {"MQTT, TLS": f"mqtts://{settings.mqtt_tls_host}:{settings.mqtt_tls_port}"} if own_tls else {}
    return {
        "start page": f"{base}/",
        "try": f"curl {base}/gent/parking/latest",
        "docs": f"{base}/docs",
        "MQTT": f"{'mqtts' if settings.mqtt_tls else 'mqtt'}://{settings.mqtt_host}:{settings.mqtt_port}",
        **tls,
        **public,
        "health": f"{base}/health/ready",
        "metrics": f"{base}/metrics",
    }
