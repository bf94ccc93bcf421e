"""What a drawn panel shows, read back out of the drawing: a value, a line, a row, or that there is nothing."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

_SHOWS = {
    "stat": ".//strong",
    "bargauge": ".//em",
    "timeseries": ".//g[@class='series']",
    "table": ".//tbody/tr",
}


def panels(drawn: Element) -> list[Element]:
    """The panels of a drawn board."""
    return list(drawn.iter("section"))


def title(panel: Element) -> str:
    """What a panel is called."""
    return panel.findtext("h2") or ""


def shown(panel: Element) -> list[str]:
    """What a panel shows: its figures, the names of its lines, or its rows."""
    found = panel.findall(_SHOWS[panel.get("class") or ""])
    return [one.get("data-name") or " | ".join(text.strip() for text in one.itertext()) for one in found]


def names(panel: Element) -> list[str]:
    """What a panel's lines or bars are called."""
    return [name for one in panel.iter() if (name := one.get("data-name")) is not None]


def no_data(panel: Element) -> str | None:
    """The text of a panel that has nothing to show."""
    return panel.findtext("p[@class='no-data']")


def faults(drawn: Element) -> Iterator[str]:
    """Panels that show neither data nor a text that there is none, or names that nobody can read."""
    for panel in panels(drawn):
        if not shown(panel) and not no_data(panel):
            yield f"{title(panel)}: empty"
        called = names(panel)
        for name in called:
            if not name.strip() or "{{" in name or "${" in name or name.startswith("_value"):
                yield f"{title(panel)}: a series is called {name!r}"
        for twice in {name for name in called if called.count(name) > 1}:
            yield f"{title(panel)}: two series are called {twice!r}"
