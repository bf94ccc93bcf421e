"""The chart of the last 24 hours: what the script needs to draw it, and what is there without it."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.html import element, link
from apis.portal.dataset_texts import TEXTS
from apis.portal.digest import Digest
from apis.portal.languages import Reader
from apis.portal.series import Series, unit
from stadspuls.clock import HOUR
from stadspuls.registry import Dataset, Property, Site, text

_CHOSEN = 6
"""Lines drawn at first; more can be chosen, and are hard to tell apart."""


class Line(NamedTuple):
    """A line of a chart: a site's series."""

    site: Site
    iri: str
    sensor: str


def charted(series: Iterable[Series]) -> dict[Property, list[Series]]:
    """By property what can be drawn: numbers, and booleans as the share that is true."""
    found: dict[Property, list[Series]] = {}
    for each in series:
        if each.observed.type != "text":
            found.setdefault(each.observed, []).append(each)
    return found


def every(dataset: Dataset) -> str:
    """Windows as long as the dataset's rhythm needs: an hour where values come hourly or only averages are public."""
    hourly = dataset.sensors and all((sensor.period or 0) >= HOUR for sensor in dataset.sensors.values())
    return "1h" if hourly or not gives_observations(dataset) else "5m"


def dataset_chart(reader: Reader, digest: Digest) -> Element | None:
    """The chart of a dataset: one property at a time, of the sites that are chosen."""
    lines = charted(digest.single)
    if not lines:
        return None
    words = TEXTS[reader.language]
    options = [
        element("option", text(prop.names, reader.language), value=prop.name, **_property_data(digest, prop, some))
        for prop, some in lines.items()
    ]
    choose = element("select", *options, id="chart-property")
    label = element("label", words["choose_property"] + " ", choose, **({} if len(options) > 1 else {"hidden": ""}))
    sites = [digest.dataset.sites[name] for name in dict.fromkeys(each.site.id for each in digest.single)]
    boxes = element(
        "fieldset",
        element("legend", words["choose_sites"]),
        *(_box(reader, site, number < _CHOSEN) for number, site in enumerate(sites)),
        class_="choices",
    )
    return _figure(reader, digest.dataset, element("div", label, boxes, class_="controls", hidden=""))


def site_charts(reader: Reader, digest: Digest, series: Sequence[Series]) -> list[Element]:
    """A chart for each property of a site."""
    found: list[Element] = []
    for prop, some in charted(series).items():
        heading = element("h3", text(prop.names, reader.language))
        data = _property_data(digest, prop, some)
        figure = _figure(reader, digest.dataset, heading, number=len(found), name=text(prop.names, reader.language))
        for key, value in {**data, "data-property": prop.name, "data-only": some[0].site.id}.items():
            figure.set(key, value)
        found.append(figure)
    return found


def _property_data(digest: Digest, prop: Property, some: Sequence[Series]) -> dict[str, str]:
    lines = {each.site.id: [digest.names.iri(each.site.id), each.sensor] for each in some}
    data = {"data-lines": json.dumps(lines), "data-unit": unit(prop)}
    if prop.decimals is not None:
        data["data-decimals"] = str(prop.decimals)
    if prop.sampling == "on-change":
        data["data-steps"] = ""
    return data


def _box(reader: Reader, site: Site, chosen: bool) -> Element:
    checked = {"checked": ""} if chosen else {}
    box = element("input", type="checkbox", value=site.id, **checked)
    return element("label", box, element("i", class_="line-key"), element("span", text(site.names, reader.language)))


def _figure(reader: Reader, dataset: Dataset, above: Element, *, number: int = 0, name: str = "") -> Element:
    words = TEXTS[reader.language]
    window = every(dataset)
    history = f"{reader.file(dataset.name)}/history"
    address = f"{history}?every={window}&format=csv"
    label = words["chart"].format(name=name or text(dataset.titles, reader.language))
    place = element("div", class_="plot", role="img", **{"aria-label": label})
    said = element("p", words["needs_script"], class_="plot-state quiet")
    caption = element("figcaption", link(words["same"], address))
    attributes = {
        "data-history": history,
        "data-every": window,
        "data-dataset": dataset.name,
        "data-zone": dataset.city.time_zone.key,
        "data-empty": words["no_values"],
        "data-failed": words["no_answer"],
    }
    named = {"id": "chart"} if number == 0 else {}
    return element("figure", above, place, said, caption, class_="chart", **named, **attributes)
