"""Files that are no readable YAML, or not where they should be, are told too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.errors import RegistryError
from stadspuls.registry import load_registry

Mistakes = Callable[[], list[str]]

BROKEN = [
    ("slug: gent\nnames: {nl: Gent\n", "cities/gent.yaml:3: no YAML: "),
    ("slug: gent\n\tnames: x\n", "cities/gent.yaml:2: no YAML: "),
    ("slug: gent\nname: x\x07y\n", "cities/gent.yaml:2: no YAML: control characters are not allowed"),
    ("slug: gent\nslug: gent\n", "cities/gent.yaml:2: slug: stands here twice, first in line 1"),
    ("slug: gent\n? [a]\n: b\n", "cities/gent.yaml:2: a key must be a word"),
    ("slug: &s gent\ncontact: {name: *s}\n", "cities/gent.yaml:2: contact.name: aliases (*name) are not understood"),
    ("slug: gent\ncontact: {name: !!python/name:os.system x}\n", "cities/gent.yaml:2: contact.name: cannot be read"),
    ("slug: gent\ncontact: {name: 2026-13-45}\n", "cities/gent.yaml:2: contact.name: cannot be read"),
    ("slug: gent\ncontact: {name: !!binary aGk=}\n", "cities/gent.yaml:2: contact.name: bytes is not understood here"),
    ("[" * 5000 + "]" * 5000, "cities/gent.yaml:1: no YAML: nested too deep"),
    ("- gent\n", "cities/gent.yaml:1: should be a mapping"),
    ("", "cities/gent.yaml:1: should be a mapping"),
]


@pytest.mark.parametrize(("content", "expected"), BROKEN)
def test_unreadable_file_is_told(good: Path, mistakes: Mistakes, content: str, expected: str) -> None:
    (good / "cities" / "gent.yaml").write_text(content)
    assert any(mistake.startswith(expected) for mistake in mistakes())


def test_bytes_that_are_no_text_are_told(good: Path, mistakes: Mistakes) -> None:
    (good / "cities" / "gent.yaml").write_bytes(b"slug: gent\nnames: {nl: \xff}\n")
    assert "cities/gent.yaml:2: not UTF-8" in mistakes()


def test_file_with_the_other_ending_is_told(good: Path, mistakes: Mistakes) -> None:
    (good / "cities" / "gent.yaml").rename(good / "cities" / "gent.yml")
    assert mistakes() == ["cities/gent.yml:1: files end with .yaml; rename it"]


def test_missing_folder_is_told(good: Path) -> None:
    with pytest.raises(RegistryError, match="no such folder"):
        load_registry(good / "towns", good / "themes")


def test_version_follows_the_contents(good: Path) -> None:
    folders = good / "cities", good / "themes"
    before, again = load_registry(*folders).version, load_registry(*folders).version
    (good / "cities" / "gent.yaml").open("a").close()
    city = good / "cities" / "gent.yaml"
    city.write_text(city.read_text().replace("Vrijdagmarkt", "Korenmarkt"))
    assert before == again != load_registry(*folders).version
    assert len(before) == 12
    assert int(before, 16) >= 0
