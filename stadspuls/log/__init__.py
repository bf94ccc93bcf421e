"""The log: Kafka topics, how a dataset finds its partition, and what stands in a record.

In: messages and observations. Out: frames (MessagePack), and those who read them back.
"""

from stadspuls.log.frames import (
    MessageFrame,
    ObservationFrame,
    RejectedFrame,
    decode_messages,
    decode_observations,
    decode_rejected,
    encode_messages,
    encode_observations,
    encode_rejected,
)
from stadspuls.log.topics import Topics, partition_of

__all__ = [
    "MessageFrame",
    "ObservationFrame",
    "RejectedFrame",
    "Topics",
    "decode_messages",
    "decode_observations",
    "decode_rejected",
    "encode_messages",
    "encode_observations",
    "encode_rejected",
    "partition_of",
]
