"""The start page: all of Flanders on a map that moves, the cities, every site; and the page of one city."""

from collections.abc import Collection, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.html import Child, element, link
from apis.portal.cards import card, origin_legend, sites_table
from apis.portal.digest import Digest, events_path
from apis.portal.languages import Reader
from apis.portal.layout import Crumb, home, shell, status
from apis.portal.layout_texts import TEXTS as COMMON
from apis.portal.map_texts import TEXTS as MAP
from apis.portal.scales import SCALES
from apis.portal.site_map import legend, site_map
from apis.portal.start_texts import TEXTS
from stadspuls.registry import City, text


def start_page(reader: Reader, paths: Collection[str], digests: Sequence[Digest], base_url: str) -> bytes:
    """The page; `digests` are ordered by city."""
    words = TEXTS[reader.language]
    cities = [(city, list(some)) for city, some in groupby(digests, key=lambda digest: digest.dataset.city)]
    sites = sum(len(digest.dataset.sites) for digest in digests)
    counts = words["counts"].format(cities=len(cities), datasets=len(digests), sites=sites)
    events = events_path(digests)
    return shell(
        reader,
        paths,
        words["title"],
        [],
        element(
            "section",
            element("h1", words["heading"]),
            element("p", words["intro"], class_="lead"),
            element("p", counts, class_="quiet") if digests else element("p", words["nothing"]),
            class_="hero",
        ),
        *(_whole(reader, digests, events) if digests else []),
        *([_cities(reader, cities)] if digests else []),
        *([_all_sites(reader, digests)] if digests else []),
        *_developers(reader, digests, base_url),
    )


def _whole(reader: Reader, digests: Sequence[Digest], events: str | None) -> list[Element]:
    words = TEXTS[reader.language]
    marks = [mark for digest in digests for mark in digest.marks(reader)]
    used = [scale for scale in SCALES.values() if any(digest.scale is scale for digest in digests)]
    heading = element("div", element("h2", words["map"]), status(reader, None, events), class_="row")
    below = element("div", legend(reader, used), origin_legend(reader), class_="below")
    note = element("p", MAP[reader.language]["spread"], class_="quiet")
    return [element("section", heading, site_map(reader, marks, whole=True, same="all-sites"), note, below)]


def _cities(reader: Reader, cities: Sequence[tuple[City, Sequence[Digest]]]) -> Element:
    def one(city: City, some: Sequence[Digest]) -> Element:
        name = element("h3", element("a", text(city.names, reader.language), href=reader.href(city.slug)))
        return element("li", name, *(_as_line(reader, digest) for digest in some), class_="city", id=city.slug)

    heading = element("h2", TEXTS[reader.language]["cities"])
    return element("section", heading, element("ul", *(one(city, some) for city, some in cities), class_="cities"))


def _as_line(reader: Reader, digest: Digest) -> Element:
    made = card(reader, digest)
    # Inside a city a dataset is one level deeper.
    made[0].tag = "h4"
    return made


def _all_sites(reader: Reader, digests: Sequence[Digest]) -> Element:
    heading = element("h2", TEXTS[reader.language]["all"])
    return element("section", heading, sites_table(reader, digests, cities=True), id="all-sites")


def _developers(reader: Reader, digests: Sequence[Digest], base_url: str) -> list[Element]:
    live = next((each.dataset for each in digests if gives_observations(each.dataset)), None)
    if live is None:
        return []
    words = TEXTS[reader.language]
    code = f"curl '{base_url}/{live.name}/latest'\ncurl -N '{base_url}/events?city={live.city.slug}'"
    return [
        element(
            "section",
            element("h2", words["developers"]),
            element("p", words["one_call"], " ", link(COMMON[reader.language]["docs"], reader.file("docs")), "."),
            element("pre", element("code", code), tabindex="0"),
        )
    ]


def city_page(reader: Reader, paths: Collection[str], city: City, digests: Sequence[Digest]) -> bytes:
    """The datasets of one city."""
    words, name = TEXTS[reader.language], text(city.names, reader.language)
    events = events_path(digests)
    if events is not None:
        events += f"&city={city.slug}"
    return shell(
        reader,
        paths,
        f"{name} · Stadspuls",
        [home(reader), Crumb(name)],
        element(
            "section",
            element("div", element("h1", name), status(reader, city, events), class_="row"),
            element("p", *_publisher(reader, city), class_="lead"),
            class_="hero",
        ),
        *(_of_city(reader, digests) if digests else [element("p", words["nothing"])]),
    )


def _publisher(reader: Reader, city: City) -> list[Child]:
    before, _, after = TEXTS[reader.language]["city_intro"].partition("{publisher}")
    publisher = city.publisher
    name = text(publisher.names, reader.language)
    return [before, link(name, publisher.homepage) if publisher.homepage else name, after]


def _of_city(reader: Reader, digests: Sequence[Digest]) -> list[Element]:
    words = TEXTS[reader.language]
    cards = []
    for digest in digests:
        made = card(reader, digest)
        made[0].tag = "h2"
        made[0][0].text = text(digest.dataset.titles, reader.language)
        cards.append(made)
    marks = [mark for digest in digests for mark in digest.marks(reader)]
    used = [scale for scale in SCALES.values() if any(digest.scale is scale for digest in digests)]
    return [
        element("div", *cards, class_="cards"),
        element(
            "section",
            element("h2", words["map"]),
            element(
                "div",
                site_map(reader, marks, whole=False, same="all-sites"),
                element("div", legend(reader, used), origin_legend(reader)),
                class_="beside",
            ),
        ),
        element(
            "section",
            element("h2", words["all"]),
            sites_table(reader, digests, cities=False),
            id="all-sites",
        ),
    ]
