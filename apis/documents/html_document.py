"""The document of a thing for a browser: everything that its RDF says, thing by thing."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from apis.html import element, link, page
from apis.negotiation import RDF
from apis.pages.html_page import FORM_NAMES
from apis.vocabulary import PREFIXES
from apis.vocabulary import RDFS as RDFS_TERMS

_FORMS = {"nl": "Hetzelfde als", "en": "The same as", "fr": "La même chose en"}


def html_document(quads: Iterable[Quad], topic: NamedNode, root: str, address: str, language: str) -> bytes:
    """The page; `root` leads from its address to `/`, `address` is its last part, to which forms are links."""
    quads = list(quads)
    subjects = dict.fromkeys(quad.subject for quad in quads)
    title = _label(quads, topic, language) or topic.value
    links = (link(FORM_NAMES[form], f"{address}?format={form}") for form in RDF)
    first = [subject for subject in subjects if subject == topic]
    others = [subject for subject in subjects if subject != topic]
    return page(
        title,
        language,
        root,
        element("header", element("h1", title), element("nav", link("Stadspuls", root))),
        element(
            "main",
            *(_section(quads, subject) for subject in (*first, *others)),
            element("p", f"{_FORMS[language]}: ", *links, class_="formats"),
        ),
    )


def _label(quads: Iterable[Quad], topic: NamedNode, language: str) -> str | None:
    labels = {
        quad.object.language: quad.object.value
        for quad in quads
        if quad.subject == topic and quad.predicate == RDFS_TERMS["label"] and isinstance(quad.object, Literal)
    }
    return labels.get(language) or next(iter(labels.values()), None)


def _section(quads: Iterable[Quad], subject: object) -> Element:
    said = [quad for quad in quads if quad.subject == subject]
    name = _short(subject.value) if isinstance(subject, NamedNode) else str(subject)
    return element("section", element("h2", name), element("dl", *(each for quad in said for each in _entry(quad))))


def _entry(quad: Quad) -> Iterator[Element]:
    yield element("dt", _short(quad.predicate.value))
    thing = quad.object
    if isinstance(thing, NamedNode):
        yield element("dd", link(_short(thing.value), thing.value))
    elif isinstance(thing, Literal):
        # A language belongs to the text for those who hear it.
        yield element("dd", element("span", thing.value, **({"lang": thing.language} if thing.language else {})))
    elif isinstance(thing, BlankNode):
        yield element("dd", str(thing))


def _short(iri: str) -> str:
    for prefix, base in PREFIXES.items():
        if iri.startswith(base) and len(iri) > len(base):
            return f"{prefix}:{iri.removeprefix(base)}"
    return iri
