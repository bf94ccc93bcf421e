"""Who may write and read what, as Mosquitto's access list; what is not named there may nobody."""

from collections.abc import Iterable

from deploy.accounts.ledger import Account
from stadspuls.mqtt_access import Role

_OWN = {Role.BRIDGE: "read #", Role.PUBLISHER: "write #"}
"""`#` is every topic but those that begin with `$`."""


def access_list(accounts: Iterable[Account]) -> str:
    """The file's text; names and cities have been checked when the ledger was read."""
    lines = [line for role, right in _OWN.items() for line in (f"user {role}", f"topic {right}", "")]
    for account in accounts:
        lines += [f"user {account.name}", f"topic readwrite {account.city}/#", ""]
    return "\n".join(lines)
