"""The IRIs of what a dataset speaks of: sites, sensors, properties, observations, and our own terms."""

from functools import cached_property

from apis.data.entries import SiteNames
from stadspuls.clock import rfc3339
from stadspuls.model import Observation
from stadspuls.registry import City, Dataset

TERMS_PATH = "/docs/terms"


def terms_base(base_url: str) -> str:
    """What the IRIs of our own terms begin with; `/docs/terms` says what each means."""
    return f"{base_url}{TERMS_PATH}#"


def city_base(city: City, base_url: str) -> str:
    """What the identifiers of a city begin with."""
    return f"{city.id_base or base_url}/{city.slug}/id"


def city_iri(city: City, base_url: str) -> str:
    """A city, as the publisher of its datasets' identifiers."""
    return f"{city_base(city, base_url)}/city/{city.slug}"


class Identifiers:
    """The identifiers of one dataset; those below `/{city}/id/` hang on the city's `id_base` where it has one."""

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        self._dataset = dataset
        self._sites = SiteNames(dataset, base_url)
        self._id = city_base(dataset.city, base_url)
        self.own_dataset = f"{self._id}/dataset/{dataset.theme.slug}"
        """The dataset among the city's identifiers, where it stays the same whatever its address is."""
        self.dataset = f"{base_url}/{dataset.name}"
        """The dataset itself, which is its address."""

    @property
    def root(self) -> str:
        """The root node of the dataset's event stream, which is its address."""
        return f"{self.dataset}/ldes"

    @property
    def stream(self) -> str:
        """The dataset's event stream."""
        return f"{self.root}#stream"

    def node(self, name: str) -> str:
        """A node of the event stream by its name, which is its address."""
        return f"{self.root}/{name}"

    def page(self, start: int) -> str:
        """A page of the dataset, which is its address."""
        return f"{self.dataset}?page={rfc3339(start)}"

    def moment(self, observed_at: int) -> str:
        """The named graph of what was observed at an instant; as an address it leads to a page that has it."""
        return f"{self.dataset}?time={rfc3339(observed_at)}"

    def site(self, site_id: str) -> str:
        """A site, also one that is no longer registered."""
        return self._sites.iri(site_id)

    def own_site(self, site_id: str) -> str:
        """Our own identifier of a site, also where it has one of its city's."""
        return f"{self._id}/site/{self._theme}/{site_id}"

    def sensor(self, sensor_id: str) -> str:
        """A sensor, or the virtual sensor of a site."""
        return f"{self._id}/sensor/{self._theme}/{sensor_id}"

    def observed_property(self, name: str) -> str:
        """A property: its own identifier where the theme knows one."""
        found = self._dataset.theme.properties.get(name)
        return (found and found.iri) or self.own_property(name)

    def own_property(self, name: str) -> str:
        """Our own identifier of a property, also where the theme knows one."""
        return f"{self._id}/property/{self._theme}/{name}"

    def datastream(self, sensor_id: str, name: str) -> str:
        """A series: a sensor's values of one property."""
        return f"{self._id}/datastream/{self._theme}/{sensor_id}/{name}"

    def observation(self, observation: Observation) -> str:
        """An observation: what makes it the same one is its sensor, property and instant."""
        stream = observation.datastream
        place = f"{stream.sensor}/{stream.observed_property}/{rfc3339(observation.observed_at)}"
        return f"{self._id}/observation/{self._theme}/{place}"

    @cached_property
    def _theme(self) -> str:
        return self._dataset.theme.slug
