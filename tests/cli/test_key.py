"""`stadspuls key`: shown once, kept as a hash."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.instants import expiry
from stadspuls.clock import DAY, HOUR, rfc3339
from stadspuls.keys import KeyFile

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


def test_a_new_key_is_printed_and_known_to_the_door(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("key", "new", "gent")
    assert answer.returncode == 0, answer.stderr
    [file] = tmp_path.rglob("keys.json")
    assert KeyFile(file).known(f"Bearer {answer.stdout.strip()}").city == "gent"


def test_a_key_for_operators_has_its_scopes_and_its_end(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("key", "new", "*", "--scope", "rejected", "--scope", "replay", "--expires", "2999-01-01")
    assert answer.returncode == 0, answer.stderr
    [file] = tmp_path.rglob("keys.json")
    key = KeyFile(file).known(f"Bearer {answer.stdout.strip()}")
    assert (key.city, set(key.scopes)) == ("*", {"rejected", "replay"})
    assert rfc3339(key.expires or 0) == "2999-01-01T00:00:00Z"
    assert "2999-01-01" in stadspuls("key", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("*",), "a key for ingest belongs to one city"),
        (("gent", "--expires", "soon"), "'soon' is no duration"),
        (("gent", "--expires", "PT0S"), "'PT0S' is no duration"),
        (("gent", "--expires", "2026-13-01"), "'2026-13-01' is no duration"),
        (("gent", "--expires", "P99999999D"), "'P99999999D' is no duration"),
        (("gent", "--expires", "2001-01-01T00:00:00Z"), "2001-01-01T00:00:00Z is past"),
    ],
)
def test_a_key_that_cannot_be_is_refused(stadspuls: Stadspuls, arguments: tuple[str, ...], told: str) -> None:
    answer = stadspuls("key", "new", *arguments)
    assert answer.returncode == 1
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_end_is_counted_from_now() -> None:
    assert expiry("PT1H", 5) == 5 + HOUR
    assert expiry("1970-01-02", 5) == DAY
    assert expiry("1970-01-01T02:00:00+01:00", 5) == HOUR


def test_a_city_that_is_not_there_is_told(stadspuls: Stadspuls) -> None:
    answer = stadspuls("key", "new", "atlantis")
    assert answer.returncode == 1
    assert answer.stderr.startswith("stadspuls: no city 'atlantis' here; known: aalst, ")


def test_keys_are_listed_without_their_secret_and_revoked_by_their_id(stadspuls: Stadspuls, tmp_path: Path) -> None:
    _, identifier, secret = stadspuls("key", "new", "gent").stdout.strip().split("_", 2)
    shown = stadspuls("key", "list").stdout
    assert identifier in shown
    assert secret not in shown
    answer = stadspuls("key", "revoke", identifier)
    assert answer.stdout == f"The key {identifier} of gent is revoked.\n"
    assert identifier not in stadspuls("key", "list").stdout
    assert "no key has the id" in stadspuls("key", "revoke", identifier).stderr
