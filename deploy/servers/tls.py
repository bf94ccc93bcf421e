"""TLS of the servers that run on this machine: a CA of their own, and certificates made when a server wants one."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from deploy.accounts.certificates import sign_server
from stadspuls.errors import StartError
from stadspuls.own_servers import SERVERS_CA
from stadspuls.public_broker import write_secret
from stadspuls.settings import Settings

NAMES = ("localhost", "127.0.0.1", "::1")
"""What these servers are reached by."""
_LEFT = timedelta(days=60)
"""A certificate that is good for less is renewed at the next start."""


def own_ca(settings: Settings) -> Path:
    """The file of the CA that has signed the certificates here."""
    return (settings.data_dir / SERVERS_CA).resolve()


def own_certificate(settings: Settings, server: str) -> Path:
    """The file of a server's certificate, chain and key; made where there is none that is good for a while.

    Raises:
        AccountsError: when the folder cannot be used.
    """
    file = own_ca(settings).with_name(f"{server}.pem")
    if not _good(file):
        sign_server(file, NAMES, f"Stadspuls {server}")
    return file


def kept_password(file: Path) -> str:
    """The password in a file for its owner alone; a new one where there is none.

    Raises:
        StartError: when it can be neither read nor written.
    """
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_secret(file, secrets.token_urlsafe(32) + "\n")
        return file.read_text().strip()
    except OSError as error:
        raise StartError(f"{file} cannot be used: {error}") from error


def _good(file: Path) -> bool:
    try:
        until = x509.load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc
    except (FileNotFoundError, ValueError):
        return False
    return until - datetime.now(UTC) > _LEFT
