"""`/{city}/{theme}/ldes`: the dataset as an event stream; the shape of its members; the contexts of JSON-LD."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from apis.access import ObservableDataset, VisibleDataset
from apis.context import ContextDep
from apis.ldes.examples import CONTEXT, NODES, SHAPES
from apis.ldes.shape import SHAPES_PATH, shape_quads
from apis.negotiation import CONTENT_TYPES, RDF, STREAMS, Format, accepts_gzip, negotiated
from apis.pages.forms import Variant
from apis.pages.sending import FOREVER, send
from apis.parameters import strict_query
from apis.portal.languages import ReaderDep
from apis.rdf.forms import write_default
from apis.rdf.served import CONTEXTS_PATH, context_file, served_context
from apis.schema import Shown, data_responses, problem_responses
from stadspuls.errors import UnknownPath

SHAPE_AGE = "public, max-age=3600"

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])
documents = APIRouter(tags=["platform"], dependencies=[Depends(strict_query)])
"""Below `/docs`, whose first word no city may have."""


async def _variant(form: Annotated[Format, Depends(negotiated(STREAMS))], reader: ReaderDep) -> Variant:
    return Variant(form, reader.language) if form is Format.HTML else Variant(form)


VariantDep = Annotated[Variant, Depends(_variant)]
AcceptEncoding = Annotated[str | None, Header(include_in_schema=False)]
_SHOWN: dict[Format, Sequence[Shown]] = {form: [Shown(None, example)] for form, example in NODES.items()}


@router.get(
    "/{city}/{theme}/ldes",
    summary="Event stream (LDES)",
    response_class=Response,
    responses=data_responses("The root of the event stream", _SHOWN, "only-aggregates", "unavailable", tagged=True),
)
async def root(
    request: Request,
    context: ContextDep,
    dataset: ObservableDataset,
    variant: VariantDep,
    accept_encoding: AcceptEncoding = None,
) -> Response:
    """Everything that was published, as a Linked Data Event Stream (LDES 1.0) of observations: its days."""
    answer = await context.streams.root(dataset, variant)
    return await send(request, dataset, variant, answer, accepts_gzip(accept_encoding))


@router.get(
    "/{city}/{theme}/ldes/{node}",
    summary="Node of an event stream",
    response_class=Response,
    responses=data_responses(
        "A day or a page of the event stream",
        _SHOWN,
        "only-aggregates",
        "unknown-page",
        "gone",
        "unavailable",
        tagged=True,
    ),
)
async def node(
    *,
    request: Request,
    context: ContextDep,
    dataset: ObservableDataset,
    node: Annotated[str, Path(description="A day, or the exact start of a page.", examples=["2026-01-05T06:00:00Z"])],
    variant: VariantDep,
    accept_encoding: AcceptEncoding = None,
) -> Response:
    """A day with its pages, or a page with its members in the order of publication.

    A node is closed, and then never changes, once the store has reached a later one.
    """
    answer = await context.streams.node(dataset, node, variant)
    return await send(request, dataset, variant, answer, accepts_gzip(accept_encoding))


@documents.get(
    f"{SHAPES_PATH}/{{city}}/{{theme}}",
    summary="Shape of a dataset's observations",
    response_class=Response,
    responses=data_responses("The shape (SHACL)", {form: [Shown(None, example)] for form, example in SHAPES.items()}),
)
async def shape(
    context: ContextDep, dataset: VisibleDataset, form: Annotated[Format, Depends(negotiated(RDF))]
) -> Response:
    """What every member of the dataset's event stream says, to validate it with SHACL."""
    body = write_default(form, shape_quads(dataset, context.base_url), served_context(context.base_url))
    headers = {"Content-Type": CONTENT_TYPES[form], "Cache-Control": SHAPE_AGE, "Vary": "Accept"}
    return Response(body, headers=headers)


@documents.get(
    f"{CONTEXTS_PATH}/{{name}}",
    summary="JSON-LD context",
    response_class=Response,
    responses={
        200: {
            "description": "The context",
            "content": {"application/ld+json": {"schema": {"type": "object"}, "example": CONTEXT}},
        },
        **problem_responses("invalid-parameter", "unknown-path", "internal-error"),
    },
)
async def json_context(
    name: Annotated[str, Path(description="Version of the context.", examples=["v1.jsonld"])],
) -> Response:
    """The context that JSON-LD of event streams and documents names; a version never changes."""
    found = context_file(name)
    if found is None:
        raise UnknownPath(f"no context is called {name[:80]!r}")
    headers = {"Content-Type": CONTENT_TYPES[Format.JSONLD], "Cache-Control": FOREVER}
    return Response(found, headers=headers)
