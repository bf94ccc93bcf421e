"""The registry in force: the files as they were applied last, however they are edited since.

`registries/in-force` in the data folder names the version. Every process looks there about once a second, and goes on
with what it finds between two frames or two requests.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from stadspuls.clock import now_us
from stadspuls.errors import RegistryError, SettingsError
from stadspuls.files import EVERYBODY_READS, write_whole
from stadspuls.logs import get_logger
from stadspuls.registry.loader import load_registry
from stadspuls.registry.routes import Registry
from stadspuls.registry.snapshots import FOLDER, folder_of, read_snapshot, take_snapshot
from stadspuls.settings import Settings

LOOK_SECONDS = 1.0
"""Between two looks at what is in force."""
_NAME = "in-force"


class Applied(NamedTuple):
    """What was in force before, None for nothing, and what is now."""

    before: Registry | None
    now: Registry


class InForce:
    """What one process has seen of the registry in force.

    Attributes:
        current: the registry it goes on with.
    """

    def __init__(self, settings: Settings, current: Registry) -> None:
        self.current = current
        self._settings = settings
        self._trouble: str | None = None

    def look(self) -> bool:
        """Take up what was applied since; whether there was something. It reads files: not for an event loop."""
        try:
            found = self._read()
        except (RegistryError, OSError) as error:
            if self._trouble != (trouble := str(error)):
                self._trouble = trouble
                get_logger().error("the registry in force cannot be read; going on with the one before", why=trouble)
            return False
        self._trouble = None
        if found is None:
            return False
        self.current = found
        get_logger().info("registry taken up", registry=found.version)
        return True

    def _read(self) -> Registry | None:
        version = applied_version(self._settings)
        if version is None or version == self.current.version:
            return None
        found = read_snapshot(self._settings, version)
        if found is None:
            raise RegistryError([f"{FOLDER}/{version}: is not there"])
        return found


def read_in_force(settings: Settings) -> Registry:
    """What was applied last, or the files as they are where nothing was.

    Raises:
        RegistryError: with every mistake.
    """
    version = applied_version(settings)
    applied = read_snapshot(settings, version) if version else None
    return applied or load_registry(settings.cities_dir, settings.themes_dir)


def apply(settings: Settings, *, force: bool = False) -> Applied:
    """Put the files in force as they are now, whole or not at all.

    Args:
        settings: say where the files are, and the data folder.
        force: also where a property changes its unit or its type.

    Raises:
        RegistryError: with every mistake in them, or what would make the history say something else; nothing changes.
        SettingsError: when the data folder does not take the copy.
    """
    try:
        version = applied_version(settings)
        before = read_snapshot(settings, version) if version else None
        now = take_snapshot(settings)
        if before is not None and not force:
            _refuse_other_meanings(before, now)
        write_whole(folder_of(settings) / _NAME, f"{now.version}\n".encode(), EVERYBODY_READS)
    except OSError as error:
        raise SettingsError(f"data_dir: {error.filename} cannot be written: {error.strerror}") from error
    return Applied(before, now)


def applied_version(settings: Settings) -> str | None:
    """The version that was applied last; None where nothing was."""
    try:
        return (folder_of(settings) / _NAME).read_text().strip() or None
    except FileNotFoundError:
        return None


def applied_at(settings: Settings) -> int:
    """When that was, in µs since 1970; now where nothing was."""
    try:
        return (folder_of(settings) / _NAME).stat().st_mtime_ns // 1000
    except FileNotFoundError:
        return now_us()


@contextmanager
def taking_up(settings: Settings, registry: Registry, take_up: Callable[[Registry], None]) -> Iterator[None]:
    """Call `take_up`, on a thread of its own, with every registry that is applied while the block runs."""
    in_force, ended = InForce(settings, registry), threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            if in_force.look():
                take_up(in_force.current)

    thread = threading.Thread(target=watch, name="registry in force", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run_with_each(
    settings: Settings, registry: Registry, stop: threading.Event, work: Callable[[Registry, threading.Event], None]
) -> None:
    """Do a work that ends when its event is set, and begin it anew whenever another registry is in force.

    It ends when `stop` is set, and when the work ends by itself.
    """
    in_force = InForce(settings, registry)
    while not stop.is_set():
        changed = threading.Event()
        watch = threading.Thread(target=_watch, args=(in_force, stop, changed), name="registry in force", daemon=True)
        watch.start()
        try:
            work(in_force.current, changed)
            if not changed.is_set():
                return
        finally:
            changed.set()
            watch.join()


def _watch(in_force: InForce, stop: threading.Event, changed: threading.Event) -> None:
    while not (stop.is_set() or changed.is_set()):
        if in_force.look():
            break
        stop.wait(LOOK_SECONDS)
    changed.set()


def _refuse_other_meanings(before: Registry, now: Registry) -> None:
    """What is published already stays as it is: a series may not go on in another unit or type."""
    mistakes = [
        f"themes/{slug}.yaml: properties.{name}.{field}: was {old!r}, and what is published has it so; "
        f"describe a new property beside it (or apply with --force where nothing is published yet)"
        for slug, theme in before.themes.items()
        for name, known in theme.properties.items()
        if slug in now.themes and (changed := now.themes[slug].properties.get(name)) is not None
        for field, old, new in (("unit", known.unit, changed.unit), ("type", known.type, changed.type))
        if old != new
    ]
    if mistakes:
        raise RegistryError(mistakes)
