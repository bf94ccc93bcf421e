"""A stand-in for InfluxDB that answers as it is told, and a reading of line protocol."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from stadspuls.settings import Settings, load_settings

TOKEN = "t0p-secret"


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def problem(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, json.dumps({"code": "x", "message": message}).encode(), headers)


BUCKET = Answer(
    200,
    json.dumps({"buckets": [{"id": "1", "name": "b", "orgID": "2", "retentionRules": []}]}).encode(),
    (("Content-Type", "application/json"),),
)
WRITTEN = Answer(204)
EMPTY = Answer(200, b"\r\n")


def table(columns: str, *rows: str) -> Answer:
    lines = [f",result,table,{columns}", *(f",_result,0,{row}" for row in rows), "", ""]
    return Answer(200, "\r\n".join(lines).encode())


MARKED = table("_time,_value", "1970-01-01T00:00:00Z,1")


class StandIn(ThreadingHTTPServer):
    """Answers the next of `writes` or `asks`; the last of each goes on for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bucket = BUCKET
        self.writes: list[Answer] = [WRITTEN]
        self.asks: list[Answer] = [MARKED, EMPTY]
        self.written: list[str] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def settings(self, folder: Path) -> Settings:
        return load_settings(
            None, store="influx", influx_url=self.url, influx_bucket="b", influx_token=TOKEN, data_dir=folder
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn

    def do_GET(self) -> None:
        self._answer(self.server.bucket)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path.startswith("/api/v2/write"):
            self.server.written.append(body)
            self._answer(_next(self.server.writes))
        else:
            self.server.asked.append(json.loads(body)["query"])
            self._answer(_next(self.server.asks))

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


def _next(answers: list[Answer]) -> Answer:
    return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Point(NamedTuple):
    """A line of line protocol, read."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, str]
    time: int


_LINE = re.compile(r'(?P<key>(?:\\.|[^ \\])+) (?P<fields>(?:"(?:\\.|[^"\\])*"|[^ "])+) (?P<time>-?\d+)\n')
_PART = re.compile(r"(?:\\.|[^,\\])+")
_FIELD = re.compile(r'(?P<name>[^=,"]+)=(?P<value>"(?:\\.|[^"\\])*"|[^,"]+)')


def points(lines: str) -> list[Point]:
    """What line protocol says, by its rules; fails at anything else."""
    found, at = [], 0
    while at < len(lines):
        line = _LINE.match(lines, at)
        assert line, lines[at : at + 200]
        measurement, *tags = _PART.findall(line["key"])
        pairs = [re.split(r"(?<!\\)=", tag) for tag in tags]
        fields = {one["name"]: _unquoted(one["value"]) for one in _FIELD.finditer(line["fields"])}
        found.append(Point(measurement, {n: _unescaped(v) for n, v in pairs}, fields, int(line["time"])))
        at = line.end()
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\([ ,=])", r"\1", text)


def _unquoted(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text[1:-1]) if text.startswith('"') else text
