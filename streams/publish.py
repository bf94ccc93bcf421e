"""Step 5: readings become observations, stamped with a `published_at` that strictly increases in each dataset."""

from collections.abc import Iterable

from stadspuls.log import ObservationFrame, encode_observations
from stadspuls.model import Observation, Reading
from streams.state import PartitionState

PART_OBSERVATIONS = 5000
"""Observations in one record at most."""

PART_BYTES = 900 * 1024
"""Bytes in one record at most: Kafka's default limit is 1 MiB."""


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
