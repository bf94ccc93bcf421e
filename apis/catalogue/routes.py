"""`/catalog` and `/{city}/catalog`: what is published here, for harvesters and for people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from apis.access import find_city
from apis.catalogue.examples import EXAMPLES
from apis.catalogue.forms import OFFERED
from apis.catalogue.serving import Asked, Catalogues
from apis.context import ContextDep
from apis.negotiation import MEDIA_TYPES, Format, negotiated
from apis.parameters import strict_query
from apis.portal.languages import LANGUAGES, Reader, ReaderDep
from apis.schema import ResponseTable, problem_responses, text_of
from stadspuls.errors import UnknownDataset

FormDep = Annotated[Format, Depends(negotiated(OFFERED))]
Theme = Annotated[
    str | None,
    Query(
        description="Only datasets of this theme: `parking` for a mobility access point, `air-quality` for the "
        "annex of high-value datasets.",
        examples=["parking"],
    ),
]
Everything = Annotated[
    bool,
    Query(alias="all", description="Also recordings and simulations, marked as such; else only what is measured."),
]

router = APIRouter(tags=["catalogue"], dependencies=[Depends(strict_query)])


async def _catalogues(request: Request) -> Catalogues:
    catalogues: Catalogues = request.app.state.catalogues
    return catalogues


CataloguesDep = Annotated[Catalogues, Depends(_catalogues)]


def _responses(*more_codes: str) -> ResponseTable:
    content = {MEDIA_TYPES[form]: {"schema": text_of(form), "example": EXAMPLES[form]} for form in OFFERED}
    return {
        200: {"description": "A catalogue in DCAT-AP", "content": content},
        304: {"description": "Unchanged since the ETag in `If-None-Match`"},
        **problem_responses("invalid-parameter", "unknown-dataset", *more_codes, "not-acceptable", "internal-error"),
    }


@router.get("/catalog", summary="Catalogue of all cities", response_class=Response, responses=_responses())
async def catalogue(
    *,
    request: Request,
    context: ContextDep,
    catalogues: CataloguesDep,
    form: FormDep,
    reader: ReaderDep,
    theme: Theme = None,
    everything: Everything = False,
) -> Response:
    """Every measured dataset with its distributions and services: DCAT-AP 3.0.1 and DCAT-AP-VL 3.0.

    With `theme` of a theme of mobility also mobilityDCAT-AP 1.1, with that of high-value datasets also their annex.
    """
    asked = Asked(None, _theme(context, theme), everything)
    return await catalogues.answer(request, asked, form, reader)


@router.get(
    "/{city}/catalog",
    summary="Catalogue of a city",
    response_class=Response,
    responses=_responses("unknown-city"),
)
async def city_catalogue(
    *,
    request: Request,
    context: ContextDep,
    catalogues: CataloguesDep,
    city: Annotated[str, Path(description="City (or region) by slug.", examples=["gent"])],
    form: FormDep,
    reader: ReaderDep,
    theme: Theme = None,
    everything: Everything = False,
) -> Response:
    """The same for one city, published by the city itself."""
    asked = Asked(find_city(context.registry, city), _theme(context, theme), everything)
    return await catalogues.answer(request, asked, form, reader)


async def catalogue_at_root(request: Request, form: Format) -> Response:
    """The catalogue of all cities where `/` is asked for RDF."""
    catalogues = await _catalogues(request)
    return await catalogues.answer(request, Asked(), form, Reader(LANGUAGES[0]))


def _theme(context: ContextDep, theme: str | None) -> str | None:
    if theme is not None and theme not in context.registry.themes:
        raise UnknownDataset(f"no theme {theme[:80]!r} here; known: {', '.join(sorted(context.registry.themes))}")
    return theme
