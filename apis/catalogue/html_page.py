"""A catalogue for people: its datasets, and every form of each."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from apis.catalogue.catalog import Content
from apis.catalogue.dataset import description
from apis.catalogue.distribution import offer_title
from apis.catalogue.forms import RDF_FORMS
from apis.catalogue.media import MEDIA
from apis.catalogue.offers import offered
from apis.catalogue.texts import ALL_DESCRIPTION, ALL_TITLE, CITY_DESCRIPTION, CITY_TITLE, PAGE, filled
from apis.html import element, link, page
from apis.negotiation import MEDIA_TYPES
from apis.portal.languages import Reader
from stadspuls.registry import Dataset, text


def catalogue_page(content: Content, query: str, everything: bool, reader: Reader) -> bytes:
    """The page for a reader.

    Args:
        content: what it tells.
        query: what the catalogue was narrowed or widened by (`theme=parking&`).
        everything: whether it has what is not measured.
        reader: in which language; one that was chosen goes along.
    """
    city, language = content.city, reader.language
    words = PAGE[language]
    title = text(filled(CITY_TITLE, city=city.names) if city else ALL_TITLE, language)
    intro = text(filled(CITY_DESCRIPTION, city=city.names) if city else ALL_DESCRIPTION, language)
    chosen = f"&lang={language}" if reader.chosen else ""
    forms = [element("li", link(MEDIA[MEDIA_TYPES[form]].name, f"?{query}format={form}")) for form in RDF_FORMS]
    listed = [_dataset(content, dataset, language) for dataset in content.datasets]
    return page(
        title,
        language,
        reader.root,
        element(
            "header", element("h1", title), element("p", intro), element("nav", link("Stadspuls", reader.href("")))
        ),
        element(
            "main",
            element("p", words["forms"]),
            element("ul", *forms),
            *(listed or [element("p", words["nothing"])]),
            None if everything else element("p", link(words["all"], f"?{query}all=1&format=html{chosen}")),
        ),
    )


def _dataset(content: Content, dataset: Dataset, language: str) -> Element:
    iri = f"{content.settings.base_url}/{dataset.name}"
    return element(
        "section",
        element("h2", text(dataset.titles, language)),
        element("p", text(description(dataset), language)),
        element("p", f"{PAGE[language]['licence']}: ", link(dataset.licence, dataset.licence)),
        element("ul", *_offers(content, dataset, iri, language)),
        id=f"{dataset.city.slug}-{dataset.theme.slug}",
    )


def _offers(content: Content, dataset: Dataset, iri: str, language: str) -> Sequence[Element]:
    lines = []
    for _, some in groupby(offered(content.offers, dataset), key=lambda offer: offer.path):
        links = [link(text(offer_title(offer), language), offer.address(iri)) for offer in some]
        lines.append(element("li", *[part for each in links for part in (each, " ")]))
    return lines
