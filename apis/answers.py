"""Answers with data: content type, caching, entity tags, links."""

from collections.abc import Mapping

from fastapi import Request, Response

from apis.negotiation import CONTENT_TYPES, Format
from stadspuls.registry import Dataset


def data_headers(dataset: Dataset, form: Format, name: str, max_age: int) -> dict[str, str]:
    """Headers of an answer about `dataset`; `name` is what it is of it (`latest`), `max_age` in seconds."""
    headers = {
        "Content-Type": CONTENT_TYPES[form],
        "Cache-Control": f"public, max-age={max_age}",
        "Vary": "Accept",
        "Link": f'<{dataset.licence}>; rel="license"',
    }
    if form is Format.CSV:
        file_name = f"{dataset.city.slug}-{dataset.theme.slug}-{name}.csv"
        headers["Content-Disposition"] = f'inline; filename="{file_name}"'
    return headers


def add_next(headers: dict[str, str], next_url: str | None) -> None:
    """Name the next page where there is one."""
    if next_url is not None:
        headers["Link"] += f', <{next_url}>; rel="next"'


def is_current(request: Request, tag: str) -> bool:
    """Whether the client's copy is the present one (`If-None-Match`, RFC 9110: weak comparison)."""
    held = request.headers.get("if-none-match")
    if held is None:
        return False
    tags = [part.strip().removeprefix("W/") for part in held.split(",")]
    return held.strip() == "*" or tag.removeprefix("W/") in tags


def not_modified(headers: Mapping[str, str]) -> Response:
    """304 with the headers that the full answer would have had to keep a copy fresh."""
    kept = {name: value for name, value in headers.items() if name in ("Cache-Control", "Vary", "ETag")}
    return Response(status_code=304, headers=kept)
