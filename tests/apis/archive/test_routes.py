"""`/{city}/{theme}/archive/`: lists, files, ranges of bytes, and who may see what."""

import base64
import hashlib
import re
from collections.abc import Callable

import msgspec
import pytest

from apis.archive.models import ArchiveDocument
from apis.archive.shelf import Shelf
from stadspuls.clock import DAY, MINUTE, rfc3339
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.apis.archive.conftest import LONG_AFTER, MIDNIGHT, NOON, PARKING, Log, archive
from tests.apis.conftest import BASE, Api

LIST = f"/{PARKING}/archive/"
FILE = f"{LIST}2026-01-05.parquet"
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def archived(settings: Settings, registry: Registry, log: Log, api: Api) -> Api:
    """A day of some rows, another one, and a correction."""
    log.observe(*(MIDNIGHT + number * 6 * MINUTE for number in range(240)))
    log.observe(NOON + DAY, LONG_AFTER)
    log.observe(NOON + 1)
    log.observe(LONG_AFTER + DAY)
    archive(settings, registry)
    return api


def test_the_list_tells_of_every_file(archived: Api) -> None:
    answer = archived.get(LIST)
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    msgspec.convert(document, ArchiveDocument)
    assert document["dataset"] == PARKING
    assert document["timeZone"] == "Europe/Brussels"
    assert document["origin"] == "replayed"
    assert [(e["day"], e["revision"], e["rows"]) for e in document["entries"]] == [
        ("2026-01-05", 0, 240),
        ("2026-01-05", 1, 1),
        ("2026-01-06", 0, 1),
    ]
    first, correction, _ = document["entries"]
    assert first["firstObservedAt"] == rfc3339(MIDNIGHT)
    assert first["lastObservedAt"] == rfc3339(MIDNIGHT + DAY - 6 * MINUTE)
    assert first["lastPublishedAt"] < correction["lastPublishedAt"]
    for entry in document["entries"]:
        assert [file["mediaType"] for file in entry["files"]] == ["application/vnd.apache.parquet", "application/gzip"]
        for file in entry["files"]:
            body = archived.get(file["url"]).content
            assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert correction["files"][1]["url"] == f"{BASE}{LIST}2026-01-05.correction-1.csv.gz"


def test_the_list_for_a_browser_links_every_file(archived: Api) -> None:
    answer = archived.get(LIST, accept="text/html", accept_language="en")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "en"
    chosen = archived.get(f"{LIST}?lang=fr", accept="text/html", accept_language="en")
    assert chosen.headers["content-language"] == "fr"
    assert 'href="../../../?lang=fr"' in chosen.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "&lt;script&gt;" not in answer.text
    assert "<script" not in answer.text
    links = re.findall(r'href="(2026[^"]*)"', answer.text)
    assert len(links) == 6
    assert links[0] == "2026-01-06.parquet"
    for name in links:
        assert archived.get(LIST + name).status_code == 200
    for language, word in (("nl-BE", "Archief"), ("fr", "Archives"), ("ja", "Archief")):
        assert word in archived.get(f"{LIST}?format=html", accept_language=language).text


def test_a_list_that_did_not_change_is_not_sent_again(archived: Api) -> None:
    tag = archived.get(LIST).headers["etag"]
    assert archived.get(LIST, if_none_match=tag).status_code == 304
    assert archived.get(LIST, accept="text/html", if_none_match=tag).status_code == 200


def test_an_empty_archive_is_an_empty_list(api: Api) -> None:
    assert api.get(LIST).json()["entries"] == []
    assert "48" in api.get(LIST, accept="text/html").text


def test_a_file_may_be_kept_for_ever(archived: Api) -> None:
    answer = archived.get(FILE)
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]
    assert answer.headers["content-disposition"] == 'attachment; filename="gent-parking-2026-01-05.parquet"'
    assert answer.headers["link"] == '<https://data.stad.gent/algemene-licentie>; rel="license"'
    digest = hashlib.sha256(answer.content).digest()
    assert answer.headers["etag"] == f'"{digest.hex()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"


@pytest.mark.parametrize("kind", ["parquet", "csv.gz"])
def test_a_file_is_never_compressed_on_the_way(archived: Api, kind: str) -> None:
    answer = archived.get(f"{LIST}2026-01-05.{kind}", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content) > 1024
    part = archived.get(f"{LIST}2026-01-05.{kind}", accept_encoding="gzip", range="bytes=0-")
    assert part.content == answer.content
    assert "content-encoding" not in part.headers


