"""Pages built as trees: text becomes HTML in one place, which escapes it."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, tostring

from fastapi import Response

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of plain pages: our own style sheet, no script at all."""

Child = Element | str | None


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """An element with its children; `class_` is the attribute `class`, None children are left out."""
    made = Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif child is not None:
            _add_text(made, child)
    return made


def _add_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def link(text: str, href: str) -> Element:
    """A link; only the text where the address, which may come from a city file, is not of the web."""
    if urlsplit(href).scheme not in ("", "http", "https"):
        return element("span", text)
    return element("a", text, href=href)


def page(title: str, language: str, root: str, *body: Child, head: Sequence[Element] = ()) -> bytes:
    """A whole page; `root` leads from its address to `/` (`""`, `"../"`), so that it also works behind a proxy.

    `head` comes after what every page has in its head: more style sheets, scripts.
    """
    whole_head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        element("link", rel="stylesheet", href=f"{root}docs/static/stadspuls.css"),
        *head,
    )
    html = element("html", whole_head, element("body", *body), lang=language)
    text: str = tostring(html, encoding="unicode", method="html")
    return b"<!DOCTYPE html>\n" + text.encode()


def page_response(body: bytes, policy: str = PAGE_POLICY, **headers: str) -> Response:
    """An answer with a page; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, media_type="text/html", headers={"Content-Security-Policy": policy, **named})
