"""`/docs/terms`: our own terms, for what no common vocabulary says; in HTML and as RDF."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from apis.context import ContextDep
from apis.html import element
from apis.identifiers import TERMS_PATH, terms_base
from apis.negotiation import CONTENT_TYPES, MEDIA_TYPES, Format, negotiated
from apis.negotiation import RDF as RDF_FORMATS
from apis.parameters import strict_query
from apis.portal.examples import PAGE
from apis.portal.languages import Reader, ReaderDep
from apis.portal.layout import Crumb, answer, home, known_paths, shell
from apis.rdf.forms import write_default
from apis.rdf.served import served_context
from apis.schema import EXAMPLE_BASE, problem_responses, text_of
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


def _shown(form: Format) -> dict[str, Any]:
    """The schema of a form, and how it begins."""
    example = PAGE if form is Format.HTML else _write(form, islice(triples(EXAMPLE_BASE), 3), EXAMPLE_BASE).decode()
    return {"schema": text_of(form), "example": example}


def _write(form: Format, some: Iterable[Triple], base_url: str) -> bytes:
    return write_default(
        form, (Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in some), served_context(base_url)
    )


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


@router.get(
    TERMS_PATH,
    tags=["pages"],
    summary="Terms of our own",
    response_class=Response,
    dependencies=[Depends(strict_query)],
    responses={
        200: {
            "description": "What each term means",
            "content": {MEDIA_TYPES[form]: _shown(form) for form in OFFERED},
        },
        **problem_responses("invalid-parameter", "not-acceptable", "internal-error"),
    },
)
async def terms(
    request: Request, context: ContextDep, reader: ReaderDep, form: Annotated[Format, Depends(negotiated(OFFERED))]
) -> Response:
    """What pages say with terms of our own: origin, quality, and what belongs to them."""
    if form is Format.HTML:
        return answer(reader, _page(reader, known_paths(request)), MAX_AGE)
    body = _write(form, triples(context.base_url), context.base_url)
    return Response(body, headers={"Content-Type": CONTENT_TYPES[form], "Cache-Control": MAX_AGE, "Vary": "Accept"})


def _page(reader: Reader, paths: Collection[str]) -> bytes:
    described = [
        element("section", element("h2", element("code", name)), element("p", meaning), id=name)
        for meanings in (PROPERTIES, CONCEPTS, PROCEDURES, CLASSES)
        for name, meaning in meanings.items()
    ]
    intro = element("p", "What pages of linked data say with terms of their own, because no common vocabulary does.")
    body = element("div", element("h1", "Terms"), intro, *described, lang="en", class_="reading")
    return shell(reader, paths, "Stadspuls: terms", [home(reader), Crumb("Terms")], body)
