"""Where a site's message stands: `open/{city}/{theme}/{geohash, a level for each character}/{site}`."""

from collections.abc import Iterable

from apis.mqtt.geohash import geohash
from stadspuls.registry import Dataset, Site

PREFIX = "open"
"""No city may be called so."""
EVERYTHING = f"{PREFIX}/#"
PRECISION = 7
"""Levels of squares, the last 96 m by 153 m in Flanders: smaller than what anyone asks for around a place, and large
enough that a point that is measured again stays where it is."""


def topic_of(dataset: Dataset, site: Site) -> str:
    """The topic of a site's message."""
    levels = "/".join(geohash(site.latitude, site.longitude, PRECISION))
    return f"{PREFIX}/{dataset.name}/{levels}/{site.id}"


def places(datasets: Iterable[Dataset]) -> dict[str, tuple[Dataset, Site]]:
    """By topic: every site of the datasets."""
    return {topic_of(dataset, site): (dataset, site) for dataset in datasets for site in dataset.sites.values()}
