"""Reads a page as a browser does."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from tests.apis.conftest import BASE

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src"}


class Seen(HTMLParser):
    """The elements of a page, each with its attributes and the text that begins it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts and not self.texts[-1]:
            self.texts[-1] = data

    def all(self, tag: str | None = None, **attributes: str | None) -> list[dict[str, str]]:
        """Attributes of the elements that have these; a value of None only asks that the attribute is there."""
        return [found for found, _ in self.with_text(tag, **attributes)]

    def with_text(self, tag: str | None = None, **attributes: str | None) -> list[tuple[dict[str, str], str]]:
        """As `all`, with the text that begins each."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            (found, text)
            for (name, found), text in zip(self.elements, self.texts, strict=True)
            if (tag is None or name == tag)
            and all(key in found and value in (None, found[key]) for key, value in wanted.items())
        ]

    def links(self) -> list[str]:
        """Where links lead."""
        return [found["href"] for found in self.all("a") if "href" in found]

    def loads(self) -> list[str]:
        """What a browser asks for by itself."""
        sources = [found[LOADED[tag]] for tag, found in self.elements if tag in LOADED and LOADED[tag] in found]
        sources += [found["href"] for found in self.all("link")]
        return sources + [
            found[name] for _, found in self.elements for name in ("data-events", "data-history") if name in found
        ]


def own_path(page: str, address: str) -> str | None:
    """Where an address leads from a page of ours, as path and query; None when it leads elsewhere."""
    parts = urlsplit(urljoin(f"{BASE}{page}", address))
    if f"{parts.scheme}://{parts.netloc}" != BASE:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
