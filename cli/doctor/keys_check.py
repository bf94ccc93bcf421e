"""API keys: the file can be read, and none has expired or is about to."""

from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.clock import DAY, now_us, rfc3339
from stadspuls.errors import KeysError
from stadspuls.keys import Key, KeyFile

SOON = 14 * DAY
"""As in the rules of Prometheus."""


def _look(subject: Subject) -> Iterator[Finding]:
    file = subject.settings.keys_path
    try:
        keys = KeyFile(file).listed()
    except KeysError as error:
        yield wrong(str(error), str(file), "give it back from a backup, or remove it and make new keys")
        return
    due = [finding for key in keys if (finding := _due(key, str(file)))]
    yield from due
    if not due:
        yield good(f"{len(keys)} API keys, none about to expire", str(file))


CHECK = Check("keys", "API keys: readable, not expired", _look)


def _due(key: Key, where: str) -> Finding | None:
    if key.expires is None or key.expires > now_us() + SOON:
        return None
    renew = (
        f"`stadspuls key new {key.city}{''.join(f' --scope {scope}' for scope in sorted(key.scopes))}` makes another"
    )
    if key.expires <= now_us():
        seen = f"the key {key.id} of {key.city} has expired on {rfc3339(key.expires)}"
        return warning(seen, where, f"{renew}; take the old one away", f"stadspuls key revoke {key.id}")
    return warning(f"the key {key.id} of {key.city} expires on {rfc3339(key.expires)}", where, renew)
