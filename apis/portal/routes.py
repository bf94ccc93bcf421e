"""The route of the start page."""

from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Request, Response
from starlette.staticfiles import StaticFiles

from apis.access import visible_datasets
from apis.context import ContextDep
from apis.negotiation import best_media_type
from apis.portal.examples import INDEX, PAGE
from apis.portal.index import index_document
from apis.portal.languages import ReaderDep
from apis.portal.layout import HEADERS
from apis.portal.models import IndexDocument
from apis.portal.pages import start_answer
from apis.schema import problem_responses, reference
from stadspuls.errors import NotAcceptable

OFFERED = ("text/html", "application/json")
STATIC = Path(__file__).parent / "static"

router = APIRouter()


def static_files() -> StaticFiles:
    """The application that answers below `/static`."""
    return StaticFiles(directory=STATIC)


@router.get(
    "/",
    tags=["pages"],
    summary="Start page",
    response_class=Response,
    responses={
        200: {
            "description": "Every public dataset",
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": PAGE},
                "application/json": {"schema": reference(IndexDocument), "example": INDEX},
            },
        },
        **problem_responses("not-acceptable", "internal-error"),
    },
)
async def start(
    request: Request,
    context: ContextDep,
    reader: ReaderDep,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """What is published here, on a map that moves; or JSON by `Accept`."""
    media_type = best_media_type(accept, OFFERED)
    if media_type is None:
        raise NotAcceptable(f"none of the media types asked for; offered: {', '.join(OFFERED)}")
    if media_type == "text/html":
        return start_answer(request, context, reader)
    index = index_document(context, visible_datasets(context.registry))
    return Response(msgspec.json.encode(index), media_type=media_type, headers=HEADERS)
