"""API keys: shown once, known afterwards by their hash alone."""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from stadspuls.errors import Forbidden, KeysError, Unauthorized
from stadspuls.keys import EVERY_CITY, KeyFile, Scope, identifier_of, require


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


def test_a_new_key_is_known_and_stands_nowhere(path: Path) -> None:
    text = KeyFile(path).make("gent", [Scope.INGEST])
    key = KeyFile(path).known(f"Bearer {text}")
    assert (key.city, set(key.scopes)) == ("gent", {Scope.INGEST})
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_made_later_is_known_without_a_restart_and_one_taken_away_is_not(path: Path) -> None:
    keys = KeyFile(path)
    with pytest.raises(Unauthorized):
        keys.known("Bearer stadspuls_x_y")
    first = KeyFile(path).make("gent", [Scope.INGEST])
    assert keys.known(f"bearer {first}").city == "gent"
    second = KeyFile(path).make("aalst", [Scope.INGEST])
    assert keys.known(f"Bearer {second}").city == "aalst"
    path.unlink()
    with pytest.raises(Unauthorized):
        keys.known(f"Bearer {first}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text,
        lambda text: f"Basic {text}",
        lambda text: f"Bearer {text[:-1]}",
        lambda text: f"Bearer {text}x",
        lambda text: f"Bearer {text.replace('stadspuls', 'Stadspuls')}",
        lambda text: f"Bearer {text.rpartition('_')[0]}",
        lambda text: "Bearer stadspuls_\xe9_\xe9",
        lambda text: "Bearer __",
    ],
)
def test_what_is_not_quite_the_key_is_refused(path: Path, spoil: Callable[[str], str]) -> None:
    text = KeyFile(path).make("gent", [Scope.INGEST])
    with pytest.raises(Unauthorized) as caught:
        KeyFile(path).known(spoil(text))
    assert text.split("_", 2)[2] not in str(caught.value)


def test_a_key_that_has_expired_is_refused(path: Path) -> None:
    text = KeyFile(path).make("gent", [Scope.INGEST], expires=1)
    with pytest.raises(Unauthorized, match="has expired"):
        KeyFile(path).known(f"Bearer {text}")


def test_a_key_is_for_its_city_and_its_use(path: Path) -> None:
    key = KeyFile(path).known(f"Bearer {KeyFile(path).make('gent', [Scope.INGEST])}")
    require(key, Scope.INGEST, "gent")
    with pytest.raises(Forbidden, match="is for gent"):
        require(key, Scope.INGEST, "aalst")
    with pytest.raises(Forbidden, match="is not for ingest"):
        require(msgspec.structs.replace(key, scopes=frozenset()), Scope.INGEST, "gent")


def test_a_key_for_every_city_is_for_operators_only(path: Path) -> None:
    keys = KeyFile(path)
    key = keys.known(f"Bearer {keys.make(EVERY_CITY, [Scope.REJECTED])}")
    for city in ("gent", "aalst", "a topic of nobody"):
        require(key, Scope.REJECTED, city)
    with pytest.raises(Forbidden, match="is not for replay"):
        require(key, Scope.REPLAY, "gent")
    with pytest.raises(KeysError, match="a key for ingest belongs to one city"):
        keys.make(EVERY_CITY, [Scope.REJECTED, Scope.INGEST])
    # Nor when somebody writes it into the file.
    with pytest.raises(Forbidden, match=r"is for \*"):
        require(msgspec.structs.replace(key, scopes=frozenset({"ingest"})), Scope.INGEST, "gent")


def test_a_file_that_is_none_lets_nobody_in(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{")
    with pytest.raises(KeysError, match=r"keys\.json cannot be read"):
        KeyFile(path).known("Bearer stadspuls_a_b")
    with pytest.raises(KeysError):
        KeyFile(path).make("gent", [Scope.INGEST])


def test_keys_made_at_once_are_all_kept(path: Path) -> None:
    KeyFile(path).make("gent", [])
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(KeyFile(path).make("gent", []))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 5
    assert all(KeyFile(path).known(f"Bearer {text}") for text in made)


def test_keys_are_listed_and_one_that_is_revoked_opens_nothing_from_then_on(path: Path) -> None:
    keys = KeyFile(path)
    first, second = keys.make("gent", [Scope.INGEST]), keys.make("aalst", [Scope.INGEST])
    assert keys.known(f"Bearer {first}").city == "gent"
    assert [(key.id, key.city) for key in keys.listed()] == [
        (identifier_of(first), "gent"),
        (identifier_of(second), "aalst"),
    ]
    assert keys.revoke(identifier_of(first)).city == "gent"
    with pytest.raises(Unauthorized):
        keys.known(f"Bearer {first}")
    assert keys.known(f"Bearer {second}").city == "aalst"
    with pytest.raises(KeysError, match="no key has the id 'f00'"):
        keys.revoke("f00")
