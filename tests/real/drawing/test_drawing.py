"""The renderer itself, without servers: it says what a board says, in Grafana's words, and its judges can say no."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from deploy.boards import every_board
from stadspuls.clock import HOUR, MINUTE
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT
from tests.real.drawing.answers import Answer, Range, Series
from tests.real.drawing.axes import time_ticks, value_axis
from tests.real.drawing.board import draw_panel, page, written
from tests.real.drawing.naming import name_of
from tests.real.drawing.seen import faults, no_data, shown
from tests.real.drawing.units import ago
from tests.real.drawing.units import shown as number

HOURS = Range(1_795_500_000_000_000, 1_795_500_000_000_000 + 6 * HOUR)
STEPS = [{"value": None, "color": "green"}, {"value": 0.8, "color": "orange"}, {"value": 0.95, "color": "red"}]


def a_panel(kind: str, **defaults: Any) -> dict[str, Any]:
    given = {"unit": "percentunit", "thresholds": {"steps": STEPS}, "noValue": "Nothing there", "min": 0, "max": 1}
    return {
        "id": 1,
        "type": kind,
        "title": "Occupancy",
        "description": "Which part is taken.",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "options": {"graphMode": "area"},
        "fieldConfig": {"defaults": given | defaults, "overrides": []},
    }


def drawn(panel: dict[str, Any], *series: Series, marks: tuple[int, ...] = ()) -> Element:
    return draw_panel(panel, Answer(HOURS, list(series)), marks, UTC)


def a_line(name: str, *values: float | None) -> Series:
    return Series(name, [(HOURS.start + i * MINUTE, value) for i, value in enumerate(values, start=1)])


class Read(HTMLParser):
    """What a browser makes of a page: which elements there are, and which texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def colour_of(figure: Element | None) -> str:
    assert figure is not None
    return (figure.get("style") or "").partition("color:")[2]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (0.75, "percentunit", 0, "75%"),
        (0.7512, "percentunit", None, "75.1%"),
        (12, "short", None, "12"),
        (12_345, "short", None, "12.3 K"),
        (0, "s", None, "0 s"),
        (42, "s", None, "42 s"),
        (210, "s", None, "3.50 mins"),
        (0.0042, "s", None, "4.20 ms"),
        (536_870_912, "bytes", None, "512 MiB"),
        (0, "bool_yes_no", None, "No"),
        (25.34, "conμgm3", 1, "25.3 μg/m³"),
        (7, "suffix: bikes", 0, "7 bikes"),
        (-3, "celsius", None, "-3 °C"),
    ],
)
def test_a_number_is_written_as_grafana_writes_it(value: float, unit: str, decimals: int | None, said: str) -> None:
    assert number(value, unit, decimals) == said


def test_a_unit_that_grafana_has_not_is_noticed() -> None:
    with pytest.raises(KeyError):
        number(1, "percentage")


def test_every_unit_of_a_board_is_one_of_grafanas() -> None:
    boards: list[Any] = [board.document for board in every_board(load_registry(ROOT / "cities", ROOT / "themes"))]
    units = {panel["fieldConfig"]["defaults"]["unit"] for board in boards for panel in board["panels"]}
    assert len(units) > 5
    for unit in units:
        assert number(1, unit)


@pytest.mark.parametrize(
    ("back", "said"), [(5, "a few seconds"), (600, "10 minutes"), (7300, "2 hours"), (200_000, "2 days")]
)
def test_an_instant_is_so_long_ago(back: int, said: str) -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    assert ago(now - timedelta(seconds=back), now) == f"{said} ago"


@pytest.mark.parametrize(
    ("target", "defaults", "name"),
    [
        ({"legendFormat": "{{spool}} of {{ city }}"}, {}, "door of gent"),
        ({"legendFormat": "{{none}}"}, {}, ""),
        ({"legendFormat": "x"}, {"displayName": "${__field.labels.spool}"}, "door"),
        ({}, {}, '_value {city="gent", spool="door"}'),
    ],
)
def test_a_series_has_the_name_that_the_board_gives_it(target: Any, defaults: Any, name: str) -> None:
    assert name_of(target, defaults, {"spool": "door", "city": "gent"}) == name


@pytest.mark.parametrize(("value", "colour"), [(0.79, "#73bf69"), (0.8, "#ff9830"), (2, "#f2495c")])
def test_a_figure_has_the_colour_of_the_step_that_it_has_reached(value: float, colour: str) -> None:
    stat = drawn(a_panel("stat"), a_line("a", 0.1, value, None))
    assert shown(stat) == [f"{value:.0%}"]
    assert colour_of(stat.find(".//strong")) == colour
    bars = drawn(a_panel("bargauge"), a_line("Reep", value))
    assert colour_of(bars.find(".//em")) == colour


