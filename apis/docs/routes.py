"""Routes of the documentation."""

from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from apis.context import ContextDep
from apis.docs.errors_page import errors_page
from apis.html import element, link, page, page_response
from apis.portal.languages import ReaderDep
from apis.portal.layout import answer, known_paths
from apis.schema import one_document
from apis.static_files import CachedFiles
from stadspuls import __version__

STATIC = Path(__file__).parent / "static"

SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "connect-src 'self' {base}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI is files of ours, and asks the API at its public address."""

MAX_AGE = "public, max-age=300"

PAGE = '<!DOCTYPE html>\n<html lang="en"><head><title>Stadspuls</title></head><body>...</body></html>\n'
INFO = {"title": "Stadspuls", "version": __version__}
"""How documents begin, as examples of them."""

router = APIRouter()


def static_files() -> CachedFiles:
    """The application that answers below `/docs/static`."""
    return CachedFiles(directory=STATIC)


@router.get(
    "/docs",
    tags=["pages"],
    summary="This documentation",
    response_class=Response,
    responses=one_document("text/html", PAGE),
)
async def docs(context: ContextDep, reader: ReaderDep) -> Response:
    """The interfaces, to read and to try."""
    links = [link("Stadspuls", reader.href("")), link("Errors", reader.href("docs/errors"))]
    links.append(link("Terms", reader.href("docs/terms")))
    body = page(
        "Stadspuls: interfaces",
        "en",
        "",
        element("link", rel="stylesheet", href="docs/static/swagger-ui.css"),
        element("link", rel="stylesheet", href="docs/static/swagger-contrast.css"),
        element("header", element("nav", *links, **{"aria-label": "Stadspuls"})),
        element("div", "Needs JavaScript; the same is in /openapi.json.", id="swagger-ui"),
        element("script", src="docs/static/swagger-ui-bundle.js"),
        element("script", src="docs/static/swagger-start.js"),
    )
    return page_response(body, SWAGGER_POLICY.format(base=context.base_url), Cache_Control=MAX_AGE)


@router.get(
    "/docs/errors",
    tags=["pages"],
    summary="Error codes",
    response_class=Response,
    responses=one_document("text/html", PAGE),
)
async def errors(request: Request, reader: ReaderDep) -> Response:
    """Every error code and what it means."""
    return answer(reader, errors_page(reader, known_paths(request)), MAX_AGE)


@router.get(
    "/openapi.json",
    tags=["platform"],
    summary="OpenAPI document",
    response_class=Response,
    responses=one_document("application/json", {"openapi": "3.1.0", "info": INFO, "paths": {}}),
)
async def openapi(request: Request) -> Response:
    """The interfaces, for programs."""
    body = msgspec.json.encode(request.app.state.openapi_document)
    return Response(body, media_type="application/json", headers={"Cache-Control": MAX_AGE})


@router.get(
    "/asyncapi.json",
    tags=["platform"],
    summary="AsyncAPI document",
    response_class=Response,
    responses=one_document("application/json", {"asyncapi": "3.0.0", "info": INFO, "channels": {}}),
)
async def asyncapi(request: Request) -> Response:
    """The live streams and the topics of sensors, for programs."""
    body = msgspec.json.encode(request.app.state.asyncapi_document)
    return Response(body, media_type="application/json", headers={"Cache-Control": MAX_AGE})
