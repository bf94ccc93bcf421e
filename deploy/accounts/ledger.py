"""Which accounts there are: names and dates, without secrets, in one file."""

import re
from pathlib import Path

import msgspec

from stadspuls.errors import AccountsError
from stadspuls.mqtt_access import Role, accounts_dir
from stadspuls.settings import Settings

LEDGER = "accounts.json"
PASSWORDS = "passwords"
ACCESS_LIST = "access.acl"
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,62}")
"""Names stand in Mosquitto's files and in commands: nothing in them may mean anything there."""
_RESERVED = "stadspuls"


class Account(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An account that a city's sensors or gateways have."""

    name: str
    city: str
    """It may write and read below this topic, and nowhere else."""
    created: int
    """Microseconds since 1970."""
    rotated: int | None = None
    key: str = ""
    """The id of the API key that was made with it."""


class _Ledger(msgspec.Struct):
    accounts: list[Account] = []


def ledger_path(settings: Settings) -> Path:
    """The file; once it is there Mosquitto lets nobody in without an account, also when the last one is revoked."""
    return accounts_dir(settings) / LEDGER


def has_accounts(settings: Settings) -> bool:
    """Whether this platform's Mosquitto asks for accounts."""
    return ledger_path(settings).exists()


def listed(settings: Settings) -> list[Account]:
    """Every account of a city, by name.

    Raises:
        AccountsError: when the file cannot be read.
    """
    file = ledger_path(settings)
    try:
        accounts = msgspec.json.decode(file.read_bytes(), type=_Ledger).accounts
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise AccountsError(f"{file} cannot be read: {error}") from error
    for account in accounts:
        _check_form(account.name)
        _check_form(account.city)
    return sorted(accounts, key=lambda account: account.name)


def ledger_text(accounts: list[Account]) -> str:
    """What the file holds."""
    return msgspec.json.format(msgspec.json.encode(_Ledger(accounts))).decode()


def check_name(name: str, city: str, cities: list[str]) -> None:
    """Make sure that an account of a city may be called so: like the city, or `<city>-<what it is for>`.

    Raises:
        AccountsError: when it may not.
    """
    _check_form(name)
    _check_form(city)
    if name.split("-", maxsplit=1)[0] == _RESERVED:
        raise AccountsError(f"{name!r} is kept for processes of the platform: {', '.join(Role)}")
    if name != city and (not name.startswith(f"{city}-") or name in cities):
        raise AccountsError(f"an account of {city} is called {city!r} or {f'{city}-...'!r}, and not {name!r}")


def _check_form(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AccountsError(f"{name!r} is no name of an account: up to 63 of a-z, 0-9 and single hyphens between them")
