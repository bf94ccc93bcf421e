"""Whether the published log is whole: frames of a partition follow each other by their source offsets."""

from typing import NamedTuple

from stadspuls.log import ObservationFrame
from stadspuls.log.frames import NO_SOURCE
from stadspuls.logs import get_logger


class _Expected(NamedTuple):
    source: int
    part: int


class GapCheck:
    """Knows what must come next in each partition."""

    def __init__(self) -> None:
        self._expected: dict[int, _Expected] = {}

    def stored(self, partition: int, source: int) -> None:
        """Say through which source offset a partition is stored; the next frame must follow it."""
        self._expected[partition] = _Expected(source + 1, 0)

    def through(self, partition: int) -> int:
        """The last source offset that has come whole; -1 when none is known."""
        expected = self._expected.get(partition)
        return expected.source - 1 if expected else NO_SOURCE

    def missing(self, partition: int, frame: ObservationFrame) -> int:
        """How many frames are missing before this one; logs an error when there are any.

        The first frame of a partition of which nothing is known is taken as it comes. A frame that goes back (the log
        was made anew) is taken too, and said.
        """
        if frame.source_offset == NO_SOURCE:
            return 0
        found = _Expected(frame.source_offset, frame.part)
        expected = self._expected.get(partition, found)
        if frame.last_part:
            self._expected[partition] = _Expected(frame.source_offset + 1, 0)
        else:
            self._expected[partition] = _Expected(frame.source_offset, frame.part + 1)
        if found == expected:
            return 0
        if found < expected:
            get_logger().warning("published log goes back", partition=partition, **_said(found, expected))
            return 0
        # A part that is missing spoils one frame.
        missing = max(1, found.source - expected.source)
        get_logger().error("frames missing in the published log", partition=partition, **_said(found, expected))
        return missing


def _said(found: _Expected, expected: _Expected) -> dict[str, int]:
    return {
        "source_offset": found.source,
        "part": found.part,
        "expected_source_offset": expected.source,
        "expected_part": expected.part,
    }
