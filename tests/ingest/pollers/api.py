"""A foreign API in a test's hands: it answers what it is told, and keeps what it was asked."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    missing: int = 0
    """Bytes that are promised and do not come."""
    silent: bool = False
    """Whether the body never ends: a byte now and then."""


class ForeignApi:
    """The last answer of a path is repeated."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.asked: list[tuple[str, dict[str, str], float]] = []
        self.at_once = 0
        """Questions under way at one time, at most."""
        self.stopped = threading.Event()
        self._answers: dict[str, list[Answer]] = {}
        self._under_way = 0
        self._lock = threading.Lock()

    def answers(self, path: str, *answers: Answer) -> None:
        with self._lock:
            self._answers[path] = list(answers)

    def questions(self, path: str = "/") -> list[dict[str, str]]:
        return [headers for asked, headers, _ in self.asked if asked == path]

    @contextlib.contextmanager
    def taking(self, path: str, headers: dict[str, str]) -> Iterator[Answer]:
        with self._lock:
            self.asked.append((path, headers, time.monotonic()))
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
            left = self._answers.get(path, [Answer(status=404)])
            answer = left.pop(0) if len(left) > 1 else left[0]
        try:
            yield answer
        finally:
            with self._lock:
                self._under_way -= 1


@contextlib.contextmanager
def foreign_api() -> Iterator[ForeignApi]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with api.taking(self.path, dict(self.headers)) as answer, contextlib.suppress(OSError):
                self.answer(answer)

        def answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
            self.end_headers()
            self.wfile.write(answer.body)
            while answer.silent and not api.stopped.wait(0.05):
                self.wfile.write(b" ")
            if answer.missing:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    api = ForeignApi(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield api
    finally:
        api.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
