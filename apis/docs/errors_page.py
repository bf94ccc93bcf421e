"""`/docs/errors`: every error code, generated from `stadspuls.errors`."""

from inspect import getdoc
from xml.etree.ElementTree import Element

from apis.html import element, link, page
from apis.problems import STATUS
from apis.schema import errors_by_code


def errors_page() -> bytes:
    """The page; each code is an anchor, so that a problem's `type` leads to its description."""
    kinds = sorted(errors_by_code().values(), key=lambda kind: (STATUS[kind.code], kind.code))
    return page(
        "Stadspuls: errors",
        "en",
        "../",
        element("header", element("h1", "Errors")),
        element(
            "main",
            element(
                "p",
                "Every error is a problem document (RFC 9457). Its ",
                element("code", "code"),
                " is stable; so is its meaning. Its ",
                element("code", "requestId"),
                " finds it in the log of the operators where the fault is ours. ",
                link("All interfaces", "../docs"),
            ),
            *(_described(kind.code, kind.title, getdoc(kind) or "") for kind in kinds),
        ),
    )


def _described(code: str, title: str, description: str) -> Element:
    return element(
        "section",
        element("h2", element("code", code), f" {STATUS[code]}"),
        element("p", element("strong", title), ". ", description),
        id=code,
    )
