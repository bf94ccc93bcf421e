"""Where closed pages are kept, for how long, and what happens when the disk fails."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from apis.pages import closed
from apis.pages.closed import ClosedPages, Key
from stadspuls.clock import DAY, HOUR, now_us, rfc3339
from tests.apis.conftest import BASE, Api, until
from tests.apis.pages.cities import GENT, pages_registry
from tests.apis.pages.conftest import IMMUTABLE, T0, Log, page_of, tended

KEY = Key("gent/parking", T0, "trig")


def pages(tmp_path: Path) -> ClosedPages:
    return ClosedPages(tmp_path / "pages", BASE)


def test_what_was_written_first_stays(tmp_path: Path) -> None:
    one, other = pages(tmp_path), pages(tmp_path)
    first = one.keep(KEY, b"first")
    assert other.keep(KEY, b"second") == first == other.load(KEY)
    assert gzip.decompress(first.body) == b"first"


def test_nothing_half_written_is_ever_seen_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    kept = pages(tmp_path)
    for variant in ("trig", "html.nl"):
        kept.keep(KEY._replace(variant=variant), b"x")
    names = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert names == ["2026-01-05T06:00:00Z.html.nl.gz", "2026-01-05T06:00:00Z.trig.gz"]


def test_the_tag_is_the_same_for_everyone(tmp_path: Path) -> None:
    assert pages(tmp_path / "a").keep(KEY, b"x").tag == pages(tmp_path / "b").keep(KEY, b"x").tag
    assert pages(tmp_path).keep(KEY, b"x").tag != pages(tmp_path).keep(KEY._replace(start=T0 + 1), b"y").tag


def test_another_public_address_has_pages_of_its_own(tmp_path: Path) -> None:
    pages(tmp_path).keep(KEY, b"x")
    assert ClosedPages(tmp_path / "pages", "https://elsewhere.example").load(KEY) is None


def test_memory_is_bounded_and_disk_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed, "MEMORY_BYTES", 5_000)
    kept = pages(tmp_path)
    keys = [KEY._replace(start=T0 + n * HOUR) for n in range(20)]
    for key in keys:
        kept.keep(key, os.urandom(1_000))
    held = [key for key in keys if kept.in_memory(key)]
    assert held == keys[-len(held) :]
    assert 2 <= len(held) <= 5
    assert kept.load(keys[0]) is not None


def test_a_page_larger_than_the_memory_is_still_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed, "MEMORY_BYTES", 10)
    kept = pages(tmp_path)
    assert kept.keep(KEY, os.urandom(1_000)) == kept.in_memory(KEY)


def test_forgetting_goes_by_the_start_and_reaches_former_addresses(tmp_path: Path) -> None:
    kept, former = pages(tmp_path), ClosedPages(tmp_path / "pages", "http://before")
    starts = [T0, T0 + 2 * HOUR + 1, T0 + 3 * HOUR, T0 + 3 * HOUR + 5]
    for each in (kept, former):
        for start in starts:
            each.keep(KEY._replace(start=start), b"x")
            each.keep(KEY._replace(start=start, dataset="gent/air-quality"), b"x")
    kept.forget("gent/parking", T0 + 3 * HOUR)
    for start in starts[:2]:
        key = KEY._replace(start=start)
        assert kept.in_memory(key) is kept.load(key) is former.load(key) is None
    for start in starts[2:]:
        assert kept.load(KEY._replace(start=start)) is not None
    assert kept.load(KEY._replace(dataset="gent/air-quality")) is not None


def test_a_disk_that_takes_nothing_costs_time_and_no_answer(api: Api, log: Log) -> None:
    log.publish(log.one(T0))
    log.publish(log.one(T0 + 4 * HOUR))
    (api.settings.data_dir / "pages").write_text("in the way")
    answer = api.get(page_of("2026-01-05T06:00:00Z"))
    assert answer.headers["cache-control"] == IMMUTABLE
    assert api.get(page_of("2026-01-05T06:00:00Z")).content == answer.content


@pytest.fixture
def forgetful(tmp_path: Path, build_api: Callable[..., Api]) -> Api:
    """Two days of retention."""
    text = GENT.replace("    origin: replayed\n", "    origin: replayed\n    retention: P2D\n")
    return build_api(registry=pages_registry(tmp_path, gent=text))


def test_pages_past_their_retention_are_gone_wholly_also_from_disk(api: Api, log: Log, forgetful: Api) -> None:
    now = now_us()
    for ago in (4 * DAY, 2 * DAY + 4 * HOUR, DAY, 0):
        log.publish(log.one(now - ago))
    old = api.get(f"/gent/parking?time={rfc3339(now - 4 * DAY)}").headers["location"].removeprefix(BASE)
    kept = api.get(f"/gent/parking?time={rfc3339(now - DAY)}").headers["location"].removeprefix(BASE)
    assert api.get(old).status_code == api.get(kept).status_code == 200
    answer = forgetful.get(old)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-page")
    assert forgetful.get(f"/gent/parking?time={rfc3339(now - 3 * DAY)}").json()["code"] == "unknown-page"
    assert "hydra:next" in forgetful.get(kept).text
    name = old.partition("=")[2]
    assert list(api.settings.data_dir.rglob(f"{name}*"))
    tended(forgetful, lambda: until_gone(api.settings.data_dir, name))
    assert list(api.settings.data_dir.rglob(f"{kept.partition('=')[2]}*"))


def until_gone(folder: Path, name: str) -> None:
    assert until(lambda: not list(folder.rglob(f"{name}*")))
