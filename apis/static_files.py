"""Files that never depend on who asks: style sheets, scripts, libraries of others."""

import os
from typing import Any

from fastapi import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

CACHING = "public, max-age=300"
"""Without it browsers keep a file for a tenth of its age, beyond an update of the platform."""


class CachedFiles(StaticFiles):
    """The files of a folder, with an `ETag`; to be asked for anew after five minutes, and whole."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; nobody needs parts of files so small, and Starlette refuses wrong ones without a problem document."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    def file_response(self, full_path: str | os.PathLike[str], *args: Any, **kwargs: Any) -> Response:
        """As the base class, and how long it may be kept."""
        response = super().file_response(full_path, *args, **kwargs)
        response.headers["Cache-Control"] = CACHING
        if "accept-ranges" in response.headers:
            del response.headers["accept-ranges"]
        return response
