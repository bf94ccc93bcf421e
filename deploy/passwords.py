"""Passwords as Mosquitto keeps them, hashed by its own program."""

import shutil
import subprocess
from pathlib import Path

from deploy.embedded.mqtt import search_path
from stadspuls.errors import StartError

_CURE = "install the package `mosquitto` (Debian, Ubuntu, Homebrew)"
_HASH_SECONDS = 60.0


def hash_passwords(file: Path) -> None:
    """Put hashes in the place of the passwords in a file of `name:password` lines, none of them hashed yet.

    Raises:
        StartError: when that cannot be done; the passwords then still stand there.
    """
    program = shutil.which("mosquitto_passwd", path=search_path())
    if program is None:
        raise StartError(f"Passwords are hashed by `mosquitto_passwd`, which comes with Mosquitto: {_CURE}")
    try:
        subprocess.run(  # noqa: S603 - the command line is our own
            [program, "-U", str(file)], check=True, capture_output=True, timeout=_HASH_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(f"`mosquitto_passwd` cannot hash a password: {error}") from error
    file.chmod(0o600)
