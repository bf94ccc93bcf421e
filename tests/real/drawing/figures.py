"""Draws panels of single figures: stats and bars."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from apis.html import element
from tests.real.drawing import colours
from tests.real.drawing.answers import Answer, Series
from tests.real.drawing.overrides import settings_of
from tests.real.drawing.units import shown


def draw_stat(panel: Mapping[str, Any], answer: Answer, size: tuple[int, int]) -> Element:
    """The last value of every series, in the colour of its step; with its name where there are several."""
    named = len(answer.known()) > 1 or panel["options"].get("textMode") == "value_and_name"
    width = size[0] // max(len(answer.known()), 1)
    tiles = [_tile(panel, answer, series, (width, size[1]), named) for series in answer.known()]
    return element("div", *tiles, class_="tiles")


def draw_bars(panel: Mapping[str, Any], answer: Answer) -> Element:
    """A bar for every series, as long as its part of the whole."""
    defaults = panel["fieldConfig"]["defaults"]
    low, high = defaults["min"], defaults["max"]
    rows = []
    for series in answer.known():
        value = series.last() or 0.0
        colour = colours.of_value(value, defaults)
        part = min(max((value - low) / (high - low), 0), 1)
        bar = element("b", element("i", style=f"width:{part:.1%};background:{colour}"))
        said = element("em", _said(value, defaults), style=f"color:{colour}")
        rows.append(element("p", element("span", series.name), bar, said, **{"data-name": series.name}))
    return element("div", *rows, class_="bars")


def _tile(panel: Mapping[str, Any], answer: Answer, series: Series, size: tuple[int, int], named: bool) -> Element:
    settings = settings_of(panel, series)
    value = series.last() or 0.0
    colour = _mapped(value, settings).get("color") or colours.of_value(value, settings)
    name = element("span", settings.get("displayName", series.name)) if named else None
    behind = panel["options"].get("colorMode") == "background_solid"
    said = element("strong", _said(value, settings), style=f"color:{colours.upon(colour) if behind else colour}")
    graph = _graph(answer, series, colour, size) if panel["options"].get("graphMode") == "area" else None
    return element(
        "div",
        graph,
        name,
        said,
        class_="tile",
        style=f"background:{colour};color:{colours.upon(colour)}" if behind else "",
    )


def _said(value: float, settings: Mapping[str, Any]) -> str:
    return _mapped(value, settings).get("text") or shown(value, settings["unit"], settings.get("decimals"))


def _mapped(value: float, settings: Mapping[str, Any]) -> dict[str, str]:
    """The text and the colour that a board gives a value instead."""
    for mapping in settings.get("mappings", []):
        options = mapping["options"]
        if mapping["type"] == "value" and str(int(value)) in options and value == int(value):
            return _result(options[str(int(value))])
        if mapping["type"] == "range" and _within(value, options):
            return _result(options["result"])
    return {}


def _within(value: float, options: Mapping[str, Any]) -> bool:
    low, high = options.get("from"), options.get("to")
    return (low is None or value >= low) and (high is None or value <= high)


def _result(given: Mapping[str, Any]) -> dict[str, str]:
    found = {"text": given["text"]} if "text" in given else {}
    return found | ({"color": colours.named(given["color"])} if "color" in given else {})


def _graph(answer: Answer, series: Series, colour: str, size: tuple[int, int]) -> Element | None:
    """The course of the value behind it."""
    known = [(answer.range.place(at), value) for at, value in series.points if value is not None and at]
    if len(known) < 2:
        return None
    width, height = size
    low, high = min(value for _, value in known), max(value for _, value in known)
    spread = (high - low) or 1
    places = [f"{x * width:.1f} {height - 4 - (value - low) / spread * height * 0.4:.1f}" for x, value in known]
    line = element("path", d=f"M{' L'.join(places)}", class_="line", stroke=colour)
    return element("svg", line, width=str(width), height=str(height), class_="behind")
