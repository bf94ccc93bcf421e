"""Which embedded MQTT broker runs, and how Mosquitto is started."""

import getpass
import os
import shutil
from pathlib import Path
from typing import Literal

from deploy.accounts.brokers import broker_lines, write_configuration
from deploy.accounts.ledger import has_accounts
from stadspuls.errors import SettingsError
from stadspuls.settings import Settings

MESSAGE_LIMIT = 256 * 1024
"""Bytes the embedded brokers take: over the 64 KiB limit, so that the bridge can say `too-large`."""
QUEUE_MESSAGES = 200_000
"""Messages kept for an absent bridge: over an hour at 50 a second; an endless queue ate 820 MB in a measurement."""
QUEUE_BYTES = 128 * 1024 * 1024
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
"""Where packages put Mosquitto although a user's PATH often lacks the folder."""


def find_mosquitto() -> str | None:
    """The path of an installed Mosquitto, or None."""
    return shutil.which("mosquitto", path=search_path())


def search_path() -> str:
    """Where Mosquitto's programs are looked for."""
    return os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])


def chosen_broker(settings: Settings) -> Literal["mosquitto", "amqtt"]:
    """The embedded broker to run: what the settings name, or Mosquitto when it is installed.

    Raises:
        SettingsError: when the settings name Mosquitto, or there are accounts, and it is not installed.
    """
    if settings.mqtt_broker != "amqtt" and find_mosquitto():
        return "mosquitto"
    if settings.mqtt_broker == "mosquitto":
        raise SettingsError("mqtt_broker: mosquitto is not installed; install the package `mosquitto` or choose amqtt")
    if has_accounts(settings) or settings.mqtt_tls_port:
        raise SettingsError(
            "mqtt_broker: amqtt knows neither accounts nor TLS here; install the package `mosquitto` and let it serve"
        )
    return "amqtt"


def mosquitto_command(settings: Settings) -> list[str]:
    """Write Mosquitto's configuration below the data folder; returns the command that serves it.

    Raises:
        SettingsError: when Mosquitto is not installed.
        StartError: when it shall speak TLS without accounts, or without a certificate.
    """
    program = find_mosquitto()
    if program is None:
        raise SettingsError("mqtt_broker: mosquitto is not installed; install the package `mosquitto` or choose amqtt")
    folder = (settings.data_dir / "mosquitto").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    file = write_configuration(settings, folder, mosquitto_configuration(settings, folder))
    return [program, "-c", str(file)]


def mosquitto_configuration(settings: Settings, folder: Path) -> str:
    """Mosquitto's configuration for one embedded platform but who is let in; state is kept in `folder`."""
    return "\n".join(
        [
            f"listener {settings.mqtt_port} {settings.mqtt_host}",
            *broker_lines(settings, folder),
            # Started by root it would become `mosquitto`, who may not write in the data folder.
            f"user {getpass.getuser()}",
            "persistence true",
            f"persistence_location {folder}/",
            # The bridge drains it at once, so there is little to save: its session above all.
            "autosave_interval 1",
            # As many as the bridge holds: it then never has to stop reading, and pings are answered.
            f"max_inflight_messages {settings.in_flight}",
            f"max_queued_messages {QUEUE_MESSAGES}",
            f"max_queued_bytes {QUEUE_BYTES}",
            f"max_packet_size {MESSAGE_LIMIT}",
            "set_tcp_nodelay true",
            "persistent_client_expiration 7d",
            "connection_messages false",
            "sys_interval 0",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "",
        ]
    )
