"""What DATEX II says of a place to park, as far as it is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from apis.rhythm import rhythm
from stadspuls.model import Observation, Procedure, Quality
from stadspuls.registry import Dataset, Site, Theme

VACANT = "http://vocab.datex.org/terms#parkingNumberOfVacantSpaces"
"""The observed property that makes a theme one of parking."""


@dataclass(frozen=True)
class PlaceStatus:
    """A site's newest count; counts that are not known are None, and so are instants before there was one."""

    site: Site
    observed_at: int | None = None
    known_until: int | None = None
    """How long the count may be taken for true, by the rhythm of what counts."""
    vacant: int | None = None
    occupied: int | None = None
    doubtful: bool = False
    """Whether the newest count is one that the checks hold for implausible."""

    @property
    def status(self) -> str:
        """In the words of DATEX II."""
        if self.vacant is None:
            return "unknown"
        return "spacesAvailable" if self.vacant else "full"


def vacant_property(theme: Theme) -> str | None:
    """The name of the property that counts vacant spaces; None when the theme is not one of parking."""
    names = [name for name, found in theme.properties.items() if found.iri == VACANT and found.type == "number"]
    return names[0] if names else None


def has_parking(theme: Theme) -> bool:
    """Whether datasets of the theme can be told in DATEX II."""
    return vacant_property(theme) is not None


def place_status(dataset: Dataset, site: Site, counts: Sequence[Observation]) -> PlaceStatus:
    """What is known of a site by the newest of its counts.

    A car park's own counter goes before a derived count, unless it has fallen silent while the other goes on.

    Only a good count is a number: of an incomplete one parts are missing, and a suspect one may be wrong.
    """
    if not counts:
        return PlaceStatus(site)
    latest = max(o.observed_at for o in counts)
    newest = max(counts, key=lambda o: _rank(dataset, o, latest))
    if newest.quality is not Quality.GOOD or isinstance(newest.value, str):
        return PlaceStatus(site, newest.observed_at, doubtful=newest.quality is Quality.SUSPECT)
    vacant, rest = max(0, round(newest.value)), rhythm(dataset, newest)
    return PlaceStatus(
        site,
        newest.observed_at,
        known_until=None if rest is None else newest.observed_at + rest,
        vacant=vacant,
        occupied=site.capacity - vacant if site.capacity is not None and vacant <= site.capacity else None,
    )


def _rank(dataset: Dataset, o: Observation, latest: int) -> tuple[bool, bool, int]:
    rest = rhythm(dataset, o)
    known = rest is None or o.observed_at + rest >= latest
    return known, o.datastream.procedure is Procedure.SENSED, o.observed_at
