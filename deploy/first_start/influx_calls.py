"""The calls to InfluxDB's API that a set-up makes."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from stadspuls.errors import StartError

_SECONDS = 10.0
_REFUSED = 400


@dataclass(frozen=True)
class InfluxCalls:
    """An InfluxDB, asked with one token; an empty one asks as nobody."""

    url: str
    token: str = field(default="", repr=False)

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """What it says.

        Raises:
            StartError: when it does not answer, or will not.
        """
        return self._told("GET", f"{path}?{urlencode(parameters)}" if parameters else path)

    def lets_in(self, path: str, **parameters: str) -> bool:
        """Whether the token opens what can be asked there.

        Raises:
            StartError: when it does not answer.
        """
        status, _ = self._ask("GET", f"{path}?{urlencode(parameters)}" if parameters else path)
        return status < _REFUSED

    def post(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """Make something; what was made.

        Raises:
            StartError: as `get`.
        """
        return self._told("POST", path, json.dumps(document))

    def delete(self, path: str) -> None:
        """Take something away.

        Raises:
            StartError: as `get`.
        """
        self._told("DELETE", path)

    def _told(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        status, document = self._ask(method, path, body)
        if status >= _REFUSED:
            raise StartError(f"InfluxDB at {self.url}: {document.get('message', status)}")
        return document

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        url = urlsplit(self.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=_SECONDS)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        try:
            connection.request(method, url.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise StartError(f"InfluxDB at {self.url} does not answer: {error}") from error
        finally:
            connection.close()
        return answer.status, found if isinstance(found, dict) else {}
