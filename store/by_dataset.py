"""What a frame published in each of its datasets: an entry of the published order."""

from stadspuls.log import ObservationFrame
from stadspuls.model import Observation


def by_dataset(frame: ObservationFrame) -> list[ObservationFrame]:
    """A frame for each dataset of a frame; none for an empty frame."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for o in frame.observations:
        found.setdefault((o.datastream.city, o.datastream.theme), []).append(o)
    return [
        ObservationFrame(frame.source_offset, frame.part, frame.parts, frame.registry, observations)
        for observations in found.values()
    ]
