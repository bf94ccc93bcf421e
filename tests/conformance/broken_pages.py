"""A page that the validator praises, and the same with one thing wrong, each at an address of its own."""

from collections.abc import Callable

from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEADERS = {"Cache-Control": "public, max-age=30", "ETag": '"1"', "Access-Control-Allow-Origin": "*"}

WRONG: dict[str, str] = {
    "License": "license",
    "Fragmented": "hydra/core#",
    "Timestamped": "generatedAtTime",
    "Cache-Control": "",
    "ETag": "",
    "Access-Control-Allow-Origin": "",
    "Rdf": "",
}
"""By check: what the predicates contain that must be missing for it to fail; for headers the header itself is."""


def broken_pages(page: bytes) -> Starlette:
    """An application that serves the page (TriG) whole at `/fine`, and broken for a check at `/<check>`."""
    quads = list(parse(page, format=RdfFormat.TRIG))
    routes = [Route("/fine", _answers(_written(quads), HEADERS))]
    for check, word in WRONG.items():
        left = [quad for quad in quads if not word or word not in quad.predicate.value]
        body = b"<this is no TriG" if check == "Rdf" else _written(left)
        headers = {name: value for name, value in HEADERS.items() if name != check}
        routes.append(Route(f"/{check}", _answers(body, headers)))
    return Starlette(routes=routes)


def _written(quads: list[Quad]) -> bytes:
    return serialize(quads, format=RdfFormat.TRIG) or b""


def _answers(body: bytes, headers: dict[str, str]) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        return Response(body, media_type="application/trig", headers=headers)

    return answer


def without(quads: list[Quad], predicate: NamedNode) -> list[Quad]:
    """The quads that do not have a predicate."""
    return [quad for quad in quads if quad.predicate != predicate]