def test_head_tells_the_length_and_reads_nothing(archived: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = archived.get(FILE)
    monkeypatch.setattr("apis.archive.ranges.RangedFile._open_file", None)
    answer = archived.ask("HEAD", FILE)
    assert answer.status_code == 200
    assert answer.content == b""
    for name in ("content-length", "etag", "accept-ranges"):
        assert answer.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-3", 0, 4),
        ("bytes=4-4", 4, 5),
        ("bytes=10-", 10, None),
        ("bytes=-8", -8, None),
        ("bytes=0-999999", 0, None),
        ("bytes=-999999", 0, None),
        ("bytes=2-5,999999-", 2, 6),
    ],
)
def test_a_range_gives_those_bytes(archived: Api, asked: str, start: int, end: int | None) -> None:
    whole = archived.get(FILE).content
    part = archived.get(FILE, range=asked)
    assert part.status_code == 206
    assert part.content == whole[start:end]
    first = start % len(whole)
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"
    assert part.headers["etag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    assert part.headers["cache-control"] == IMMUTABLE


def test_several_ranges_come_as_parts(archived: Api) -> None:
    whole = archived.get(FILE).content
    answer = archived.get(FILE, range="bytes=0-3,-4")
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert answer.content.count(whole[:4]) == answer.content.count(b"PAR1") == 2


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0", "bytes=999999-1000000,888888-"])
def test_a_range_behind_the_end_is_a_problem(archived: Api, asked: str) -> None:
    size = len(archived.get(FILE).content)
    answer = archived.get(FILE, range=asked)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "range-not-satisfiable"
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-2",
        "lines=1-2",
        "bytes=",
        "bytes=a-b",
        "bytes",
        "bytes=-",
        "bytes=1--2",
        f"bytes={'9' * 5000}-",
        f"bytes={','.join(['0-0'] * 17)}",
    ],
)
def test_a_malformed_range_is_as_none_at_all(archived: Api, asked: str) -> None:
    answer = archived.get(FILE, range=asked)
    assert answer.status_code == 200
    assert answer.content == archived.get(FILE).content


def test_conditions(archived: Api) -> None:
    whole = archived.get(FILE)
    tag = whole.headers["etag"]
    assert archived.get(FILE, if_none_match=tag).status_code == 304
    assert archived.get(FILE, if_none_match=tag).content == b""
    assert archived.get(FILE, if_none_match=tag, range="bytes=0-3").status_code == 304
    assert archived.get(FILE, if_none_match='"other"').status_code == 200
    assert archived.get(FILE, if_range=tag, range="bytes=0-3").status_code == 206
    for other in ('"other"', f"W/{tag}", "Tue, 24 Nov 2026 10:00:00 GMT"):
        answer = archived.get(FILE, if_range=other, range="bytes=0-3")
        assert (answer.status_code, answer.content) == (200, whole.content)
    assert archived.get(FILE, if_range='"other"', range="bytes=999999-").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "2026-01-07.parquet",
        "2026-01-05.correction-2.parquet",
        "2026-01-05.correction-0.parquet",
        f"2026-01-05.correction-{'1' * 300}.parquet",
        "2026-01-05.json",
        "2026-01-05",
        "progress.json",
        "..%2Fparking%2F2026-01-05.parquet",
        "%2e%2e",
        "\u0662\u0660\u0662\u0666-01-05.parquet",
    ],
)
def test_what_is_no_file_of_the_archive_is_not_found(archived: Api, name: str) -> None:
    answer = archived.get(LIST + name)
    assert answer.status_code == 404
    assert answer.json()["code"] in {"unknown-day", "unknown-path"}


def test_what_retention_took_away_is_gone(archived: Api, settings: Settings) -> None:
    for kind in ("parquet", "csv.gz"):
        (Shelf(settings).folder(PARKING) / f"2026-01-05.{kind}").unlink()
    answer = archived.get(FILE)
    assert answer.status_code == 410
    assert answer.json()["code"] == "gone"
    assert [(e["day"], e["revision"]) for e in archived.get(LIST).json()["entries"]] == [
        ("2026-01-05", 1),
        ("2026-01-06", 0),
    ]


@pytest.mark.parametrize("path", ["", "2026-01-05.parquet"])
def test_only_what_is_public_is_served(archived: Api, path: str) -> None:
    assert archived.get(f"/aalst/parking/archive/{path}").json()["code"] == "unknown-dataset"
    assert archived.get(f"/aalst/air-quality/archive/{path}").json()["code"] == "only-aggregates"
    assert archived.get(f"/atlantis/parking/archive/{path}").json()["code"] == "unknown-city"


def test_an_unknown_parameter_is_refused(archived: Api) -> None:
    assert archived.get(f"{LIST}?day=2026-01-05").status_code == 400
    assert archived.get(f"{LIST}?format=csv").status_code == 406


def test_every_process_that_shares_the_folder_gives_the_same_answer(
    archived: Api, build_api: Callable[..., Api]
) -> None:
    other = build_api()
    for path in (LIST, FILE):
        first, second = archived.get(path), other.get(path)
        assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
