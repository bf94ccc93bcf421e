"""`/{city}/id/...`: identifiers lead to documents (303, Flemish URI standard); `/{city}/doc/...`: the documents."""

from hashlib import sha256
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from apis.answers import is_current, not_modified
from apis.context import ContextDep
from apis.documents.examples import EXAMPLES
from apis.documents.html_document import html_document
from apis.documents.quads import Document
from apis.documents.things import Thing, find_thing
from apis.html import PAGE_POLICY
from apis.negotiation import CONTENT_TYPES, RDF, Format, negotiated
from apis.parameters import strict_query
from apis.portal.languages import ReaderDep
from apis.rdf.forms import write_default
from apis.rdf.served import served_context
from apis.schema import Shown, data_responses, problem_responses

OFFERED = (*RDF, Format.HTML)
MAX_AGE = "public, max-age=300"
"""The registry may change, and with it what a document says."""

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])

_PROBLEMS = ("unknown-path", "only-aggregates", "unavailable")
FormDep = Annotated[Format, Depends(negotiated(OFFERED))]
City = Annotated[str, Path(description="City (or region) by slug.", examples=["gent"])]
Kind = Annotated[
    str,
    Path(
        description="city, dataset, site, sensor, property, datastream or observation.",
        examples=["datastream"],
    ),
]
Reference = Annotated[
    str, Path(description="What it is called, below its theme.", examples=["parking/P1/vacantSpaces"])
]


@router.get(
    "/{city}/id/{kind}/{reference:path}",
    summary="Identifier",
    response_class=Response,
    status_code=303,
    responses={
        303: {"description": "`Location` is the thing's document; for browsers its page where it has one"},
        **problem_responses(
            "invalid-parameter", "unknown-city", "unknown-dataset", "not-acceptable", "internal-error", *_PROBLEMS
        ),
    },
)
async def identifier(
    *, request: Request, context: ContextDep, city: City, kind: Kind, reference: Reference, form: FormDep
) -> Response:
    """Something that is no document itself, such as a car park: leads to what is said of it."""
    thing = await find_thing(context, city, kind, reference)
    page = _page(thing) if form is Format.HTML else None
    address = page or f"/{city}/doc/{kind}/{quote(reference, safe='/:')}"
    asked = request.query_params.get("format")
    if asked is not None:
        address = f"{address}?format={form}"
    headers = {"Cache-Control": MAX_AGE, "Vary": "Accept"}
    return RedirectResponse(context.base_url + address, status_code=303, headers=headers)


def _page(thing: Thing) -> str | None:
    """The path of a thing's page for people, where it has one."""
    if thing.dataset is None:
        return f"/{thing.city.slug}"
    if thing.kind == "dataset":
        return f"/{thing.dataset.name}"
    if thing.kind == "site" and thing.names[0] in thing.dataset.sites:
        return f"/{thing.dataset.name}/sites/{thing.names[0]}"
    return None


@router.get(
    "/{city}/doc/{kind}/{reference:path}",
    summary="Document of a thing",
    response_class=Response,
    responses=data_responses(
        "What is said of the thing",
        {form: [Shown(None, example)] for form, example in EXAMPLES.items()},
        *_PROBLEMS,
        tagged=True,
    ),
)
async def document(
    *,
    request: Request,
    context: ContextDep,
    city: City,
    kind: Kind,
    reference: Reference,
    form: FormDep,
    reader: ReaderDep,
) -> Response:
    """What is said of the thing with the identifier `/{city}/id/{kind}/{reference}`."""
    thing = await find_thing(context, city, kind, reference)
    address = f"{context.base_url}/{city}/doc/{kind}/{reference}"
    said = Document(thing, address, context.registry, context.base_url)
    if form is Format.HTML:
        last = reference.rpartition("/")[2]
        # A colon in the first part of a relative address would make it a scheme.
        body = html_document(said.quads(), said.topic, reader.root, f"./{last}", reader.language)
    else:
        body = write_default(form, said.quads(), served_context(context.base_url))
    headers = {
        "Content-Type": CONTENT_TYPES[form],
        "Cache-Control": MAX_AGE,
        "ETag": f'W/"{sha256(body).hexdigest()[:16]}"',
        "Vary": "Accept",
    }
    if form is Format.HTML:
        headers |= {
            "Vary": "Accept, Accept-Language",
            "Content-Language": reader.language,
            "Content-Security-Policy": PAGE_POLICY,
        }
    return not_modified(headers) if is_current(request, headers["ETag"]) else Response(body, headers=headers)
