"""Keeps the last answer in each form, so that a thousand clients of one latest state cost one serialisation."""

from collections.abc import Callable


class Rendered:
    """Bodies by key, each good for one version of what it shows; there are as many as datasets x formats."""

    def __init__(self) -> None:
        self._bodies: dict[str, tuple[str, bytes]] = {}

    def body(self, key: str, version: str, make: Callable[[], bytes]) -> bytes:
        """The body of `key` at `version`, made anew when the one at hand is of another version."""
        held = self._bodies.get(key)
        if held is None or held[0] != version:
            held = self._bodies[key] = (version, make())
        return held[1]
