"""Draws a panel of lines over time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from apis.html import element
from tests.real.drawing import colours
from tests.real.drawing.answers import Answer, Series
from tests.real.drawing.axes import Axis, time_ticks, value_axis
from tests.real.drawing.units import shown

_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 12, 8, 22
_LEGEND_ROW, _LETTER, _KEY = 22, 7.4, 34
"""Pixels of a row of the legend, and about those of a letter and of a colour with its gaps."""
_DASHES = "6 5"
_PLAIN = {"short", "none", "ops", "reqps"}
"""Units of which an axis writes no more digits than it needs."""


class Frame(NamedTuple):
    """Where lines are drawn, in pixels."""

    width: int
    height: int

    def x(self, share: float) -> float:
        """From the left."""
        return round(_LEFT + share * (self.width - _LEFT - _RIGHT), 1)

    def y(self, share: float) -> float:
        """From the top, of a share from below."""
        return round(self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM), 1)


def draw_lines(
    panel: Mapping[str, Any], answer: Answer, marks: Sequence[int], zone: tzinfo, size: tuple[int, int]
) -> Element:
    """Axes, lines, steps where the panel draws them, marks, and the legend."""
    defaults = panel["fieldConfig"]["defaults"]
    frame = Frame(size[0], size[1] - 4 - _LEGEND_ROW * _legend_rows(answer.known(), size[0]))
    axis = value_axis(answer.known(), defaults)
    stepped = defaults.get("custom", {}).get("lineInterpolation") == "stepAfter"
    svg = element(
        "svg",
        *_grid(axis, frame, defaults),
        *_times(answer, frame, zone),
        *_steps(axis, frame, defaults),
        *_marks(answer, marks, frame),
        *(_line(answer, series, axis, frame, number, stepped=stepped) for number, series in enumerate(answer.known())),
        width=str(frame.width),
        height=str(frame.height),
    )
    return element("div", svg, _legend(answer.known()), class_="lines")


def _grid(axis: Axis, frame: Frame, defaults: Mapping[str, Any]) -> Iterator[Element]:
    few = axis.decimals() if defaults["unit"] in _PLAIN else None
    for tick in axis.ticks:
        y = frame.y(axis.place(tick))
        yield _straight((frame.x(0), y), (frame.x(1), y), "grid")
        said = shown(tick, defaults["unit"], defaults.get("decimals", few))
        yield element("text", said, x=str(_LEFT - 6), y=str(y + 4), class_="tick value")


def _times(answer: Answer, frame: Frame, zone: tzinfo) -> Iterator[Element]:
    for at, said in time_ticks(answer.range, zone):
        x = frame.x(answer.range.place(at))
        yield _straight((x, frame.y(0)), (x, frame.y(1)), "grid")
        yield element("text", said, x=str(x), y=str(frame.height - 6), class_="tick time")


def _steps(axis: Axis, frame: Frame, defaults: Mapping[str, Any]) -> Iterator[Element]:
    if defaults.get("custom", {}).get("thresholdsStyle", {}).get("mode") != "dashed":
        return
    for value, colour in colours.steps(defaults)[1:]:
        if axis.low <= value <= axis.high:
            y = frame.y(axis.place(value))
            yield _straight((frame.x(0), y), (frame.x(1), y), "step", stroke=colour, stroke_dasharray=_DASHES)


def _marks(answer: Answer, marks: Sequence[int], frame: Frame) -> Iterator[Element]:
    for at in marks:
        x = frame.x(answer.range.place(at))
        yield _straight(
            (x, frame.y(0)), (x, frame.y(1)), "mark", stroke=colours.named("orange"), stroke_dasharray="3 3"
        )


def _line(answer: Answer, series: Series, axis: Axis, frame: Frame, number: int, *, stepped: bool) -> Element:
    places = [
        None if value is None else (frame.x(answer.range.place(at)), frame.y(min(max(axis.place(value), -0.02), 1.02)))
        for at, value in series.points
    ]
    colour = colours.of_line(number)
    path = element("path", d=_path(places, stepped), class_="line", stroke=colour)
    # A value between two gaps is no line; Grafana draws points where values are few.
    few = [place for place in places if place is not None] if len(places) < 30 else []
    points = [element("circle", cx=str(x), cy=str(y), r="2.5", fill=colour) for x, y in few]
    return element("g", path, *points, class_="series", **{"data-name": series.name, "data-points": str(len(places))})


def _path(places: Sequence[tuple[float, float] | None], stepped: bool) -> str:
    """A line that is broken where there is nothing; of steps, where a value holds until the next."""
    told, begun = [], False
    for place in places:
        if place is None:
            begun = False
            continue
        x, y = place
        told.append(f"M{x} {y}" if not begun else f"H{x} V{y}" if stepped else f"L{x} {y}")
        begun = True
    return " ".join(told)


def _straight(start: tuple[float, float], end: tuple[float, float], kind: str, **more: str) -> Element:
    more = {name.replace("_", "-"): value for name, value in more.items()}
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=str(x1), y1=str(y1), x2=str(x2), y2=str(y2), class_=kind, **more)


def _legend_rows(series: Sequence[Series], width: int) -> int:
    rows, used = 1, 0.0
    for wide in (len(each.name) * _LETTER + _KEY for each in series):
        if used + wide > width:
            rows, used = rows + 1, 0.0
        used += wide
    return rows


def _legend(series: Sequence[Series]) -> Element:
    entries = [
        element("span", element("i", style=f"background:{colours.of_line(number)}"), each.name)
        for number, each in enumerate(series)
    ]
    return element("p", *entries, class_="legend")
