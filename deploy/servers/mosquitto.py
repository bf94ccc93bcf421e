"""Mosquitto from the system's packages, for the real profile on one machine."""

import getpass
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.accounts.brokers import broker_lines, write_configuration
from deploy.embedded.mqtt import MESSAGE_LIMIT, QUEUE_BYTES, QUEUE_MESSAGES, find_mosquitto
from deploy.servers import ports, versions
from deploy.servers.base import Address, Missing, Say
from deploy.servers.cache import run_logged
from stadspuls.errors import InstallError, SettingsError
from stadspuls.settings import PREFIX, Settings

_PACKAGES = ("mosquitto", "mosquitto-clients")
_CURE = f"apt-get install {' '.join(_PACKAGES)} (Debian), brew install mosquitto (macOS)"
_QUESTION_SECONDS = 10.0


@dataclass(frozen=True)
class Mosquitto:
    """The MQTT broker."""

    settings: Settings
    name: str = "mosquitto"
    setting: str = f"{PREFIX}MQTT_PORT"
    place: str = "{port}"

    @property
    def version(self) -> str:
        """What the system has, else the oldest that will do."""
        return _installed_version() or versions.MOSQUITTO

    @property
    def address(self) -> Address:
        """The MQTT host and port of the settings.

        Raises:
            SettingsError: when that is not a loopback address: nothing else is encrypted than `mqtt_tls_port`.
        """
        host = self.settings.mqtt_host
        if not ports.is_loopback(host):
            raise SettingsError(
                f"mqtt_host: {host} is not a loopback address; the Mosquitto started here lets the world in by TLS "
                "alone: STADSPULS_MQTT_TLS_HOST and _PORT"
            )
        return Address(host, self.settings.mqtt_port)

    def missing(self) -> list[Missing]:
        """The package, when it is not installed and this user may not install it."""
        if self.installed() or _may_install():
            return []
        return [Missing("Mosquitto", _CURE)]

    def installed(self) -> bool:
        """Whether the system has it."""
        return find_mosquitto() is not None

    def install(self, say: Say) -> None:
        """Install the Debian packages, when the user is root.

        Raises:
            InstallError: when apt-get failed or may not be used.
        """
        if self.installed():
            return
        if not _may_install():
            raise InstallError(f"Mosquitto is missing: {_CURE}")
        say("mosquitto: installing the system's packages")
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "apt.log"
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            run_logged(["apt-get", "update", "-qq"], Path(folder), log)
            install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *_PACKAGES]
            run_logged(install, Path(folder), log, quiet)

    def command(self, folder: Path, port: int) -> list[str]:
        """Write its configuration to `folder`; returns the command that serves it.

        Raises:
            InstallError: when it is not installed.
            StartError: when it shall speak TLS without accounts, or without a certificate.
        """
        program = find_mosquitto()
        if program is None:
            raise InstallError(f"Mosquitto is missing: {_CURE}")
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        file = write_configuration(self.settings, folder, configuration(self.settings, folder, port))
        return [program, "-c", str(file)]

    def awaits(self, folder: Path, port: int) -> str | None:
        """None once it takes connections."""
        return None if ports.answers(port) else f"an answer on port {port}"


def configuration(settings: Settings, folder: Path, port: int) -> str:
    """Mosquitto's configuration for a city but who is let in; state is kept in `folder`."""
    return "\n".join(
        [
            f"listener {port} 127.0.0.1",
            *broker_lines(settings, folder),
            # Started by root it would become `mosquitto`, who may not write in the data folder.
            f"user {getpass.getuser()}",
            "persistence true",
            f"persistence_location {folder}/",
            # What a kill may cost is what arrived since: 1 s is the least it offers but saving at each change.
            "autosave_interval 1",
            # As many as the bridge holds: it then never has to stop reading, and pings are answered.
            f"max_inflight_messages {settings.in_flight}",
            f"max_queued_messages {QUEUE_MESSAGES}",
            f"max_queued_bytes {QUEUE_BYTES}",
            f"max_packet_size {MESSAGE_LIMIT}",
            "set_tcp_nodelay true",
            "persistent_client_expiration 7d",
            "connection_messages false",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "",
        ]
    )


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _installed_version() -> str | None:
    program = find_mosquitto()
    if program is None:
        return None
    try:  # it exits with 3 after its help
        answer = subprocess.run(  # noqa: S603 - the command line is our own
            [program, "-h"], capture_output=True, text=True, timeout=_QUESTION_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"mosquitto version (\S+)", answer.stdout)
    return found[1] if found else None
