"""The route of the start page."""

from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from apis.access import visible_datasets
from apis.catalogue.examples import EXAMPLES
from apis.catalogue.forms import RDF_FORMS
from apis.catalogue.routes import catalogue_at_root
from apis.context import ContextDep
from apis.negotiation import MEDIA_TYPES, Format, negotiated
from apis.portal.examples import INDEX, PAGE
from apis.portal.index import index_document
from apis.portal.languages import ReaderDep
from apis.portal.layout import HEADERS
from apis.portal.models import IndexDocument
from apis.portal.pages import start_answer
from apis.schema import problem_responses, reference, text_of
from apis.static_files import CachedFiles

FORMS = (Format.HTML, Format.JSON, *RDF_FORMS)
STATIC = Path(__file__).parent / "static"

router = APIRouter()


def static_files() -> CachedFiles:
    """The application that answers below `/static`."""
    return CachedFiles(directory=STATIC)


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
                **{MEDIA_TYPES[form]: {"schema": text_of(form), "example": EXAMPLES[form]} for form in RDF_FORMS},
            },
        },
        **problem_responses("not-acceptable", "internal-error"),
    },
)
async def start(
    request: Request,
    context: ContextDep,
    reader: ReaderDep,
    form: Annotated[Format, Depends(negotiated(FORMS))],
) -> Response:
    """What is published here, on a map that moves; or JSON, or the catalogue in a form of RDF."""
    if form is Format.HTML:
        return start_answer(request, context, reader)
    if form is not Format.JSON:
        return await catalogue_at_root(request, form)
    index = index_document(context, visible_datasets(context.registry))
    return Response(msgspec.json.encode(index), media_type=MEDIA_TYPES[form], headers=HEADERS)
