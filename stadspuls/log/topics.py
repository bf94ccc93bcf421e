"""Names of the Kafka topics, and which partition a dataset lives in."""

from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True)
class Topics:
    """The topic names below one prefix; every topic has the same number of partitions."""

    prefix: str = "stadspuls"

    @property
    def messages(self) -> str:
        """Undecoded MQTT messages, as the bridge received them."""
        return f"{self.prefix}.messages"

    @property
    def observations(self) -> str:
        """The published log: one frame for every frame of `messages`, in the same partition."""
        return f"{self.prefix}.observations"

    @property
    def rejected(self) -> str:
        """What could not be published, with reason and original bytes."""
        return f"{self.prefix}.rejected"

    @property
    def births(self) -> str:
        """The newest announcement of every sender that calls its metrics by number later on."""
        return f"{self.prefix}.births"

    def all(self) -> tuple[str, ...]:
        """Every topic that must exist before anything starts."""
        return (self.messages, self.observations, self.rejected, self.births)


def partition_of(key: str, count: int) -> int:
    """The partition of a dataset name (or of an unknown topic's text): crc32 modulo the count.

    The count is fixed for a deployment: another one would move datasets to other partitions.
    """
    return crc32(key.encode()) % count
