"""`stadspuls servers`: Mosquitto, Kafka and InfluxDB for the real profile, natively on this machine."""
# ruff: noqa: PLC0415 - other commands do not load what only this one needs

import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from stadspuls.errors import InstallError
from stadspuls.settings import PREFIX, Profile, Settings, load_settings, setting_sources

if TYPE_CHECKING:
    from cli.processes import ChildSpec
    from deploy.servers.base import Server

FOLDER = "servers"
"""Below the data folder."""
START = ".venv/bin/stadspuls servers start"
UP = ".venv/bin/stadspuls up --profile real"
_SHARED = ("data_dir", "mqtt_port", "kafka_bootstrap", "kafka_security", "influx_url")
"""Settings on which `servers start` and `up` must agree."""

app = typer.Typer(help="Mosquitto, Kafka and InfluxDB for the real profile, on this machine.", no_args_is_help=True)


@app.command()
def install() -> None:
    """Install the servers where they are missing, and prove that each starts and answers."""
    from cli.progress import Progress
    from deploy.servers.every import every_server, require_nothing_missing

    signal.signal(signal.SIGTERM, _end)  # so that nothing this has started is left behind
    # Proved without TLS: a port of the settings may be in use.
    servers = every_server(_settings().model_copy(update={"mqtt_tls_port": 0}))
    require_nothing_missing(servers)
    progress = Progress(_console(), steps=len(servers))
    for server in servers:
        began = time.monotonic()
        server.install(progress.say)
        installed = time.monotonic()
        _prove(server)
        proved = time.monotonic() - installed
        progress.ready(server.name, installed - began, f"{server.version} is installed; starts in {proved:.1f} s")
    progress.say("The servers are installed. They run, until Ctrl-C, with")
    progress.say(f"  {START}")


@app.command()
def start() -> None:
    """Run the servers until Ctrl-C.

    Ports are those of the settings; data lie in `servers` below the data folder.
    """
    from cli.data_dir import claimed, shut_out_others
    from cli.ports import check_port
    from cli.progress import Progress
    from cli.supervisor import Policy, Supervisor
    from deploy.accounts.book import prepare_accounts
    from deploy.servers.every import every_server
    from deploy.servers.running import START_SECONDS

    settings = _settings()
    servers = every_server(settings)
    console = _console()
    shut_out_others()
    console.print("Starting the servers ...")
    with claimed(settings.data_dir / FOLDER) as folder:
        for server in servers:
            _check(server)
        if settings.mqtt_tls_port:
            check_port(settings.mqtt_tls_host, settings.mqtt_tls_port, f"{PREFIX}MQTT_TLS_PORT", "{port}", START)
        prepare_accounts(settings)
        progress = Progress(console, steps=len(servers))
        specs = [_spec(server, folder.resolve() / server.name) for server in servers]
        code = Supervisor(specs, progress, Policy(start_limit=START_SECONDS)).run(
            lambda: progress.addresses(_addresses(servers), "The servers run"),
        )
    raise typer.Exit(code)


@app.command()
def status() -> None:
    """Say of each server whether it is installed and whether it answers; the exit code is 0 when all answer."""
    from deploy.servers import ports
    from deploy.servers.every import every_server

    console = _console()
    silent = 0
    for server in every_server(_settings()):
        answers = ports.answers(server.address.port)
        silent += not answers
        installed = f"{server.version} installed" if server.installed() else "not installed"
        console.print(
            f"{server.name:<10} {installed:<18} {server.address} {'answers' if answers else 'does not answer'}"
        )
    raise typer.Exit(1 if silent else 0)


def _settings() -> Settings:
    return load_settings(profile=Profile.REAL)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _prove(server: "Server") -> None:
    """Start the server in an empty folder and stop it; when that fails the folder stays, with its log."""
    from deploy.servers.ports import free_port
    from deploy.servers.running import Running

    folder = Path(tempfile.mkdtemp(prefix=f"stadspuls-{server.name}-"))
    with Running(server, folder, free_port()):
        pass
    shutil.rmtree(folder)


def _check(server: "Server") -> None:
    from cli.ports import check_port

    if not server.installed():
        raise InstallError(f"{server.name} {server.version} is not installed: `make servers` installs it")
    if missing := server.missing():
        raise InstallError("\n".join(str(one) for one in missing))
    check_port(server.address.host, server.address.port, server.setting, server.place, START)


def _spec(server: "Server", folder: Path) -> "ChildSpec":
    from cli.processes import ChildSpec

    port = server.address.port
    return ChildSpec(
        name=server.name, argv=tuple(server.command(folder, port)), ready=partial(server.awaits, folder, port)
    )


def _addresses(servers: "tuple[Server, ...]") -> dict[str, str]:
    listening = {server.name: str(server.address) for server in servers}
    return listening | {"second terminal": _up_command()}


def _up_command() -> str:
    """What runs the platform on these servers, also when this terminal's environment says where they are."""
    settings, sources = _settings(), setting_sources(profile=Profile.REAL)
    given = [name for name in _SHARED if sources[name] == "environment"]
    return " ".join([*(f"{PREFIX}{name.upper()}={getattr(settings, name)}" for name in given), UP])


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
