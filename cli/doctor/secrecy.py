"""No secret leaves the doctor, whatever a server or a library puts into what it says."""

from urllib.parse import unquote, urlsplit

import msgspec
from pydantic import SecretStr

from cli.doctor.finding import Finding
from cli.printable import printable
from stadspuls.settings import Settings

MASK = "********"
_SHORTEST = 4
"""A shorter secret hides nothing, and would black out words."""


def secrets_of(settings: Settings) -> list[str]:
    """Everything in the settings that nobody may see, the longest first."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    for value in values:
        if isinstance(value, str) and "@" in value and (password := urlsplit(value).password):
            found |= {password, unquote(password)}
    return sorted((secret for secret in found if len(secret) >= _SHORTEST), key=len, reverse=True)


def tellable(finding: Finding, secrets: list[str]) -> Finding:
    """The finding without secrets, and with nothing that a terminal would obey."""
    texts = {name: _masked(getattr(finding, name), secrets) for name in ("seen", "where", "cure", "command")}
    return msgspec.structs.replace(finding, **texts)


def address_of(url: str) -> str:
    """An address as it may be shown: without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _masked(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return printable(text)
