"""API keys: shown once, kept as hashes, compared in constant time.

A key is `stadspuls_<id>_<secret>`. The id finds it and may stand in logs; the secret has 256 random bits, so one
SHA-256 hides it as well as a slow hash would: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import msgspec

from stadspuls.clock import now_us
from stadspuls.errors import Forbidden, KeysError, Unauthorized
from stadspuls.files import write_whole
from stadspuls.holding import HeldByOther, held

_PREFIX = "stadspuls"
_NOBODY = hashlib.sha256(b"").hexdigest()


class Scope(StrEnum):
    """What a key is for."""

    INGEST = "ingest"
    """Sending messages of a city's sensors."""
    REJECTED = "rejected"
    """Seeing what was kept back, with its original bytes."""
    REPLAY = "replay"
    """Replaying it."""


EVERY_CITY = "*"
"""The city of a key for those who run the platform: all of them, and topics of none."""
OPERATING = frozenset({Scope.REJECTED, Scope.REPLAY})
"""What a key can be for in every city at once."""


class Key(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is kept of a key."""

    id: str
    city: str
    scopes: frozenset[str]
    digest: str
    """SHA-256 of the secret, in hexadecimal."""
    created: int
    """Microseconds since 1970."""
    expires: int | None = None


class _File(msgspec.Struct):
    keys: list[Key] = []


class KeyFile:
    """The keys of a platform, in a file for its owner alone; a change is seen at the next question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, Key] = {}
        self._seen: tuple[int, int] | None = None

    def make(self, city: str, scopes: Iterable[Scope], expires: int | None = None) -> str:
        """Add a new key of a city; the text that is shown once.

        Raises:
            KeysError: when the file cannot be written, or a use is not for every city at once.
        """
        wanted = frozenset(scopes)
        if city == EVERY_CITY and (single := sorted(wanted - OPERATING)):
            raise KeysError(f"a key for {' and '.join(single)} belongs to one city")
        identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = Key(identifier, city, frozenset(map(str, wanted)), _digest(secret), now_us(), expires)
        with self._changing() as keys:
            self._write([*keys, key])
        return f"{_PREFIX}_{identifier}_{secret}"

    def listed(self) -> list[Key]:
        """Every key, the oldest first, also those that have expired.

        Raises:
            KeysError: when the file cannot be read.
        """
        return sorted(self._read(), key=lambda key: key.created)

    def revoke(self, identifier: str) -> Key:
        """Take a key away, which opens nothing from then on; what it was.

        Raises:
            KeysError: when no key has that id, or the file cannot be written.
        """
        with self._changing() as keys:
            for key in keys:
                if key.id == identifier:
                    self._write([other for other in keys if other is not key])
                    return key
        raise KeysError(f"no key has the id {identifier!r}; `stadspuls key list` shows those there are")

    def known(self, authorization: str) -> Key:
        """The key that a header `Authorization` holds.

        Raises:
            Unauthorized: when it holds none, or one that is not known or has expired.
            KeysError: when the file cannot be read.
        """
        self._refresh()
        scheme, _, text = authorization.partition(" ")
        _, identifier, secret = [*text.strip().split("_", 2), "", ""][:3]
        key = self._keys.get(identifier)
        # Compared in any case, so that the time tells nothing of ids.
        same = hmac.compare_digest(_digest(secret), key.digest if key else _NOBODY)
        if scheme.lower() != "bearer" or key is None or not same or not text.strip().startswith(f"{_PREFIX}_"):
            raise Unauthorized(
                "send 'Authorization: Bearer <key>' with a key of the city; `stadspuls key new` makes one"
            )
        if key.expires is not None and key.expires <= now_us():
            raise Unauthorized(f"the key {key.id} has expired")
        return key

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._keys, self._seen = {}, None
            return
        if self._seen != (seen := (status.st_mtime_ns, status.st_ino)):
            self._keys = {key.id: key for key in self._read()}
            self._seen = seen

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """The keys, held for one change at a time."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with held(self._path.with_suffix(".lock")):
                yield self._read()
        except (OSError, HeldByOther) as error:
            raise KeysError(f"{self._path} cannot be written: {error}") from error

    def _read(self) -> list[Key]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_File).keys
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            raise KeysError(f"{self._path} cannot be read: {error}") from error

    def _write(self, keys: list[Key]) -> None:
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(_File(keys))))


def require(key: Key, scope: Scope, city: str) -> None:
    """Make sure that a key is for this use and this city.

    Raises:
        Forbidden: when it is not.
    """
    if key.city != city and not (key.city == EVERY_CITY and scope in OPERATING):
        raise Forbidden(f"the key {key.id} is for {key.city}")
    if scope not in key.scopes:
        raise Forbidden(f"the key {key.id} is not for {scope}")


def identifier_of(text: str) -> str:
    """The id in the text of a key, which may be shown."""
    return text.split("_", 2)[1]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
