"""Which frames an in-memory Kafka holds that are not in the store: they stay in the spool, for Kafka forgets them."""

from collections import deque
from typing import NamedTuple


class _Sent(NamedTuple):
    offset: int
    number: int


class Unstored:
    """Numbers of frames by the offsets that Kafka gave them. Offsets mean something only while that Kafka lives."""

    def __init__(self, partitions: int) -> None:
        self._sent: list[deque[_Sent]] = [deque() for _ in range(partitions)]
        self._highest = [-1] * partitions

    def sent(self, partition: int, offset: int, number: int) -> bool:
        """A frame was sent; False when its offset was there before, so that it must be another Kafka."""
        if offset <= self._highest[partition]:
            return False
        self._highest[partition] = offset
        self._sent[partition].append(_Sent(offset, number))
        return True

    def gone(self, ends: list[int]) -> bool:
        """Whether a Kafka whose partitions end there lacks something that was sent."""
        return any(end <= highest for end, highest in zip(ends, self._highest, strict=True))

    def stored(self, partition: int, source: int) -> int | None:
        """The number through which frames are stored when offsets are through `source`; None when none is new."""
        number = None
        sent = self._sent[partition]
        while sent and sent[0].offset <= source:
            number = sent.popleft().number
        return number

    def partitions(self) -> list[int]:
        """Those of which something is not stored yet."""
        return [partition for partition, sent in enumerate(self._sent) if sent]

    def forget(self) -> None:
        """Begin with another Kafka."""
        for sent in self._sent:
            sent.clear()
        self._highest = [-1] * len(self._highest)
