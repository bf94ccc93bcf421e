"""`/{city}/{theme}`: the dataset itself, which is its pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import RedirectResponse

from apis.access import VisibleDataset, require_observations
from apis.context import Context, ContextDep
from apis.identifiers import Identifiers
from apis.instants import parse_instant
from apis.negotiation import PAGES, Format, accepts_gzip, negotiated
from apis.pages.examples import EXAMPLES
from apis.pages.forms import Variant
from apis.pages.sending import send
from apis.parameter_schemas import INSTANT, optional
from apis.parameters import strict_query
from apis.portal.languages import LANGUAGES, ReaderDep
from apis.portal.pages import dataset_answer
from apis.schema import Shown, data_responses
from stadspuls.errors import InvalidParameter
from stadspuls.registry import Dataset

REDIRECT_AGE = "public, max-age=5"
"""A page is the newest until another one begins, which may be soon when much is published."""

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])


async def _variant(form: Annotated[Format, Depends(negotiated(PAGES))], reader: ReaderDep) -> Variant:
    return Variant(form, reader.language) if form is Format.HTML else Variant(form)


_RESPONSES = data_responses(
    "A page of the published log as linked data",
    {form: [Shown(None, example)] for form, example in EXAMPLES.items()},
    "only-aggregates",
    "unknown-page",
    "unavailable",
    tagged=True,
)
_RESPONSES[302] = {"description": "Without `page`: `Location` is the newest page, or with `time` that of an instant"}


@router.get(
    "/{city}/{theme}", summary="Pages of linked data", response_class=Response, status_code=200, responses=_RESPONSES
)
async def pages(
    *,
    request: Request,
    context: ContextDep,
    dataset: VisibleDataset,
    variant: Annotated[Variant, Depends(_variant)],
    reader: ReaderDep,
    page: Annotated[
        str | None,
        Query(description="Exact start of a page.", examples=["2026-01-05T06:00:00Z"]),
    ] = None,
    time: Annotated[
        str | None,
        Query(
            description="Leads to the page in which the newest observation of then was published; not with `page`.",
            json_schema_extra=optional(INSTANT),
        ),
    ] = None,
    accept_encoding: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """What was published, in pages of three hours (UTC), cut earlier at 10,000 observations.

    A page is closed, and then never changes, once the store has reached a later one; it then has `hydra:next`. Each
    instant of observation is a named graph, `<dataset>?time=<observedAt>`; a late value comes in a later page under
    the same name. Without `page` or `time`: a redirect to the newest page; as HTML the dataset as it is now.
    """
    if variant.form is Format.HTML and page is None and time is None:
        return dataset_answer(request, context, dataset, reader)
    require_observations(dataset)
    if page is None:
        start = await _leads_to(context, dataset, time)
        return _redirect(Identifiers(dataset, context.base_url).page(start), request)
    if time is not None:
        raise InvalidParameter("page, time: give one of them")
    answer = await context.library.page(dataset, page, variant)
    return await send(request, dataset, variant, answer, accepts_gzip(accept_encoding))


async def _leads_to(context: Context, dataset: Dataset, time: str | None) -> int:
    if time is None:
        return await context.library.newest(dataset)
    return await context.library.at_time(dataset, parse_instant("time", time, dataset.city.time_zone))


def _redirect(address: str, request: Request) -> Response:
    asked = request.query_params
    if "format" in asked:
        address += f"&format={Format(asked['format'].lower())}"
    if asked.get("lang") in LANGUAGES:
        address += f"&lang={asked['lang']}"
    return RedirectResponse(
        address,
        status_code=302,
        headers={"Cache-Control": REDIRECT_AGE, "Vary": "Accept"},
    )
