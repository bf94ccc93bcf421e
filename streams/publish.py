"""Step 5: readings become observations, stamped with a `published_at` that strictly increases in each dataset."""

from collections.abc import Iterable

from stadspuls.log import ObservationFrame, encode_observations, encode_rejected
from stadspuls.model import Observation, Reading, Rejection
from streams.state import PartitionState

PART_OBSERVATIONS = 5000
"""Observations in one record at most."""

PART_BYTES = 900 * 1024
"""Bytes in one record at most: Kafka's default limit is 1 MiB."""

REJECTED_BYTES = 512 * 1024
"""Bytes of payload after which a record of `rejected` is full."""


def publish(readings: Iterable[Reading], state: PartitionState, now: int) -> list[Observation]:
    """Readings as observations, taken into the state: `published_at` is max(now, last + 1 µs)."""
    observations: list[Observation] = []
    for reading in readings:
        dataset = state.dataset(reading.datastream.dataset)
        observation = Observation(
            reading.datastream,
            reading.observed_at,
            reading.received_at,
            max(now, dataset.last_published + 1),
            reading.value,
            reading.quality,
            reading.test,
            reading.known,
            reading.capacity,
        )
        dataset.apply(observation)
        observations.append(observation)
    return observations


def records(observations: list[Observation], source_offset: int, registry: str) -> list[bytes]:
    """The records that one input frame gives: one, or several parts when they would be too large for Kafka."""
    size = max(1, min(PART_OBSERVATIONS, len(observations)))
    while True:
        chunks = [observations[i : i + size] for i in range(0, len(observations), size)] or [[]]
        encoded = [
            encode_observations(ObservationFrame(source_offset, part, len(chunks), registry, chunk))
            for part, chunk in enumerate(chunks)
        ]
        if size == 1 or max(map(len, encoded)) <= PART_BYTES:
            return encoded
        size = (size + 1) // 2


def rejected_records(rejections: Iterable[Rejection], source_offset: int, registry: str) -> list[bytes]:
    """The records of `rejected` that one input frame gives: none, one, or several when payloads are large."""
    chunks: list[list[Rejection]] = []
    room = 0
    for rejection in rejections:
        if not chunks or room < len(rejection.payload):
            chunks.append([])
            room = REJECTED_BYTES
        room -= len(rejection.payload)
        chunks[-1].append(rejection)
    return [encode_rejected(chunk, source_offset, registry) for chunk in chunks]
