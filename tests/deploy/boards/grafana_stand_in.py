"""A small server that answers as Grafana documents it, for what boards are pushed with.

Paths, bodies and statuses are those of https://grafana.com/docs/grafana/latest/developers/http_api/: `dashboard`
(POST /api/dashboards/db: 200, 400, 401, 403, 404 for a folder that is not there, 412 version-mismatch; GET
/api/dashboards/uid/:uid: 200, 404), `folder` (GET, POST and PUT /api/folders: 200, 404, 409, 412), `annotations` (GET
with every tag, POST: 200). It is no Grafana: it draws nothing and knows no schema.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glsa_right"
VIEWER = "glsa_viewer"

Answer = tuple[int, object]


class GrafanaStandIn:
    """What such a server has been given."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.folder_of: dict[str, str] = {}
        self.annotations: list[dict[str, Any]] = []
        self.writes = 0
        self.provisioned: set[str] = set()
        self.failing = False
        self.port = 0
        self.prefix = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, body: dict[str, Any], authorization: str) -> Answer:
        if self.failing:
            return 503, {"message": "Service Unavailable"}
        if authorization not in {f"Bearer {TOKEN}", f"Bearer {VIEWER}"}:
            return 401, {"message": "Invalid API key"}
        if method != "GET":
            self.writes += 1
            if authorization == f"Bearer {VIEWER}":
                return 403, {"message": "You'll need additional permissions to perform this action."}
        url = urlsplit(path)
        return self._routed(method, url.path.removeprefix(f"{self.prefix}/api/").split("/"), url.query, body)

    def _routed(self, method: str, parts: list[str], query: str, body: dict[str, Any]) -> Answer:
        found: Answer = 404, {"message": "Not found"}
        match method, parts:
            case "GET", ["folders", uid]:
                missing = 404, {"message": "folder not found", "status": "not-found"}
                found = (200, self.folders[uid]) if uid in self.folders else missing
            case "POST", ["folders"]:
                found = self._make_folder(body)
            case "PUT", ["folders", uid]:
                found = self._rename_folder(uid, body)
            case "GET", ["dashboards", "uid", uid]:
                found = self._board(uid)
            case "POST", ["dashboards", "db"]:
                found = self._save(body)
            case "GET", ["annotations"]:
                wanted = set(parse_qs(query).get("tags", []))
                found = 200, [one for one in self.annotations if wanted <= set(one["tags"])]
            case "POST", ["annotations"]:
                self.annotations.append(body | {"id": len(self.annotations) + 1})
                found = 200, {"message": "Annotation added", "id": len(self.annotations)}
        return found

    def _make_folder(self, body: dict[str, Any]) -> Answer:
        if not body.get("title"):
            return 400, {"message": "folder title cannot be empty"}
        if body["uid"] in self.folders:
            return 409, {"message": "a folder with the same uid already exists"}
        self.folders[body["uid"]] = {"id": len(self.folders) + 1, "version": 1, **body}
        return 200, self.folders[body["uid"]]

    def _rename_folder(self, uid: str, body: dict[str, Any]) -> Answer:
        if uid not in self.folders:
            return 404, {"message": "folder not found", "status": "not-found"}
        if not body.get("overwrite") and body.get("version") != self.folders[uid]["version"]:
            return 412, {"message": "the folder has been changed by someone else", "status": "version-mismatch"}
        self.folders[uid] |= {"title": body["title"], "version": self.folders[uid]["version"] + 1}
        return 200, self.folders[uid]

    def _board(self, uid: str) -> Answer:
        if uid not in self.boards:
            return 404, {"message": "Dashboard not found"}
        return 200, {"dashboard": self.boards[uid], "meta": {"folderUid": self.folder_of[uid], "type": "db"}}

    def _save(self, body: dict[str, Any]) -> Answer:
        board = body["dashboard"]
        uid, before = board.get("uid"), self.boards.get(board.get("uid"))
        if not board.get("title"):
            return 400, {"message": "Dashboard title cannot be empty"}
        if len(uid) > 40:
            return 400, {"message": "uid too long, max 40 characters"}
        if body["folderUid"] not in self.folders:
            return 404, {"message": "folder not found"}
        if uid in self.provisioned:
            return 400, {"message": "Cannot save provisioned dashboard"}
        if before and not body.get("overwrite") and board.get("version") != before["version"]:
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = before["version"] + 1 if before else 1
        # Grafana fills in what it was not given.
        self.boards[uid] = {"links": [], **board, "id": len(self.boards) + 1, "version": version, "weekStart": ""}
        self.folder_of[uid] = body["folderUid"]
        return 200, {"id": 1, "uid": uid, "url": f"/d/{uid}/x", "status": "success", "version": version, "slug": "x"}


@contextmanager
def grafana_stand_in() -> Iterator[GrafanaStandIn]:
    """Such a server on a free port, while the block runs."""
    stand_in = GrafanaStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
            status, document = stand_in.answer(self.command, self.path, body, self.headers.get("Authorization") or "")
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that the server looks for

        def log_message(self, *_: object) -> None:
            """Tests say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
