"""Keeps the last answers, so that a thousand clients of one latest state cost one serialisation."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST = 512
"""Bodies kept; the least recently asked for goes first."""


class Rendered:
    """Bodies by key, each good for one version of what it shows; asked from the event loop and from threads."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._lock = Lock()

    def body(self, key: str, version: str, make: Callable[[], bytes]) -> bytes:
        """The body of `key` at `version`, made anew when the one at hand is of another version."""
        with self._lock:
            held = self._bodies.get(key)
            if held is not None and held[0] == version:
                self._bodies.move_to_end(key)
                return held[1]
        body = make()
        with self._lock:
            self._bodies[key] = (version, body)
            self._bodies.move_to_end(key)
            while len(self._bodies) > MOST:
                self._bodies.popitem(last=False)
        return body
