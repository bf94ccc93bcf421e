"""The calls to InfluxDB's API that a set-up makes."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from stadspuls.errors import StartError
from stadspuls.influx_call import influx_connection, influx_path, why_silent
from stadspuls.settings import Settings

_SECONDS = 10.0
_REFUSED = 400


@dataclass(frozen=True)
class InfluxCalls:
    """An InfluxDB, asked with one token; an empty one asks as nobody."""

    settings: Settings
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
            raise StartError(f"InfluxDB at {self.settings.influx_url}: {document.get('message', status)}")
        return document

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        connection = influx_connection(self.settings, _SECONDS)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        try:
            connection.request(method, influx_path(self.settings, path), body, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = why_silent(error, self.settings)
            raise StartError(f"InfluxDB at {self.settings.influx_url} does not answer: {why}") from error
        finally:
            connection.close()
        return answer.status, found if isinstance(found, dict) else {}
