"""`/docs/errors`: every error code, generated from `stadspuls.errors`."""

from collections.abc import Collection
from inspect import getdoc
from xml.etree.ElementTree import Element

from apis.html import element, link
from apis.portal.languages import Reader
from apis.portal.layout import Crumb, home, shell
from apis.schema import errors_by_code
from stadspuls.problems import STATUS


def errors_page(reader: Reader, paths: Collection[str]) -> bytes:
    """The page; each code is an anchor, so that a problem's `type` leads to its description."""
    kinds = sorted(errors_by_code().values(), key=lambda kind: (STATUS[kind.code], kind.code))
    intro = element(
        "p",
        "Every error is a problem document (RFC 9457). Its ",
        element("code", "code"),
        " is stable; so is its meaning. Its ",
        element("code", "requestId"),
        " finds it in the log of the operators where the fault is ours. ",
        link("All interfaces", "../docs"),
    )
    described = [_described(kind.code, kind.title, getdoc(kind) or "") for kind in kinds]
    body = element("div", element("h1", "Errors"), intro, *described, lang="en", class_="reading")
    return shell(reader, paths, "Stadspuls: errors", [home(reader), Crumb("Errors")], body)


def _described(code: str, title: str, description: str) -> Element:
    return element(
        "section",
        element("h2", element("code", code), f" {STATUS[code]}"),
        element("p", element("strong", title), ". ", description),
        id=code,
    )
