"""The public MQTT broker: a Mosquitto of its own, which everyone may read and only the publisher may write.

Not a listener of the sensors' broker: there, whoever connects with the bridge's client id gets the bridge's session,
whatever listener it comes by, and every limit holds for all listeners.
"""

import getpass
import resource
import secrets
from pathlib import Path

from deploy.embedded.mqtt import find_mosquitto
from deploy.passwords import hash_passwords
from deploy.servers.ports import free_port
from stadspuls.errors import StartError
from stadspuls.public_broker import FOLDER, Access, write_access, write_secret
from stadspuls.settings import Settings

PUBLISHER = "publisher"
PACKET_LIMIT = 64 * 1024
"""Bytes: twice a site's longest message. Those who read send far less."""
QUEUE_MESSAGES = 20_000
"""For one client: all it may have to be told at once when it subscribes to everything."""
MEMORY_LIMIT = 512 * 1024 * 1024
"""Bytes: when those who read too slowly have filled it, they are let go."""
SPARE_FILES = 200
"""Open files beside one for each connection."""
KEEP_ALIVE = 600
"""Seconds of silence after which a client counts as gone, at most (MQTT 5)."""
_LOOPBACK = "127.0.0.1"
_CURE = "install the package `mosquitto` (Debian, Ubuntu, Homebrew), or unset STADSPULS_PUBLIC_MQTT_PORT"

READ = "topic read open/#\n"
READ_NAMED = "pattern read open/#\n"
"""Also for those who give a name, which nobody asks for."""
WRITE = f"user {PUBLISHER}\ntopic readwrite open/#\n"


def require_mosquitto() -> str:
    """The path of Mosquitto; amqtt cannot keep an anonymous client from writing on one listener alone.

    Raises:
        StartError: when it is not installed.
    """
    program = find_mosquitto()
    if program is None:
        raise StartError(f"The public MQTT broker needs Mosquitto: {_CURE}")
    return program


def public_mqtt_command(settings: Settings) -> list[str]:
    """Prepare the broker's folder, with a new password for the publisher; returns the command that serves it.

    Raises:
        StartError: when Mosquitto is not installed, or cannot hash the password, or its certificate is missing.
    """
    program = require_mosquitto()
    folder = (settings.data_dir / FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    access = _new_access(settings)
    write_secret(folder / "passwords", f"{access.username}:{access.password}\n")
    hash_passwords(folder / "passwords")
    write_secret(folder / "everyone.acl", READ + READ_NAMED)
    write_secret(folder / "publisher.acl", WRITE)
    write_secret(folder / "mosquitto.conf", public_mqtt_configuration(settings, folder, access.port))
    write_access(settings, access)
    return [program, "-c", str(folder / "mosquitto.conf")]


def _new_access(settings: Settings) -> Access:
    """Where the publisher alone gets in, and a new password for it."""
    host, port = _inside(settings)
    return Access(host, port or free_port(), PUBLISHER, secrets.token_urlsafe(32))


def _inside(settings: Settings) -> tuple[str, int]:
    """The address that is the publisher's alone; a port of 0 is any that is free."""
    host, _, port = settings.public_mqtt_inside.rpartition(":")
    return host or _LOOPBACK, int(port or 0)


def limit_files(settings: Settings) -> None:
    """Let this process, which becomes the broker, have a file for each connection and few more.

    Mosquitto itself counts too few connections once clients have left without a word (seen with 2.0.11).
    """
    wanted = settings.public_mqtt_connections + SPARE_FILES
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def public_mqtt_configuration(settings: Settings, folder: Path, publisher_port: int) -> str:
    """Mosquitto's configuration; nothing is kept on disk, since the publisher tells everything anew.

    Raises:
        StartError: when a file of TLS is missing.
    """
    return "\n".join(
        [
            "per_listener_settings true",
            f"listener {settings.public_mqtt_port} {settings.public_mqtt_host}",
            "allow_anonymous true",
            f"acl_file {folder}/everyone.acl",
            *_tls_lines(settings),
            f"max_connections {settings.public_mqtt_connections}",
            # Nothing is kept for a client that is away: whoever comes back is told how things are.
            "max_qos 0",
            "max_topic_alias 0",
            f"listener {publisher_port} {_inside(settings)[0]}",
            "allow_anonymous false",
            f"password_file {folder}/passwords",
            f"acl_file {folder}/publisher.acl",
            # Started by root it would become `mosquitto`, who may not read the data folder.
            f"user {getpass.getuser()}",
            # Whom to tell, by SIGHUP, that the certificate was renewed.
            f"pid_file {folder}/mosquitto.pid",
            "persistence false",
            f"max_packet_size {PACKET_LIMIT}",
            f"max_queued_messages {QUEUE_MESSAGES}",
            f"memory_limit {MEMORY_LIMIT}",
            f"max_keepalive {KEEP_ALIVE}",
            "persistent_client_expiration 1h",
            "set_tcp_nodelay true",
            "connection_messages false",
            "sys_interval 0",
            "log_dest stderr",
            # No warnings: anyone could make it write them.
            "log_type error",
            "",
        ]
    )


def _tls_lines(settings: Settings) -> list[str]:
    """What everyone's listener shows; the publisher's is this machine's, or this network's, own."""
    files = settings.public_mqtt_tls_cert, settings.public_mqtt_tls_key
    if not files[0]:
        return []
    for file in files:
        if not Path(file).is_file():
            raise StartError(f"There is no {file}: STADSPULS_PUBLIC_MQTT_TLS_CERT and _KEY name it")
    certificate, key = (Path(file).resolve() for file in files)
    return [f"certfile {certificate}", f"keyfile {key}", "tls_version tlsv1.2"]
