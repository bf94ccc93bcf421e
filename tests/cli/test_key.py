"""`stadspuls key`: shown once, kept as a hash."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from stadspuls.keys import KeyFile

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


def test_a_new_key_is_printed_and_known_to_the_door(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("key", "new", "gent")
    assert answer.returncode == 0, answer.stderr
    [file] = tmp_path.rglob("keys.json")
    assert KeyFile(file).known(f"Bearer {answer.stdout.strip()}").city == "gent"


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
