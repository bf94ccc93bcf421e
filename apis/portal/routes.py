"""The route of the start page."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response
from msgspec import UNSET

from apis.access import gives_observations, visible_datasets
from apis.context import Context, ContextDep
from apis.html import page_response
from apis.negotiation import best_language, best_media_type
from apis.portal.models import IndexDocument, IndexEntry
from apis.portal.page import start_page
from apis.portal.texts import LANGUAGES
from apis.schema import problem_responses, reference
from stadspuls.clock import now_us, to_datetime
from stadspuls.errors import NotAcceptable
from stadspuls.registry import Dataset

OFFERED = ("text/html", "application/json")
HEADERS = {"Vary": "Accept, Accept-Language", "Cache-Control": "public, max-age=5"}

router = APIRouter()


@router.get(
    "/",
    tags=["pages"],
    summary="Start page",
    response_class=Response,
    responses={
        200: {
            "description": "Every public dataset",
            "content": {
                "text/html": {"schema": {"type": "string"}},
                "application/json": {"schema": reference(IndexDocument)},
            },
        },
        **problem_responses("not-acceptable", "internal-error"),
    },
)
async def start(
    context: ContextDep,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
    lang: Annotated[
        str | None, Query(description="Language of the page; goes before `Accept-Language`.", examples=["en"])
    ] = None,
) -> Response:
    """What is published here: a page, or JSON by `Accept`."""
    media_type = best_media_type(accept, OFFERED)
    if media_type is None:
        raise NotAcceptable(f"none of the media types asked for; offered: {', '.join(OFFERED)}")
    datasets = visible_datasets(context.registry)
    if media_type == "application/json":
        return Response(msgspec.json.encode(_index(context, datasets)), media_type=media_type, headers=HEADERS)
    language = lang if lang in LANGUAGES else best_language(accept_language, LANGUAGES)
    body = start_page(datasets, _ages(context, datasets), context.base_url, language)
    return page_response(body, Content_Language=language, **HEADERS)


def _ages(context: Context, datasets: list[Dataset]) -> dict[str, int]:
    now = now_us()
    newest = {dataset.name: context.live.latest.newest_observed(dataset.name) for dataset in datasets}
    return {name: now - instant for name, instant in newest.items() if instant is not None}


def _index(context: Context, datasets: list[Dataset]) -> IndexDocument:
    return IndexDocument([_entry(context, dataset) for dataset in datasets], f"{context.base_url}/docs")


def _entry(context: Context, dataset: Dataset) -> IndexEntry:
    address = f"{context.base_url}/{dataset.name}"
    newest = context.live.latest.newest_observed(dataset.name)
    return IndexEntry(
        dataset=dataset.name,
        titles=dataset.titles,
        publisher=dataset.city.publisher.names,
        licence=dataset.licence,
        origin=dataset.origin,
        visibility=dataset.visibility,
        history=f"{address}/history",
        sites=f"{address}/sites",
        latest=f"{address}/latest" if gives_observations(dataset) else UNSET,
        newest_observed_at=UNSET if newest is None else to_datetime(newest),
    )
