"""Routes of the pages of cities and sites."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from apis.access import VisibleDataset, find_city, visible_datasets
from apis.answers import data_headers
from apis.context import ContextDep
from apis.data import examples
from apis.data.entries import SiteNames
from apis.data.site_models import DescribedSites, SitesDocument
from apis.data.sites import MAX_AGE, one_site
from apis.negotiation import MEDIA_TYPES, Format, negotiated
from apis.parameters import strict_query
from apis.portal.examples import INDEX, PAGE
from apis.portal.index import index_document
from apis.portal.languages import ReaderDep
from apis.portal.layout import HEADERS
from apis.portal.models import IndexDocument
from apis.portal.pages import city_answer, site_answer
from apis.schema import Shown, data_responses, problem_responses, reference
from stadspuls.errors import UnknownSite

CITY_FORMS = (Format.HTML, Format.JSON)
SITE_FORMS = (Format.JSON, Format.GEOJSON, Format.HTML)

router = APIRouter()


@router.get(
    "/{city}",
    tags=["pages"],
    summary="A city",
    response_class=Response,
    responses={
        200: {
            "description": "The city's public datasets",
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": PAGE},
                "application/json": {"schema": reference(IndexDocument), "example": INDEX},
            },
        },
        **problem_responses("unknown-city", "not-acceptable", "internal-error"),
    },
)
async def city_of(
    request: Request,
    context: ContextDep,
    reader: ReaderDep,
    city: Annotated[str, Path(description="City (or region) by slug.", examples=["gent"])],
    form: Annotated[Format, Depends(negotiated(CITY_FORMS))],
) -> Response:
    """What a city publishes: a page, or JSON."""
    found = find_city(context.registry, city)
    if form is Format.HTML:
        return city_answer(request, context, found, reader)
    datasets = [dataset for dataset in visible_datasets(context.registry) if dataset.city is found]
    index = index_document(context, datasets)
    return Response(msgspec.json.encode(index), media_type=MEDIA_TYPES[form], headers=HEADERS)


@router.get(
    "/{city}/{theme}/sites/{site}",
    tags=["data"],
    summary="One site",
    response_class=Response,
    dependencies=[Depends(strict_query)],
    responses=data_responses(
        "The site, its sensors, what is observed; as HTML also how it is now",
        {
            Format.JSON: [Shown(SitesDocument, examples.SITES)],
            Format.GEOJSON: [Shown(DescribedSites, examples.SITE_FEATURES)],
            Format.HTML: [Shown(None, PAGE)],
        },
        "unknown-site",
    ),
)
async def site_of(
    *,
    request: Request,
    context: ContextDep,
    dataset: VisibleDataset,
    site: Annotated[str, Path(description="Site by short id.", examples=["P1"])],
    form: Annotated[Format, Depends(negotiated(SITE_FORMS))],
    reader: ReaderDep,
) -> Response:
    """One site, in the shape of `/{city}/{theme}/sites`; a page for browsers."""
    found = dataset.sites.get(site)
    if found is None:
        raise UnknownSite(f"{dataset.name} has no site {site[:80]!r}; /{dataset.name}/sites lists them")
    if form is Format.HTML:
        return site_answer(request, context, dataset, found, reader)
    body = one_site(dataset, found, form, SiteNames(dataset, context.base_url))
    return Response(body, headers=data_headers(dataset, form, f"sites-{found.id}", MAX_AGE))
