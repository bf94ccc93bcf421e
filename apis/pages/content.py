"""What a page holds, before it takes a form."""

from collections.abc import Sequence
from dataclasses import dataclass

from apis.identifiers import Identifiers
from apis.pages.cutting import Page
from apis.pages.finder import Finder, Following
from apis.pages.registries import Registries
from stadspuls.model import Observation
from stadspuls.registry import Dataset


@dataclass(frozen=True, kw_only=True)
class PageContent:
    """A page's observations in the order of their publication, its neighbours, and the dataset that describes them.

    `following` is None while the page is open; `previous` for the first page. Both are starts of pages.
    """

    dataset: Dataset
    base_url: str
    page: Page
    observations: Sequence[Observation]
    previous: int | None
    following: int | None

    @property
    def ids(self) -> Identifiers:
        """The identifiers of what the page speaks of."""
        return Identifiers(self.dataset, self.base_url)


class ContentReader:
    """Reads pages from the store."""

    def __init__(self, base_url: str, registries: Registries) -> None:
        self._base_url = base_url
        self._registries = registries

    def read(self, finder: Finder, page: Page, following: Following | None, dataset: Dataset) -> PageContent:
        """A page as the store has it; `following` is what closed it.

        `dataset` is the one of the registry in force; a closed page is described by the one in force at its closing,
        where that still is known and has the dataset.
        """
        if following is not None:
            dataset = self._registries.version(following.registry).datasets.get(dataset.name, dataset)
        before = finder.before(page)
        return PageContent(
            dataset=dataset,
            base_url=self._base_url,
            page=page,
            observations=finder.log.observations(page.start, page.last),
            previous=None if before is None else before.start,
            following=None if following is None else following.start,
        )
