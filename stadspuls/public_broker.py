"""How the publisher reaches the public MQTT broker: one that Stadspuls has started, or a city's own."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stadspuls.files import write_whole
from stadspuls.settings import Settings

FOLDER = "public-mqtt"
"""Below the data folder: what the public broker is started with."""
ACCESS = "publisher.json"
"""In it: where that broker listens for the publisher alone, and the account; made anew at each start."""


@dataclass(frozen=True)
class Access:
    """An address, and an account that may write there."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


def write_access(settings: Settings, access: Access) -> None:
    """Leave the access to a broker of our own in the data folder, for its owner alone."""
    write_secret(settings.data_dir / FOLDER / ACCESS, json.dumps(asdict(access)))


def read_access(settings: Settings) -> Access | None:
    """How to reach the broker now; None when a broker of our own has not been started yet."""
    if not settings.own_public_mqtt:
        password = settings.public_mqtt_password.get_secret_value()
        return Access(settings.public_mqtt_host, settings.public_mqtt_port, settings.public_mqtt_username, password)
    try:
        return Access(**json.loads((settings.data_dir / FOLDER / ACCESS).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_secret(file: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    write_whole(file, text.encode())
