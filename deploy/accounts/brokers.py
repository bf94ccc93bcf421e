"""What Mosquitto is told of accounts and TLS, and how one that runs takes up a change.

At SIGHUP it reads its configuration, passwords, access list and certificate again, lets go of every client that may no
longer come in, and leaves the others (seen with 2.0.11). Listeners it reads at its start alone.
"""

import os
import signal
from pathlib import Path

import psutil

from deploy.accounts.ledger import ACCESS_LIST, PASSWORDS, has_accounts
from deploy.accounts.server_certificate import certificate_files
from stadspuls.errors import StartError
from stadspuls.mqtt_access import accounts_dir
from stadspuls.public_broker import write_secret
from stadspuls.settings import Settings

CONFIGURATION = "mosquitto.conf"
_PID = "mosquitto.pid"
_MARK = "# Who is let in; what follows is written anew when accounts change.\n"
_FOLDERS = (Path("mosquitto"), Path("servers", "mosquitto"))
"""Below the data folder: the embedded broker, and the one of `stadspuls servers start`."""


def require_tls_ready(settings: Settings) -> None:
    """Make sure that a Mosquitto that shall speak TLS has accounts and a certificate.

    Raises:
        StartError: when it has not.
    """
    if not settings.mqtt_tls_port:
        return
    if not has_accounts(settings):
        raise StartError(
            "STADSPULS_MQTT_TLS_PORT lets the world in, and there is no account yet: "
            "`stadspuls account add CITY` makes the first"
        )
    certificate_files(settings)


def broker_lines(settings: Settings, folder: Path) -> list[str]:
    """The lines of a broker that serves `folder` but those of who is let in.

    Raises:
        StartError: as `require_tls_ready`.
    """
    require_tls_ready(settings)
    return [f"pid_file {folder / _PID}", *_tls_lines(settings)]


def write_configuration(settings: Settings, folder: Path, text: str) -> Path:
    """Write the configuration of a broker that serves `folder`, with who is let in at its end; returns the file."""
    file = folder / CONFIGURATION
    written = ""
    # Again when accounts have come in the meantime: the broker must not start with what was so before.
    while written != (wanted := f"{text}{_MARK}{access_lines(settings)}"):
        write_secret(file, wanted)
        written = wanted
    return file


def take_up(settings: Settings) -> bool:
    """Tell the brokers of this data folder that accounts or certificates have changed; whether one runs."""
    told = False
    for place in _FOLDERS:
        folder = (settings.data_dir / place).resolve()
        if (folder / CONFIGURATION).exists():
            text, _, _ = (folder / CONFIGURATION).read_text().partition(_MARK)
            write_configuration(settings, folder, text)
            if broker := _running(folder):
                broker.send_signal(signal.SIGHUP)
                told = True
    return told


def access_lines(settings: Settings) -> str:
    """Who is let in: everybody until there is a first account of a city, from then on accounts alone."""
    folder = accounts_dir(settings).resolve()
    passwords = f"password_file {folder / PASSWORDS}\n" if (folder / PASSWORDS).exists() else ""
    if not has_accounts(settings):
        return f"allow_anonymous true\n{passwords}"
    return f"allow_anonymous false\n{passwords}acl_file {folder / ACCESS_LIST}\n"


def _tls_lines(settings: Settings) -> list[str]:
    if not settings.mqtt_tls_port:
        return []
    certificate, key = certificate_files(settings)
    return [
        f"listener {settings.mqtt_tls_port} {settings.mqtt_tls_host}",
        f"certfile {certificate}",
        f"keyfile {key}",
        # The least it takes; with 1.3 it speaks that.
        "tls_version tlsv1.2",
    ]


def _running(folder: Path) -> psutil.Process | None:
    """The broker that serves this folder: the process that its file names, if it is what it says."""
    try:
        process = psutil.Process(int((folder / _PID).read_text()))
        ours = str(folder / CONFIGURATION) in process.cmdline() and process.uids().real == os.getuid()
    except (OSError, ValueError, psutil.Error):
        return None
    return process if ours else None
