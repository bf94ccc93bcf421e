"""The forms of a page: which one a client gets, and how each is written."""

from collections.abc import Sequence
from typing import NamedTuple

from pyoxigraph import Quad

from apis.negotiation import Format
from apis.pages.turtle import page_triples
from apis.rdf.forms import write_quads, write_triples


class Variant(NamedTuple):
    """A form of a page; pages for people also have a language."""

    form: Format
    language: str | None = None

    @property
    def name(self) -> str:
        """What tells it from other variants of the page: `trig`, `html.nl`."""
        return f"{self.form}.{self.language}" if self.language else str(self.form)


CANONICAL = Variant(Format.NQUADS)
"""Written first; every other form of RDF holds the quads that it has, whoever wrote it."""


def write_rdf(variant: Variant, quads: Sequence[Quad]) -> bytes:
    """The quads of a page in a form of RDF."""
    if variant.form is Format.TURTLE:
        return write_triples(variant.form, page_triples(quads))
    return write_quads(variant.form, quads)
