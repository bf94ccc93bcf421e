"""`/docs/terms`: our own terms, for what no common vocabulary says; in HTML and as RDF."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from apis.context import ContextDep
from apis.html import element, page, page_response
from apis.identifiers import TERMS_PATH, terms_base
from apis.negotiation import CONTENT_TYPES, MEDIA_TYPES, Format, negotiated
from apis.negotiation import RDF as RDF_FORMATS
from apis.parameters import strict_query
from apis.rdf.forms import write_default
from apis.rdf.served import served_context
from apis.schema import problem_responses
from apis.vocabulary import RDF, RDFS, SKOS, SOSA

OFFERED = (Format.HTML, *RDF_FORMATS)
MAX_AGE = "public, max-age=3600"

PROPERTIES = {
    "origin": "Where values come from: measured, replayed or simulated.",
    "quality": "What the checks say of a value that is not simply good: suspect or incomplete.",
    "test": "Name of the plausibility test that a suspect value failed.",
    "known": "Of a derived count: how many parts have reported.",
    "capacity": "Of a derived count: how many parts there are.",
}
CONCEPTS = {
    "measured": "Origin: measured by a device at the time that is named.",
    "replayed": "Origin: a recording that is played again; not measured at the time that is named.",
    "simulated": "Origin: computed; never measured.",
    "suspect": "Quality: outside of what is plausible; left out of averages.",
    "incomplete": "Quality: a count of which not every part has reported; left out of averages.",
}
PROCEDURES = {
    "sensed": "Procedure: sensed by a device.",
    "derived": "Procedure: derived from other sensors of the same site.",
}
CLASSES = {"Datastream": "A series: a sensor's observations of one property."}
"""By name what each term means; names are never changed, and none is removed."""

router = APIRouter()


@router.get(
    TERMS_PATH,
    tags=["pages"],
    summary="Terms of our own",
    response_class=Response,
    dependencies=[Depends(strict_query)],
    responses={
        200: {
            "description": "What each term means",
            "content": {MEDIA_TYPES[form]: {"schema": {"type": "string"}} for form in OFFERED},
        },
        **problem_responses("invalid-parameter", "not-acceptable", "internal-error"),
    },
)
async def terms(context: ContextDep, form: Annotated[Format, Depends(negotiated(OFFERED))]) -> Response:
    """What pages say with terms of our own: origin, quality, and what belongs to them."""
    if form is Format.HTML:
        return page_response(_page(), Cache_Control=MAX_AGE, Vary="Accept")
    quads = (Quad(*triple, DefaultGraph()) for triple in triples(context.base_url))
    body = write_default(form, quads, served_context(context.base_url))
    return Response(body, headers={"Content-Type": CONTENT_TYPES[form], "Cache-Control": MAX_AGE, "Vary": "Accept"})


def triples(base_url: str) -> Iterator[Triple]:
    """The terms as RDF."""
    kinds = (
        (PROPERTIES, RDF["Property"]),
        (CONCEPTS, SKOS["Concept"]),
        (PROCEDURES, SOSA["Procedure"]),
        (CLASSES, RDFS["Class"]),
    )
    for meanings, kind in kinds:
        for name, meaning in meanings.items():
            node = NamedNode(terms_base(base_url) + name)
            yield Triple(node, RDF["type"], kind)
            yield Triple(node, RDFS["label"], Literal(name, language="en"))
            yield Triple(node, RDFS["comment"], Literal(meaning, language="en"))


def _page() -> bytes:
    described = [
        element("section", element("h2", element("code", name)), element("p", meaning), id=name)
        for meanings in (PROPERTIES, CONCEPTS, PROCEDURES, CLASSES)
        for name, meaning in meanings.items()
    ]
    intro = element("p", "What pages of linked data say with terms of their own, because no common vocabulary does.")
    return page(
        "Stadspuls: terms", "en", "../", element("header", element("h1", "Terms")), element("main", intro, *described)
    )
