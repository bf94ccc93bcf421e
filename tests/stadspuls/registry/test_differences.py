"""What `registry diff` says: places as people know them, and nothing that is the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.errors import RegistryError
from stadspuls.registry.differences import Folders, differences

Told = Callable[[], list[str]]


@pytest.fixture
def before(good: Path, tmp_path: Path) -> Folders:
    shutil.copytree(good, tmp_path / "before")
    return tmp_path / "before" / "cities", tmp_path / "before" / "themes"


@pytest.fixture
def told(good: Path, before: Folders) -> Told:
    return lambda: [str(found) for found in differences(before, (good / "cities", good / "themes"))]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_same_files_differ_in_nothing(told: Told) -> None:
    assert told() == []


def test_comments_and_order_are_no_difference(good: Path, told: Told) -> None:
    change(good / "cities" / "gent.yaml", "slug: gent\n", "# Our city\nslug: gent\n")
    change(good / "cities" / "gent.yaml", "names: {nl: Gent, en: Ghent}", "names: {en: Ghent, nl: Gent}")
    assert told() == []


def test_a_thing_in_a_list_is_known_by_its_id(good: Path, told: Told) -> None:
    change(good / "cities" / "gent.yaml", "ignore: [battery]", "ignore: [battery, rssi]")
    assert told() == ['~ cities/gent.yaml: sources[lora].ignore: ["battery"] -> ["battery", "rssi"]']
    change(good / "cities" / "gent.yaml", "  - id: lora", "  - id: lorawan")
    assert told() == ["- cities/gent.yaml: sources[lora]", "+ cities/gent.yaml: sources[lorawan]"]


def test_files_come_and_go(good: Path, before: Folders, told: Told) -> None:
    (good / "cities" / "gent").mkdir()
    (good / "cities" / "gent" / "own.py").write_text("")
    (before[0] / "aalst.yaml").write_text("slug: aalst\n")
    assert told() == ["- cities/aalst.yaml", "+ cities/gent/own.py"]


def test_everything_is_new_where_there_was_nothing(good: Path) -> None:
    found = differences(None, (good / "cities", good / "themes"))
    assert [str(one) for one in found] == ["+ cities/gent.yaml", "+ themes/parking.yaml"]


def test_a_type_is_part_of_a_value_and_nothing_reaches_the_terminal(good: Path, told: Told) -> None:
    change(good / "cities" / "gent.yaml", "nl: Stad Gent", r'nl: "Stad \e[31mGent"')
    change(good / "cities" / "gent.yaml", "sensor_level: 6", 'sensor_level: "6"')
    [publisher, level] = told()
    assert publisher == r'~ cities/gent.yaml: publisher.names.nl: "Stad Gent" -> "Stad \u001b[31mGent"'
    assert level == '~ cities/gent.yaml: sources[lora].sensor_level: 6 -> "6"'


def test_what_is_no_yaml_is_told(good: Path, told: Told) -> None:
    (good / "cities" / "gent.yaml").write_text("slug: [")
    with pytest.raises(RegistryError, match=r"cities/gent\.yaml:2: no YAML"):
        told()
