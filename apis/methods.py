"""Which methods a path has, as its routes say."""

from fastapi import FastAPI
from starlette.routing import Match, Mount

OF_ALL = ("GET", "POST")
"""What routes are declared with; HEAD comes with GET, OPTIONS with everything."""


def allowed_methods(app: FastAPI, path: str) -> str:
    """What `Allow` says of a path; where nothing is published, what most paths have."""
    # An address that is described by itself may also look like another with a parameter.
    described: dict[str, object] = app.state.openapi_document["paths"].get(path, {})
    found = [method.upper() for method in described]
    found = found or [method for method in OF_ALL if _matches(app, path, method)] or ["GET"]
    with_head = ["GET", "HEAD"] if "GET" in found else []
    return ", ".join([*with_head, "OPTIONS", *(method for method in found if method != "GET")])


def _matches(app: FastAPI, path: str, method: str) -> bool:
    # A folder of files matches whatever is asked, and is only read.
    scope = {"type": "http", "path": path, "root_path": "", "method": method, "headers": []}
    routes = (route for route in app.routes if method == "GET" or not isinstance(route, Mount))
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
