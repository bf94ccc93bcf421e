"""What a process says of itself and of its machine: whether it works, memory, disk; when certificates and keys expire.

A thread of its own looks now and then, so that none of it costs anything where messages pass.
"""

import itertools
import math
import shutil
import threading
import time

import psutil

from stadspuls import heartbeat
from stadspuls.certificates import certificate_files, expiry
from stadspuls.clock import SECOND
from stadspuls.errors import KeysError
from stadspuls.keys import KeyFile
from stadspuls.logs import get_logger
from stadspuls.metrics import (
    CERTIFICATE_END,
    DISK_FREE,
    DISK_SIZE,
    KEY_END,
    PROCESS_MEMORY,
    PROCESS_START,
    PROCESS_STARTS,
    PROCESS_WORKED,
)
from stadspuls.settings import Settings

LOOK_SECONDS = 10.0
"""Between two looks at memory and disk."""
BEGINNING_SECONDS = 1.0
"""The same until the process has begun to work, so that it is told soon."""
DOORS_EVERY = 6
"""Looks from one reading of certificates and keys to the next: a minute."""


def watch_vitals(settings: Settings, process: str, *, doors: bool) -> None:
    """Tell from now on how this process is; with `doors` also when certificates and keys expire.

    Args:
        settings: say where the data folder is.
        process: what the process is called.
        doors: one process of a platform is enough for that.
    """
    vitals = Vitals(settings, process)

    def watch() -> None:
        for look in itertools.count():
            vitals.look()
            if doors and look % DOORS_EVERY == 0:
                vitals.look_at_doors()
            time.sleep(LOOK_SECONDS if heartbeat.begun() else BEGINNING_SECONDS)

    threading.Thread(target=watch, name="vitals", daemon=True).start()


class Vitals:
    """One process, and the folder it works in."""

    def __init__(self, settings: Settings, process: str) -> None:
        self._settings = settings
        self._name = process
        self._process = psutil.Process()
        self._keys: set[tuple[str, str]] = set()
        self._troubles: dict[str, str] = {}
        PROCESS_START.labels(process).set(self._process.create_time())
        PROCESS_STARTS.labels(process).inc()

    def look(self) -> None:
        """Tell whether the process works, and memory and disk as they are now."""
        if heartbeat.trouble() is None:
            PROCESS_WORKED.labels(self._name).set_to_current_time()
        PROCESS_MEMORY.labels(self._name).set(self._process.memory_info().rss)
        try:
            disk = shutil.disk_usage(self._settings.data_dir)
        except OSError as error:
            self._say_once("disk", str(error))
            return
        DISK_FREE.set(disk.free)
        DISK_SIZE.set(disk.total)

    def look_at_doors(self) -> None:
        """Tell when certificates and API keys expire."""
        for name, file in certificate_files(self._settings).items():
            try:
                CERTIFICATE_END.labels(name).set(expiry(file))
            except (OSError, ValueError) as error:
                self._say_once(name, f"{file} cannot be read: {error}")
        try:
            self._look_at_keys()
        except KeysError as error:
            self._say_once("keys", str(error))

    def _look_at_keys(self) -> None:
        keys = KeyFile(self._settings.keys_path).listed()
        ends = {(key.city, key.id): key.expires / SECOND for key in keys if key.expires is not None}
        for gone in self._keys - ends.keys():
            KEY_END.labels(*gone).set(math.nan)
        for key, end in ends.items():
            KEY_END.labels(*key).set(end)
        self._keys |= ends.keys()

    def _say_once(self, what: str, trouble: str) -> None:
        if self._troubles.get(what) != trouble:
            self._troubles[what] = trouble
            get_logger().warn("vitals cannot be told", what=what, why=trouble)
