"""A page as quads, in the shape of the Smart Flanders programme.

Graph `<page>#Metadata`: the dataset with its licence and origin, the page and its neighbours, and how to search by
time. Default graph: when each moment was, every site, and what else values refer to. One named graph for each instant
of observation, `<dataset>?time=<observed_at>`, with the values of that moment; a late value may come in a later page.
"""

from collections.abc import Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from apis.data.entries import plain_value
from apis.pages.content import PageContent
from apis.pages.datasets import dataset_triples
from apis.pages.observed import ObservedQuads
from apis.pages.plain import PlainSeries
from apis.pages.sites import site_triples
from apis.rdf.literals import instant
from apis.vocabulary import HYDRA, PROV, RDF, VOID
from stadspuls.model import Observation

Object = NamedNode | Literal


def page_quads(content: PageContent) -> list[Quad]:
    """Every quad of a page, each once; those about one thing stand together."""
    default = DefaultGraph()
    observed = ObservedQuads(content.dataset, content.ids, content.base_url)
    moments = list(_moments(content, observed))
    sites = (t for site in content.dataset.sites.values() for t in site_triples(content.dataset, site, content.ids))
    return [
        *_metadata(content),
        *(Quad(*triple, default) for triple in sites),
        *(Quad(*triple, default) for triple in observed.described()),
        *moments,
    ]


def _moments(content: PageContent, observed: ObservedQuads) -> Iterator[Quad]:
    plain, ids, default = PlainSeries(content.dataset), content.ids, DefaultGraph()
    sites: dict[str, NamedNode] = {}
    for observed_at, some in _by_moment(content):
        graph = NamedNode(ids.moment(observed_at))
        yield Quad(graph, RDF["type"], PROV["Bundle"], default)
        yield Quad(graph, PROV["generatedAtTime"], instant(observed_at), default)
        for o in some:
            predicate = plain.predicate(o)
            if predicate is None:
                yield from observed.observation(o, graph)
                continue
            site = sites.get(o.datastream.site)
            if site is None:
                site = sites[o.datastream.site] = NamedNode(ids.site(o.datastream.site))
            yield Quad(site, predicate, plain_literal(o), graph)


def _by_moment(content: PageContent) -> list[tuple[int, list[Observation]]]:
    moments: dict[int, list[Observation]] = {}
    for o in content.observations:
        moments.setdefault(o.observed_at, []).append(o)
    return sorted(moments.items())


def plain_literal(o: Observation) -> Literal:
    """A value as text without datatype, the way Smart Flanders clients read it."""
    value = plain_value(o.value)
    return Literal(("true" if value else "false") if isinstance(value, bool) else str(value))


def _metadata(content: PageContent) -> Iterator[Quad]:
    graph = NamedNode(f"{content.ids.page(content.page.start)}#Metadata")
    for triple in (*_about_dataset(content), *_about_page(content), *_about_search(content)):
        yield Quad(*triple, graph)


def _about_dataset(content: PageContent) -> Iterator[tuple[NamedNode, NamedNode, Object]]:
    node = NamedNode(content.ids.dataset)
    yield from dataset_triples(content.dataset, content.ids, content.base_url)
    yield node, VOID["subset"], NamedNode(content.ids.page(content.page.start))
    yield node, HYDRA["search"], NamedNode(f"{content.ids.dataset}#search")


def _about_page(content: PageContent) -> Iterator[tuple[NamedNode, NamedNode, Object]]:
    ids, page = content.ids, content.page
    node = NamedNode(ids.page(page.start))
    yield node, RDF["type"], HYDRA["PartialCollectionView"]
    yield node, PROV["generatedAtTime"], instant(page.last)
    if content.previous is not None:
        yield node, HYDRA["previous"], NamedNode(ids.page(content.previous))
    if content.following is not None:
        yield node, HYDRA["next"], NamedNode(ids.page(content.following))


def _about_search(content: PageContent) -> Iterator[tuple[NamedNode, NamedNode, Object]]:
    dataset = content.ids.dataset
    search, mapping = NamedNode(f"{dataset}#search"), NamedNode(f"{dataset}#search-time")
    yield search, RDF["type"], HYDRA["IriTemplate"]
    yield search, HYDRA["template"], Literal(f"{dataset}{{?time}}")
    yield search, HYDRA["mapping"], mapping
    yield mapping, RDF["type"], HYDRA["IriTemplateMapping"]
    yield mapping, HYDRA["variable"], Literal("time")
    yield mapping, HYDRA["property"], PROV["generatedAtTime"]
    yield mapping, HYDRA["required"], Literal(True)
