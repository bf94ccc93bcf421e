"""Which bytes of a file a client asks for (RFC 9110, section 14), before Starlette's file response gives them."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from stadspuls.errors import RangeNotSatisfiable

MOST_RANGES = 16
"""More of them nobody needs who does not mean to keep a server busy: such a header is passed over (RFC 9110, 14.2)."""
_ONE = r"(\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGE = re.compile(rf"bytes *= *({_ONE}( *, *{_ONE})*)", re.ASCII)


def satisfiable(header: str, size: int) -> str | None:
    """The ranges of a header that a file of so many bytes has; None for one that is malformed or too much, so ignored.

    Raises:
        RangeNotSatisfiable: the file has none of them.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[1].count(",") >= MOST_RANGES:
        return None
    found = []
    for part in match[1].split(","):
        first, last = part.strip().split("-")
        if first and last and int(last) < int(first):
            return None
        if int(first) < size if first else int(last) > 0:
            found.append(f"{first}-{last}")
    if not found or not size:
        raise RangeNotSatisfiable(f"the file has {size} bytes", size)
    return f"bytes={','.join(found)}"


class RangedFile(FileResponse):
    """A file of which only the wanted bytes are sent, and nothing at all for HEAD.

    Starlette's own response answers malformed ranges with 400, and ranges of which some are impossible with 416; so it
    is only given what the file has.
    """

    def __init__(self, request_headers: Headers, asked: str, size: int, *arguments: Any, **named: Any) -> None:
        """Take the request's headers, the method that the client used, and the file's size.

        Raises:
            RangeNotSatisfiable: the file has nothing of what is asked for.
        """
        super().__init__(*arguments, **named)
        self._asked = asked
        self._range = self._wanted(request_headers, size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        headers = [(name, value) for name, value in scope["headers"] if name not in (b"range", b"if-range")]
        if self._range is not None:
            headers.append((b"range", self._range.encode()))
        await super().__call__({**scope, "method": self._asked, "headers": headers}, receive, send)

    def _wanted(self, headers: Headers, size: int) -> str | None:
        asked, condition = headers.get("range"), headers.get("if-range")
        if asked is None or (condition is not None and condition != self.headers["etag"]):
            return None
        return satisfiable(asked, size)
