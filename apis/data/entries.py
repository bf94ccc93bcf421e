"""Observations as plain entries, ready to be written in any form."""

from collections.abc import Iterable

from msgspec import UNSET

from apis.data.models import JsonValue, ObservationEntry
from stadspuls.clock import to_datetime
from stadspuls.model import Observation, Procedure, Value
from stadspuls.registry import Dataset

_EXACT = 2.0**53
"""Beyond it a float64 no longer holds every whole number."""


class SiteNames:
    """The IRIs of a dataset's sites; also of those that are no longer registered but still have a history."""

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        self._dataset = dataset
        self._base_url = base_url
        self._known: dict[str, str] = {}

    def iri(self, site_id: str) -> str:
        """The site's identifier."""
        iri = self._known.get(site_id)
        if iri is None:
            iri = self._known[site_id] = self._find(site_id)
        return iri

    def _find(self, site_id: str) -> str:
        dataset = self._dataset
        if site_id in dataset.sites:
            return dataset.site_iri(site_id, self._base_url)
        base = dataset.city.id_base or self._base_url
        return f"{base}/{dataset.city.slug}/id/site/{dataset.theme.slug}/{site_id}"


def plain_value(value: Value) -> JsonValue:
    """The value as it is written: a whole number without a fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def entries(observations: Iterable[Observation], names: SiteNames) -> list[ObservationEntry]:
    """One entry for each observation, in the same order."""
    return [_entry(observation, names) for observation in observations]


def _entry(o: Observation, names: SiteNames) -> ObservationEntry:
    stream = o.datastream
    return ObservationEntry(
        site=names.iri(stream.site),
        sensor=stream.sensor,
        observed_property=stream.observed_property,
        value=plain_value(o.value),
        unit=stream.unit,
        observed_at=to_datetime(o.observed_at),
        received_at=to_datetime(o.received_at),
        published_at=to_datetime(o.published_at),
        quality=o.quality,
        origin=stream.origin,
        test=UNSET if o.test is None else o.test,
        known=UNSET if o.known is None else o.known,
        capacity=UNSET if o.capacity is None else o.capacity,
        procedure=stream.procedure if stream.procedure is Procedure.DERIVED else UNSET,
    )