@pytest.mark.parametrize("kind", ["stat", "bargauge", "timeseries", "table"])
def test_a_panel_without_an_answer_says_what_the_board_says(kind: str) -> None:
    panel = drawn(a_panel(kind), a_line("silent", None, None))
    assert no_data(panel) == "Nothing there"
    assert shown(panel) == []


def test_a_line_is_broken_where_there_is_nothing() -> None:
    panel = drawn(a_panel("timeseries"), a_line("Reep", 0.1, 0.2, None, 0.3, 0.4))
    path = panel.find(".//g[@class='series']/path")
    assert path is not None
    assert (path.get("d") or "").count("M") == 2


def test_a_value_that_holds_is_drawn_as_a_step() -> None:
    panel = drawn(a_panel("timeseries", custom={"lineInterpolation": "stepAfter"}), a_line("Reep", 0.1, 0.2))
    path = panel.find(".//g[@class='series']/path")
    assert path is not None
    assert "L" not in (path.get("d") or "")
    assert (path.get("d") or "").count("V") == 1


def test_a_word_stands_for_its_number_and_its_colour_behind_it() -> None:
    worded = [
        {"type": "range", "options": {"from": 1, "to": None, "result": {"text": "stale"}}},
        {"type": "range", "options": {"from": None, "to": 1, "result": {"text": "fresh"}}},
    ]
    panel = a_panel("stat", mappings=worded)
    panel["options"] = {"colorMode": "background_solid", "graphMode": "none"}
    told = {"id": "byFrameRefID", "options": "B"}
    panel["fieldConfig"]["overrides"] = [
        {"matcher": told, "properties": [{"id": "mappings", "value": []}, {"id": "unit", "value": "s"}]}
    ]
    age = Series("age", [(HOURS.stop, 42.0)], "B")
    found = drawn(panel, a_line("state", 1.0), age)
    assert shown(found) == ["stale", "42 s"]
    assert "background:#f2495c" in (found.findall(".//div[@class='tile']")[0].get("style") or "")


def test_steps_and_marks_are_lines_where_the_board_draws_them() -> None:
    dashed = a_panel("timeseries", custom={"thresholdsStyle": {"mode": "dashed"}})
    panel = drawn(dashed, a_line("Reep", 0.5), marks=(HOURS.start + HOUR,))
    assert len(panel.findall(".//line[@class='step']")) == 2
    assert len(panel.findall(".//line[@class='mark']")) == 1
    assert drawn(a_panel("timeseries"), a_line("Reep", 0.5)).findall(".//line[@class='step']") == []


def test_an_axis_is_stretched_by_a_soft_bound_and_cut_by_a_hard_one() -> None:
    line = [a_line("x", 3, 17)]
    assert value_axis(line, {"unit": "short"}).ticks == [0, 5, 10, 15, 20]
    assert value_axis(line, {"unit": "short", "custom": {"axisSoftMax": 25}}).high == 25
    assert value_axis(line, {"unit": "short", "min": 0, "max": 10})[:2] == (0, 10)
    assert value_axis([a_line("flat", 4)], {"unit": "short"}).high > 4


def test_numbers_beside_an_axis_are_told_apart_and_have_no_digit_more() -> None:
    lines = a_panel("timeseries", unit="short", max=10)
    told = [text.text for text in drawn(lines, a_line("x", 3)).iterfind(".//text[@class='tick value']")]
    assert told == ["0", "2", "4", "6", "8", "10"]
    halves = drawn(a_panel("timeseries", unit="short", max=12.5), a_line("x", 3))
    assert [text.text for text in halves.iterfind(".//text[@class='tick value']")][:3] == ["0.0", "2.5", "5.0"]


def test_times_are_round_in_the_boards_zone() -> None:
    ticks = time_ticks(HOURS, UTC)
    assert [(at - HOURS.start) // HOUR <= 6 for at, _ in ticks] == [True] * len(ticks)
    assert all(said.endswith(":00") or "/" in said for _, said in ticks)


def test_text_of_others_stays_text() -> None:
    hostile = "<script>alert(1)</script><b>'\"&"
    document = {"title": hostile, "tags": ["stadspuls", "en"], "panels": [a_panel("stat")]}
    panel = drawn(a_panel("bargauge", noValue=hostile) | {"title": hostile}, a_line(hostile, 1))
    read = Read()
    read.feed(written(page(document, HOURS, UTC, [panel])))
    assert "script" not in read.tags
    assert read.texts.count(hostile) == 4


def test_what_nobody_can_read_is_told() -> None:
    lines = a_panel("timeseries")
    good = drawn(lines, a_line("Reep", 1), a_line("Ramen", 1))
    bad = [
        drawn(lines, a_line("_value", 1)),
        drawn(lines, a_line("", 1)),
        drawn(lines, a_line("twice", 1), a_line("twice", 1)),
        drawn(a_panel("stat", noValue="")),
    ]
    for panel, found in [(good, 0), *((one, 1) for one in bad)]:
        whole = Element("html")
        whole.append(panel)
        assert len(list(faults(whole))) == found
