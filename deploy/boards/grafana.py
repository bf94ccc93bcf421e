"""A running Grafana, through grafana-api; the only place that knows of that package.

What Grafana answers, with which status: https://grafana.com/docs/grafana/latest/developers/http_api/ (dashboard,
folder, annotations).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace
from requests import RequestException

from deploy.boards.board import Board, Folder
from stadspuls.errors import BoardsError
from stadspuls.settings import Settings

ANSWER_SECONDS = 20.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_OF_THE_SERVER = frozenset({"id", "version", "schemaVersion"})
"""Fields of a board that Grafana counts up or brings to its own state."""


class Grafana:
    """One Grafana, and the token with which it is spoken to."""

    def __init__(self, settings: Settings) -> None:
        url, token = urlsplit(settings.grafana_url), settings.grafana_token.get_secret_value()
        if not token:
            raise BoardsError(
                "STADSPULS_GRAFANA_TOKEN is not set: make a service account in Grafana, and a token for it"
            )
        self.name = f"Grafana at {url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"
        """What errors call it; an address may hold a password."""
        prefix = url.path.strip("/")
        self._face = GrafanaFace(
            auth=token,
            host=url.hostname,
            port=url.port,
            protocol=url.scheme,
            url_path_prefix=f"{prefix}/" if prefix else "",
            timeout=ANSWER_SECONDS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._face.api.s.close()

    def put_folder(self, folder: Folder) -> bool:
        """Make the folder, or call it as it is called now; whether something was to do."""
        with self._errors(f"the folder {folder.title}"):
            there = self._found(lambda: self._face.folder.get_folder(folder.uid))
            if there is None:
                self._face.folder.create_folder(folder.title, folder.uid)
            elif there["title"] != folder.title:
                self._face.folder.update_folder(folder.uid, folder.title, overwrite=True)
            else:
                return False
            return True

    def put_board(self, board: Board) -> bool:
        """Make the board, or bring it to what it is now; whether something was to do."""
        with self._errors(f"the board {board.uid}"):
            there = self._found(lambda: self._face.dashboard.get_dashboard(board.uid))
            if there is not None and _is(there, board):
                return False
            self._face.dashboard.update_dashboard(
                {
                    "dashboard": board.document,
                    "folderUid": board.folder.uid,
                    "overwrite": True,
                    "message": "stadspuls boards push",
                }
            )
            return True

    def put_mark(self, text: str, tags: list[str], at: int) -> bool:
        """Leave a mark on the time line (in µs) unless there is one with all these tags; whether there was none."""
        with self._errors("a mark"):
            if self._face.annotations.get_annotation(tags=tags, limit=1):
                return False
            self._face.annotations.add_annotation(time_from=at // 1000, tags=tags, text=text)
            return True

    def _found(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return ask()
        except GrafanaClientError as error:
            if error.status_code == _NOT_FOUND:
                return None
            raise

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except GrafanaException as error:
            raise BoardsError(self._told(error, what)) from error
        except ValueError as error:
            raise BoardsError(
                f"{self.name} does not answer as Grafana does: is STADSPULS_GRAFANA_URL right?"
            ) from error
        except RequestException as error:
            raise BoardsError(f"{self.name} does not answer ({type(error).__name__}): does it run?") from error

    def _told(self, error: GrafanaException, what: str) -> str:
        said = error.response.get("message") if isinstance(error.response, dict) else None
        if error.status_code == _UNAUTHORIZED:
            return f"{self.name} does not know the token: STADSPULS_GRAFANA_TOKEN is wrong, or was revoked"
        if error.status_code == _FORBIDDEN:
            return f"{self.name} does not let the token write {what}: its service account must be Editor ({said})"
        return f"{self.name} refuses {what} with {error.status_code}: {said or 'it does not say why'}"


def _is(there: dict[str, Any], board: Board) -> bool:
    ours = {name: value for name, value in board.document.items() if name not in _OF_THE_SERVER}
    return there["meta"].get("folderUid") == board.folder.uid and _says(there["dashboard"], ours)


def _says(there: object, ours: object) -> bool:
    """Whether everything of ours stands there; Grafana adds what we leave to it."""
    if isinstance(ours, dict):
        return isinstance(there, dict) and all(name in there and _says(there[name], ours[name]) for name in ours)
    if isinstance(ours, list):
        return isinstance(there, list) and len(there) == len(ours) and all(map(_says, there, ours))
    return there == ours
