"""Answers with the pages of the portal, made of what is known now."""

from fastapi import Request, Response

from apis.access import visible_datasets
from apis.context import Context
from apis.portal.dataset_page import dataset_page
from apis.portal.digest import digest
from apis.portal.languages import Reader
from apis.portal.layout import answer, known_paths
from apis.portal.site_page import site_page
from apis.portal.start_page import city_page, start_page
from stadspuls.clock import SECOND, now_us
from stadspuls.registry import City, Dataset, Site


def start_answer(request: Request, context: Context, reader: Reader) -> Response:
    """The start page."""

    def make() -> bytes:
        digests = [digest(context, dataset) for dataset in visible_datasets(context.registry)]
        return start_page(reader, known_paths(request), digests, context.base_url)

    # It is the page that many open at once, and has every site: made once a second for each kind of reader.
    body = context.rendered.body(f"start.{reader}", str(now_us() // SECOND), make)
    return answer(reader, body)


def city_answer(request: Request, context: Context, city: City, reader: Reader) -> Response:
    """The page of a city."""
    datasets = [dataset for dataset in visible_datasets(context.registry) if dataset.city is city]
    digests = [digest(context, dataset) for dataset in datasets]
    return answer(reader, city_page(reader, known_paths(request), city, digests))


def dataset_answer(request: Request, context: Context, dataset: Dataset, reader: Reader) -> Response:
    """The page of a dataset."""
    body = dataset_page(reader, known_paths(request), digest(context, dataset), context.base_url)
    response = answer(reader, body)
    response.headers["Link"] = f'<{dataset.licence}>; rel="license"'
    return response


def site_answer(request: Request, context: Context, dataset: Dataset, site: Site, reader: Reader) -> Response:
    """The page of a site."""
    return answer(reader, site_page(reader, known_paths(request), digest(context, dataset), site))
