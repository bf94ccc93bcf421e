"""Makes, changes and takes away accounts: each change is whole in every file that Mosquitto reads.

The order of writing lets a change that is cut off be made again: an account is listed last, so what is listed can be
used, and loses its password first.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from deploy.accounts.access_list import access_list
from deploy.accounts.ledger import ACCESS_LIST, PASSWORDS, Account, has_accounts, ledger_path, ledger_text, listed
from deploy.passwords import hash_passwords
from stadspuls.clock import now_us
from stadspuls.errors import AccountsError, StartError
from stadspuls.holding import HeldByOther, held
from stadspuls.mqtt_access import OWN, MqttAccess, Role, accounts_dir, bridge_client_id, own_accounts
from stadspuls.public_broker import write_secret
from stadspuls.settings import Settings

_LOCK = "lock"


class AccountBook:
    """The accounts of one platform, in `accounts/` of its data folder, for its owner alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = accounts_dir(settings)

    def add(self, name: str, city: str, key: str = "") -> str:
        """Make an account; the password, which is kept nowhere.

        Raises:
            AccountsError: when there is one of that name, or the files cannot be written.
            StartError: when Mosquitto's program for passwords is missing.
        """
        with self._changing() as accounts:
            if any(account.name == name for account in accounts):
                raise AccountsError(
                    f"there is an account {name} already: `stadspuls account rotate {name}` gives it a new password"
                )
            password = _new_password()
            self._make_own()
            self._write([*accounts, Account(name, city, now_us(), key=key)], {name: password})
        return password

    def prepare(self) -> None:
        """Make the accounts of our own processes, while everybody may still come in without one.

        So they come in with them from the start, and the first account of a city changes nothing for them.

        Raises:
            AccountsError, StartError: as `add`.
        """
        with self._changing():
            self._make_own()

    def close_door(self) -> None:
        """Let nobody in but the accounts of our own processes, even before a city has one.

        Raises:
            AccountsError, StartError: as `add`.
        """
        with self._changing() as accounts:
            self._make_own()
            self._write(accounts, {})

    def rotate(self, name: str, key: str | None = None) -> str:
        """Give an account another password, and where `key` says so another key; the password.

        Raises:
            AccountsError: when there is no such account, or the files cannot be written.
            StartError: as `add`.
        """
        with self._changing() as accounts:
            account = find(accounts, name)
            changed = msgspec.structs.replace(account, rotated=now_us(), key=account.key if key is None else key)
            password = _new_password()
            self._write([changed if each is account else each for each in accounts], {name: password})
        return password

    def rotate_own(self, role: Role) -> None:
        """Give processes of our own another password; they take it up when they connect again.

        Raises:
            AccountsError: when there are no accounts yet, or the files cannot be written.
            StartError: as `add`.
        """
        with self._changing() as accounts:
            own = dict(own_accounts(self._settings))
            if role not in own or not has_accounts(self._settings):
                # Another password alone would be a reason to close the door for.
                raise AccountsError(
                    f"{role} comes in like everybody as yet: accounts begin with the first one of a city"
                )
            own[role] = msgspec.structs.replace(own[role], password=_new_password())
            self._write_own(own)
            self._write(accounts, {role: own[role].password})

    def revoke(self, name: str) -> Account:
        """Take an account away; what it was.

        Raises:
            AccountsError: when there is none of that name, or the files cannot be written.
        """
        with self._changing() as accounts:
            account = find(accounts, name)
            self._write([each for each in accounts if each is not account], {})
        return account

    @contextmanager
    def _changing(self) -> Iterator[list[Account]]:
        """The accounts, held for one command at a time."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            with held(self._folder / _LOCK):
                yield listed(self._settings)
        except HeldByOther as error:
            raise AccountsError("another command changes accounts at this moment: try again") from error
        except OSError as error:
            raise AccountsError(f"{self._folder} cannot be written: {error}") from error

    def _make_own(self) -> None:
        """Our own accounts where they are missing, also when an earlier first account was cut off."""
        own = dict(own_accounts(self._settings))
        new = {
            role: MqttAccess(role, _new_password(), bridge_client_id(self._settings) if role is Role.BRIDGE else "")
            for role in Role
            if role not in own
        }
        known = self._hashes()
        if new or not all(role in known for role in Role):
            own |= new
            self._write_own(own)
            write_secret(self._folder / PASSWORDS, _lines(known | self._hashed({r: own[r].password for r in own})))

    def _write(self, accounts: list[Account], passwords: Mapping[str, str]) -> None:
        """Put the accounts in force, those of `passwords` with a new one."""
        hashes = self._hashes() | self._hashed(passwords)
        names = {*Role, *(account.name for account in accounts)}
        kept = {name: line for name, line in hashes.items() if name in names}
        write_secret(self._folder / PASSWORDS, _lines(kept))
        write_secret(self._folder / ACCESS_LIST, access_list(accounts))
        write_secret(ledger_path(self._settings), ledger_text(accounts))

    def _write_own(self, own: Mapping[Role, MqttAccess]) -> None:
        write_secret(self._folder / OWN, msgspec.json.encode(own).decode())

    def _hashes(self) -> dict[str, str]:
        """Each account's hash."""
        try:
            return _read_lines(self._folder / PASSWORDS)
        except FileNotFoundError:
            return {}

    def _hashed(self, passwords: Mapping[str, str]) -> dict[str, str]:
        """The hashes of new passwords, which lie in the folder only while Mosquitto's program works on them."""
        if not passwords:
            return {}
        draft = self._folder / "hashing"
        try:
            write_secret(draft, _lines(passwords))
            hash_passwords(draft)
            return _read_lines(draft)
        finally:
            draft.unlink(missing_ok=True)


def prepare_accounts(settings: Settings) -> None:
    """`AccountBook.prepare`, where Mosquitto's program for passwords is installed: without it there are no accounts.

    Raises:
        AccountsError: when the files cannot be written.
    """
    with suppress(StartError):
        AccountBook(settings).prepare()


def find(accounts: list[Account], name: str) -> Account:
    """The account of that name.

    Raises:
        AccountsError: when there is none.
    """
    for account in accounts:
        if account.name == name:
            return account
    known = ", ".join(each.name for each in accounts) or "none"
    raise AccountsError(f"no account {name!r} here; known: {known}")


def _new_password() -> str:
    """160 random bits, in characters that no shell and no device stumbles over."""
    return secrets.token_hex(20)


def _lines(passwords: Mapping[str, str]) -> str:
    return "".join(f"{name}:{password}\n" for name, password in passwords.items())


def _read_lines(file: Path) -> dict[str, str]:
    return dict(line.split(":", 1) for line in file.read_text().splitlines() if line)
