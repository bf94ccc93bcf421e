"""What a page shows of a dataset: its series with their newest values, its marks, its figures in short."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from apis.access import gives_observations
from apis.context import Context
from apis.data.entries import SiteNames
from apis.portal.languages import Reader
from apis.portal.scales import Scale, scale_of, shown_properties
from apis.portal.series import Series, all_series, single
from apis.portal.site_map import Mark
from apis.rhythm import next_expected
from stadspuls.clock import now_us
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Site


@dataclass(frozen=True)
class Digest:
    """A dataset as it is now; `observations` is empty where single ones are not public."""

    dataset: Dataset
    names: SiteNames
    observations: Sequence[Observation]

    @cached_property
    def series(self) -> list[Series]:
        """Every series."""
        return all_series(self.dataset, self.observations)

    @cached_property
    def single(self) -> list[Series]:
        """The series that stand for a site by themselves."""
        return single(self.series)

    @cached_property
    def short(self) -> list[Series]:
        """Those of them that say in short how a site is."""
        wanted = shown_properties(self.dataset)
        return [each for each in self.single if each.observed.name in wanted]

    @cached_property
    def scale(self) -> Scale | None:
        """What the colours of its sites mean."""
        return scale_of(self.dataset.theme)

    @cached_property
    def newest(self) -> Observation | None:
        """What was observed last."""
        return max(self.observations, key=lambda o: o.observed_at, default=None)

    @property
    def is_silent(self) -> bool:
        """Whether news is overdue by the dataset's own rhythm."""
        due = next_expected(self.dataset, self.observations)
        return due is not None and now_us() > due

    @cached_property
    def _short_of(self) -> Mapping[str, list[Series]]:
        return _by_site(self.short)

    @cached_property
    def _single_of(self) -> Mapping[str, list[Series]]:
        return _by_site(self.single)

    def of_site(self, site: Site) -> list[Series]:
        """The series of one site that say in short how it is."""
        return self._short_of.get(site.id, [])

    def single_of_site(self, site: Site) -> list[Series]:
        """Those of `single` that are of one site."""
        return self._single_of.get(site.id, [])

    def band(self, site: Site) -> int | None:
        """The site's band on the scale; None without a scale or a value."""
        return self.scale.band(self._numbers(site), site.capacity) if self.scale else None

    def worst(self) -> int | None:
        """The highest band of all sites."""
        return max(
            (band for site in self.dataset.sites.values() if (band := self.band(site)) is not None), default=None
        )

    def vacant(self) -> tuple[float, int] | None:
        """How many spaces are vacant, and of how many, at the sites of which both are known; None without any."""
        known = [
            (each.newest.value, each.site.capacity)
            for each in self.short
            if each.newest and each.site.capacity and isinstance(each.newest.value, float)
        ]
        return (sum(value for value, _ in known), sum(capacity for _, capacity in known)) if known else None

    def marks(self, reader: Reader) -> list[Mark]:
        """Its sites on the map."""
        return [self.mark(reader, site) for site in self.dataset.sites.values()]

    def mark(self, reader: Reader, site: Site) -> Mark:
        """One site on the map."""
        series, now = self.of_site(site), now_us()
        valued = [each for each in series if each.newest]
        old = bool(valued) and all(each.is_old(now) for each in valued)
        href = reader.href(site_path(self.dataset, site))
        return Mark(self.dataset, site, self.names.iri(site.id), href, self.scale, self.band(site), old)

    def _numbers(self, site: Site) -> Mapping[str, float]:
        return {
            each.observed.name: float(each.newest.value)
            for each in self.of_site(site)
            if each.newest and not isinstance(each.newest.value, str)
        }


def _by_site(series: Iterable[Series]) -> Mapping[str, list[Series]]:
    found: dict[str, list[Series]] = {}
    for each in series:
        found.setdefault(each.site.id, []).append(each)
    return found


def digest(context: Context, dataset: Dataset) -> Digest:
    """The dataset as it is now."""
    observations = context.live.latest.of(dataset.name) if gives_observations(dataset) else ()
    return Digest(dataset, SiteNames(dataset, context.base_url), observations)


def site_path(dataset: Dataset, site: Site) -> str:
    """Where a site's page is."""
    return f"{dataset.name}/sites/{site.id}"


def events_path(digests: Sequence[Digest]) -> str | None:
    """The stream of what is shown in short of these datasets; None where nothing of them is live."""
    live = [each for each in digests if gives_observations(each.dataset)]
    shown = dict.fromkeys(each.observed.name for some in live for each in some.short)
    return f"events?property={','.join(shown)}" if shown else None
