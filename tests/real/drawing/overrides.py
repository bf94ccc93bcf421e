"""What a panel says of one field alone, over what it says of all."""

from collections.abc import Mapping
from typing import Any

from tests.real.drawing.answers import Series


def settings_of(panel: Mapping[str, Any], series: Series) -> dict[str, Any]:
    """The settings of a series, found by its name or by the question that it answers."""
    return _overridden(panel, {"byName": series.name, "byFrameRefID": series.ref})


def settings_of_column(panel: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The settings of a table's column."""
    return _overridden(panel, {"byName": name})


def _overridden(panel: Mapping[str, Any], by: Mapping[str, str]) -> dict[str, Any]:
    config = panel["fieldConfig"]
    settings = dict(config["defaults"])
    for override in config["overrides"]:
        matcher = override["matcher"]
        if by.get(matcher["id"]) == matcher["options"]:
            settings |= {one["id"]: one["value"] for one in override["properties"]}
    return settings
