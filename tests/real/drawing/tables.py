"""Draws a table: every row, its columns as the board calls them and in their units."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from apis.html import element
from stadspuls.clock import to_datetime
from tests.real.drawing.answers import Answer
from tests.real.drawing.overrides import settings_of_column
from tests.real.drawing.units import ago, shown


def draw_table(panel: Mapping[str, Any], answer: Answer) -> Element:
    """As Grafana has it: columns in the order in which they come."""
    columns = list(answer.rows[0])
    settings = {name: settings_of_column(panel, name) for name in columns}
    head = element("tr", *(element("th", settings[name].get("displayName", name)) for name in columns))
    now = to_datetime(answer.range.stop)
    rows = [
        element("tr", *(element("td", _cell(row[name], settings[name], now)) for name in columns))
        for row in answer.rows
    ]
    return element("table", element("thead", head), element("tbody", *rows))


def _cell(value: object, settings: Mapping[str, Any], now: datetime) -> str:
    if isinstance(value, datetime):
        return ago(value, now) if settings["unit"] == "dateTimeFromNow" else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, int | float) and settings["unit"] != "string":
        return shown(value, settings["unit"], settings.get("decimals"))
    return str(value)
