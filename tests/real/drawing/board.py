"""Draws a board: every panel at its place, with what its questions answered."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any
from xml.etree.ElementTree import Element, tostring
from zoneinfo import ZoneInfo

from apis.html import element
from stadspuls.clock import to_datetime
from tests.real.drawing.answers import Answer, Range
from tests.real.drawing.asking import Sources, of_panel
from tests.real.drawing.figures import draw_bars, draw_stat
from tests.real.drawing.lines import draw_lines
from tests.real.drawing.style import STYLE
from tests.real.drawing.tables import draw_table

COLUMN, ROW, GAP = 60, 38, 8
"""Pixels; Grafana's rows are 30 high with a gap of 8."""
WIDTH = 24 * COLUMN
_TITLE = 34


def draw_board(document: Mapping[str, Any], sources: Sources, shown: Range) -> Element:
    """The page of a board that shows a range."""
    zone = UTC if document["timezone"] == "browser" else ZoneInfo(document["timezone"])
    marks = [
        at
        for one in document["annotations"]["list"]
        if one["datasource"]["type"] == "prometheus"
        for at in sources.marks(one["expr"], shown)
    ]
    panels = []
    for panel in document["panels"]:
        own = of_panel(panel, shown, zone)
        answer = sources.answer(panel, own)
        panels.append(draw_panel(panel, answer, [at for at in marks if own.start <= at <= own.stop], zone))
    return page(document, shown, zone, panels)


def draw_panel(panel: Mapping[str, Any], answer: Answer, marks: Sequence[int], zone: tzinfo) -> Element:
    """One panel; where nothing was answered, the text that the board has for it."""
    place = panel["gridPos"]
    width, height = place["w"] * COLUMN - GAP, place["h"] * ROW - GAP
    left, top = place["x"] * COLUMN, place["y"] * ROW
    title = element("h2", panel["title"], title=panel["description"])
    return element(
        "section",
        title,
        _inside(panel, answer, marks, zone, (width - 16, height - _TITLE)),
        id=f"panel-{panel['id']}",
        class_=panel["type"],
        style=f"left:{left}px;top:{top}px;width:{width}px;height:{height}px",
    )


def _inside(
    panel: Mapping[str, Any], answer: Answer, marks: Sequence[int], zone: tzinfo, size: tuple[int, int]
) -> Element:
    if not answer.known() and not answer.rows:
        return element("p", panel["fieldConfig"]["defaults"]["noValue"], class_="no-data")
    match panel["type"]:
        case "timeseries":
            return draw_lines(panel, answer, marks, zone, size)
        case "stat":
            return draw_stat(panel, answer, size)
        case "bargauge":
            return draw_bars(panel, answer)
        case "table":
            return draw_table(panel, answer)
        case other:
            raise ValueError(f"nothing draws panels of type {other}")


def page(document: Mapping[str, Any], shown: Range, zone: tzinfo, panels: Sequence[Element]) -> Element:
    """The whole page."""
    start, stop = (to_datetime(at, zone) for at in (shown.start, shown.stop))
    heading = element("header", element("h1", document["title"]), element("p", f"{start:%d/%m %H:%M} - {stop:%H:%M}"))
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in document["panels"])
    main = element("main", *panels, style=f"width:{WIDTH}px;height:{lowest * ROW}px")
    head = element(
        "head", element("meta", charset="utf-8"), element("title", document["title"]), element("style", STYLE)
    )
    language = next(tag for tag in document["tags"] if tag in ("nl", "en"))
    return element("html", head, element("body", heading, main), lang=language)


def written(drawn: Element) -> str:
    """A page as HTML; text of others becomes HTML here, and is escaped."""
    text: str = tostring(drawn, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}"
