"""Writes a site's message, never longer than a limit."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from apis.data.entries import SiteNames, entries
from apis.data.models import PointGeometry
from apis.mqtt.models import SiteMessage
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Site

PAYLOAD_LIMIT = 32 * 1024
"""Bytes: about a hundred observations. A phone reads it in a moment; of a street of more spaces it has the count."""

encode = msgspec.json.Encoder().encode


class SiteWriter:
    """Writes the messages of one dataset's sites."""

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        self._dataset = dataset
        self._names = SiteNames(dataset, base_url)

    def write(self, site: Site, observations: Sequence[Observation]) -> bytes:
        """The message of a site: all its observations, or those that find room."""
        texts = [encode(entry) for entry in entries(observations, self._names)]
        kept = _fitting(observations, texts, PAYLOAD_LIMIT - len(self._around(site, len(texts))))
        around = self._around(site, len(texts) - len(kept))
        return around[:-2] + b",".join(texts[place] for place in kept) + b"]}"

    def _around(self, site: Site, omitted: int) -> bytes:
        """The message without its observations, which come last."""
        dataset = self._dataset
        return encode(
            SiteMessage(
                dataset=dataset.name,
                site=self._names.iri(site.id),
                names=site.names,
                kind=site.kind,
                point=PointGeometry((site.longitude, site.latitude)),
                capacity=UNSET if site.capacity is None else site.capacity,
                licence=dataset.licence,
                origin=dataset.origin,
                omitted=omitted,
                observations=[],
            )
        )


def _fitting(observations: Sequence[Observation], texts: Sequence[bytes], room: int) -> list[int]:
    """Which observations fit, in their order; of properties with few series (a count) before those with many."""
    if sum(map(len, texts)) + len(texts) <= room:
        return list(range(len(texts)))
    series = Counter(o.datastream.observed_property for o in observations)
    kept = []
    for place in sorted(range(len(texts)), key=lambda place: series[observations[place].datastream.observed_property]):
        if len(texts[place]) < room:
            room -= len(texts[place]) + 1
            kept.append(place)
    return sorted(kept)
