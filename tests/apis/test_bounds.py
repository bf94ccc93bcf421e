"""What a hostile client may do to a real server process, over real sockets."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from stadspuls.http_connections import HEAD_BYTES
from tests.apis.serving import DEADLINE, api_process, asked, said

SHORT = 2.0
"""Seconds that the head of a request may take here, so that nobody waits for twenty."""
MOST = 20
PROXY = "127.0.0.1"
CITIZEN = "X-Forwarded-For: 192.0.2.7"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    folder = tmp_path_factory.mktemp("api")
    with api_process(folder, SHORT, HTTP_RATE="0.01", HTTP_CONNECTIONS=str(MOST)) as (port, process):
        yield port, process.pid


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower()
    assert b"nosniff" in head.lower()
    assert b"\nserver:" not in head.lower()
    found: dict[str, object] = json.loads(body)
    assert head.split()[1] == str(found["status"]).encode()
    return found


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (get("/gent/parking/latest?" + "x" * 9_000), "uri-too-long"),
        (get("/" + "x/" * 20_000), "uri-too-long"),
        (get("/gent/parking/latest", "X-Long: " + "x" * 40_000), "headers-too-large"),
        (get("/gent/parking/latest", *[f"X-{number}: y" for number in range(200)]), "headers-too-large"),
        (get("/gent/parking/latest?" + "&".join(f"p{n}=1" for n in range(900))), "invalid-parameter"),
        (get("/gent/parking/latest?site=" + ",".join(["P1"] * 500)), "invalid-parameter"),
        (b"what is this\r\n\r\n", "bad-request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, "bad-request"),
        (get("/gent/parking/latest", "Bad Header: 1"), "bad-request"),
        (get("/gent/parking/latest", "Content-Length: 5", "Transfer-Encoding: chunked"), "bad-request"),
    ],
)
def test_what_is_too_large_or_no_http_gets_a_problem(server: tuple[int, int], request_: bytes, code: str) -> None:
    assert problem(asked(server[0], request_))["code"] == code


def test_headers_without_end_are_cut_off(server: tuple[int, int]) -> None:
    port, pid = server
    before = psutil.Process(pid).memory_info().rss
    start = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Endless: "
    for _ in range(20):
        with socket.create_connection((PROXY, port), DEADLINE) as connection:
            connection.sendall(start)
            sent = 0
            try:
                while sent < 64 * HEAD_BYTES:
                    sent += connection.send(b"x" * 65_536)
            except (BrokenPipeError, ConnectionResetError):
                pass
            # The socket holds some of it; the server is far from the 16 MiB that it was sent.
            assert sent < 64 * HEAD_BYTES
    assert psutil.Process(pid).memory_info().rss < before + 64 * 1024 * 1024


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\n", b"GET / HT"])
def test_who_says_nothing_is_let_go(server: tuple[int, int], beginning: bytes) -> None:
    with socket.create_connection((PROXY, server[0]), DEADLINE) as connection:
        connection.sendall(beginning)
        assert said(connection) == b""


def test_who_says_it_byte_by_byte_is_let_go_too(server: tuple[int, int]) -> None:
    with socket.create_connection((PROXY, server[0]), DEADLINE) as connection:
        connection.settimeout(0.1)
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                connection.sendall(b"x")
                if connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
        raise AssertionError("the connection is still there")


def test_a_connection_that_asks_again_stays(server: tuple[int, int]) -> None:
    connection = HTTPConnection(PROXY, server[0], timeout=DEADLINE)
    connection.connect()
    socket_ = connection.sock
    # For longer than a head may take: what is bounded is one of them, not the connection.
    end = time.monotonic() + SHORT + 2
    while time.monotonic() < end:
        connection.request("GET", "/health/live")
        assert connection.getresponse().read()
        time.sleep(0.2)
    assert connection.sock is socket_
    connection.close()


def test_a_body_that_nobody_reads_ends_the_connection(server: tuple[int, int]) -> None:
    head = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
    answer = asked(server[0], head + b"x" * 4 * HEAD_BYTES)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 200")


def test_a_proxys_clients_are_counted_by_their_own_addresses(server: tuple[int, int]) -> None:
    # A purse of one point: 0.01 a second.
    first, second = (asked(server[0], get("/gent/parking/sites", CITIZEN)) for _ in range(2))
    assert first.startswith(b"HTTP/1.1 200")
    assert b'\r\nratelimit: "points";r=0;' in first
    assert problem(second)["code"] == "too-many-requests"
    assert b"\r\nretry-after: " in second
    other = get("/gent/parking/sites", "X-Forwarded-For: 192.0.2.8")
    assert asked(server[0], other).startswith(b"HTTP/1.1 200")
    # Whoever claims to be somebody else before a proxy is still whom the proxy names.
    claimed = get("/gent/parking/sites", "X-Forwarded-For: 198.51.100.1, 192.0.2.7")
    assert problem(asked(server[0], claimed))["code"] == "too-many-requests"
    assert asked(server[0], get("/gent/parking/sites")).startswith(b"HTTP/1.1 200")


def test_a_websocket_is_a_question_too(server: tuple[int, int]) -> None:
    handshake = get(
        "/ws",
        "X-Forwarded-For: 192.0.2.9",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ).replace(b"Connection: close", b"Connection: Upgrade")
    assert asked(server[0], get("/gent/parking/sites", "X-Forwarded-For: 192.0.2.9")).startswith(b"HTTP/1.1 200")
    with socket.create_connection((PROXY, server[0]), DEADLINE) as connection:
        connection.sendall(handshake)
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 429")
    assert b"access-control-allow-origin" in answer.lower()


@pytest.fixture
def outside() -> str:
    """An address of this machine that is not its own loopback."""
    found = [each.address for some in psutil.net_if_addrs().values() for each in some if each.family == socket.AF_INET]
    others = [address for address in found if not address.startswith("127.")]
    if not others:
        pytest.skip("this machine has no address but its own")
    return others[0]


def test_an_address_has_so_many_connections_and_nobody_is_whom_he_claims(outside: str, tmp_path: Path) -> None:
    with api_process(tmp_path, HTTP_HOST=outside, HTTP_CONNECTIONS="3", HTTP_RATE="0.01", HTTP_PROXIES="192.0.2.1") as (
        port,
        _,
    ):
        answers = []
        for number in range(2):
            answers.append(asked(port, get("/gent/parking/sites", f"X-Forwarded-For: 198.51.100.{number}"), outside))
        assert answers[0].startswith(b"HTTP/1.1 200")
        assert outside in str(problem(answers[1])["detail"])
        held = [socket.create_connection((outside, port), DEADLINE) for _ in range(3)]
        _until(lambda: b" 429 " in asked(port, get("/health/live"), outside)[:40])
        for connection in held:
            connection.close()
        _until(lambda: b" 200 " in asked(port, get("/health/live"), outside)[:40])


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
