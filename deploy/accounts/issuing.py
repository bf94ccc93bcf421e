"""What a city is given and what is taken back: an MQTT account and an API key, together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.accounts.book import AccountBook, find
from deploy.accounts.brokers import take_up
from deploy.accounts.ledger import Account, check_name, listed
from stadspuls.errors import AccountsError, StadspulsError
from stadspuls.keys import KeyFile, Scope, identifier_of
from stadspuls.settings import Settings


@dataclass(frozen=True)
class Issued:
    """An account with its secrets, which are shown once and kept nowhere."""

    name: str
    city: str
    password: str = field(repr=False)
    key: str = field(repr=False)
    """The text of the API key."""
    told: bool
    """Whether a running broker was told."""


def issue(settings: Settings, city: str, name: str, cities: Iterable[str]) -> Issued:
    """Make an account and an API key of a city.

    Args:
        settings: whose data folder holds the accounts.
        city: the slug, one of `cities`.
        name: the account's name: the slug, or `<slug>-<what it is for>`.
        cities: the slugs there are.

    Raises:
        AccountsError: when the city is not known, the name may not be had or is taken, or amqtt serves.
        KeysError: when the file of API keys cannot be written.
        StartError: when Mosquitto's program for passwords is missing.
    """
    if settings.mqtt_broker == "amqtt":
        raise AccountsError("amqtt knows no accounts: install Mosquitto, and set STADSPULS_MQTT_BROKER to it")
    known = list(cities)
    if city not in known:
        raise AccountsError(f"no city {city!r} here; known: {', '.join(known)}")
    check_name(name, city, known)
    key = KeyFile(settings.keys_path).make(city, [Scope.INGEST])
    try:
        password = AccountBook(settings).add(name, city, identifier_of(key))
    except StadspulsError:
        KeyFile(settings.keys_path).revoke(identifier_of(key))
        raise
    return Issued(name, city, password, key, take_up(settings))


def reissue(settings: Settings, name: str) -> Issued:
    """Give an account a new password and a new API key; the old ones open nothing from then on.

    Raises:
        AccountsError: when there is no such account.
        KeysError, StartError: as `issue`.
    """
    account = find(listed(settings), name)
    _revoke_key(settings, account)
    key = KeyFile(settings.keys_path).make(account.city, [Scope.INGEST])
    try:
        password = AccountBook(settings).rotate(name, identifier_of(key))
    except StadspulsError:
        KeyFile(settings.keys_path).revoke(identifier_of(key))
        raise
    return Issued(name, account.city, password, key, take_up(settings))


def withdraw(settings: Settings, name: str) -> tuple[Account, bool]:
    """Take an account and its API key away; what it was, and whether a running broker was told.

    Raises:
        AccountsError: when there is no such account.
        KeysError: as `issue`.
    """
    # The key first: what is cut off in between still has its account, and can be taken away again.
    _revoke_key(settings, find(listed(settings), name))
    account = AccountBook(settings).revoke(name)
    return account, take_up(settings)


def _revoke_key(settings: Settings, account: Account) -> None:
    """Take the account's key away, unless somebody has done so before."""
    keys = KeyFile(settings.keys_path)
    if any(key.id == account.key for key in keys.listed()):
        keys.revoke(account.key)
