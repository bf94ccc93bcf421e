"""What is in force is what was applied last, whole, whatever happens to the files since."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.errors import RegistryError, SettingsError
from stadspuls.registry import Registry
from stadspuls.registry.in_force import InForce, applied_version, apply, read_in_force, run_with_each, taking_up
from stadspuls.registry.snapshots import read_snapshot
from stadspuls.settings import Settings, load_settings

LIMIT = 60.0


@pytest.fixture
def settings(good: Path, tmp_path: Path) -> Settings:
    return load_settings(None, cities_dir=good / "cities", themes_dir=good / "themes", data_dir=tmp_path / "data")


@pytest.fixture
def rewrite(settings: Settings) -> Callable[..., None]:
    def change(old: str, new: str, file: str = "cities/gent.yaml") -> None:
        path = settings.cities_dir.parent / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def names(registry: Registry) -> str:
    return registry.cities["gent"].names["nl"]


def test_without_anything_applied_the_files_count(settings: Settings, rewrite: Callable[..., None]) -> None:
    assert applied_version(settings) is None
    rewrite("nl: Gent,", "nl: Gand,")
    assert names(read_in_force(settings)) == "Gand"


def test_what_is_edited_counts_once_it_is_applied(settings: Settings, rewrite: Callable[..., None]) -> None:
    first = apply(settings)
    assert first.before is None
    rewrite("nl: Gent,", "nl: Gand,")
    assert names(read_in_force(settings)) == "Gent"
    second = apply(settings)
    assert second.before is not None
    assert second.before.version == first.now.version
    assert names(read_in_force(settings)) == "Gand"
    earlier = read_snapshot(settings, first.now.version)
    assert earlier is not None
    assert names(earlier) == "Gent"


def test_a_mistake_anywhere_changes_nothing(settings: Settings, rewrite: Callable[..., None]) -> None:
    version = apply(settings).now.version
    rewrite("nl: Gent,", "nl: Gand,")
    rewrite("unit: ", "unit: bananas # ", "themes/parking.yaml")
    with pytest.raises(RegistryError, match=r"themes/parking\.yaml:\d+: properties\.vacantSpaces\.unit"):
        apply(settings)
    assert applied_version(settings) == version
    assert names(read_in_force(settings)) == "Gent"
    # Nor does it leave anything behind.
    kept = {path.name for path in (settings.data_dir / "registries").iterdir()}
    assert kept == {version, "in-force"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('names: {nl: Vrije plaatsen}\n    unit: "1"', 'names: {nl: Vrije plaatsen}\n    unit: "m"', "unit: was '1'"),
        ("type: boolean\n    max_age: PT4H\n", "type: number\n    max_age: PT4H\n", "type: was 'boolean'"),
    ],
)
def test_a_series_does_not_go_on_in_another_meaning(
    settings: Settings, rewrite: Callable[..., None], old: str, new: str, told: str
) -> None:
    version = apply(settings).now.version
    rewrite(old, new, "themes/parking.yaml")
    if told.startswith("type"):
        rewrite(
            "derived:\n  - property: vacantSpaces\n    source: occupied\n    function: count-false\n",
            "",
            "themes/parking.yaml",
        )
    with pytest.raises(RegistryError, match=told):
        apply(settings)
    assert applied_version(settings) == version
    assert apply(settings, force=True).now.version != version


def test_a_data_folder_that_takes_nothing_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SettingsError, match="data_dir"):
        apply(settings)


def test_a_process_sees_what_was_applied_since(settings: Settings, rewrite: Callable[..., None]) -> None:
    seen = InForce(settings, apply(settings).now)
    assert not seen.look()
    rewrite("nl: Gent,", "nl: Gand,")
    assert not seen.look()
    apply(settings)
    assert seen.look()
    assert names(seen.current) == "Gand"
    assert not seen.look()


def test_what_cannot_be_read_leaves_what_was(settings: Settings, rewrite: Callable[..., None]) -> None:
    seen = InForce(settings, apply(settings).now)
    rewrite("nl: Gent,", "nl: Gand,")
    version = apply(settings).now.version
    file = settings.data_dir / "registries" / version / "cities" / "gent.yaml"
    whole = file.read_text()
    file.write_text("slug: [")
    assert not seen.look()
    assert names(seen.current) == "Gent"
    file.write_text(whole)
    assert seen.look()
    assert names(seen.current) == "Gand"


def test_a_version_never_leads_elsewhere(settings: Settings) -> None:
    apply(settings)
    assert read_snapshot(settings, "../..") is None
    assert read_snapshot(settings, "") is None


def test_a_thread_takes_up_what_is_applied(settings: Settings, rewrite: Callable[..., None]) -> None:
    taken: list[str] = []
    arrived = threading.Event()

    def take(registry: Registry) -> None:
        taken.append(names(registry))
        arrived.set()

    with taking_up(settings, apply(settings).now, take):
        rewrite("nl: Gent,", "nl: Gand,")
        apply(settings)
        assert arrived.wait(LIMIT)
    assert taken == ["Gand"]


def test_a_work_begins_anew_with_what_is_applied(settings: Settings, rewrite: Callable[..., None]) -> None:
    stop = threading.Event()
    worked: list[str] = []

    def work(registry: Registry, ended: threading.Event) -> None:
        worked.append(names(registry))
        if len(worked) == 1:
            rewrite("nl: Gent,", "nl: Gand,")
            apply(settings)
        else:
            stop.set()
        assert ended.wait(LIMIT)

    run_with_each(settings, apply(settings).now, stop, work)
    assert worked == ["Gent", "Gand"]


def test_a_work_that_ends_by_itself_is_not_begun_again(settings: Settings) -> None:
    worked: list[str] = []
    run_with_each(settings, apply(settings).now, threading.Event(), lambda registry, _: worked.append(names(registry)))
    assert worked == ["Gent"]
