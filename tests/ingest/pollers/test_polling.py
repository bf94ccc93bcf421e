"""What comes of each kind of answer, from the question to what `streams` makes of it."""

import asyncio
import copy
import json
import random
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingest.pollers import fetching
from ingest.pollers.fetching import Fetcher, Outcome, open_session, user_agent
from ingest.pollers.source import PolledMessage, PolledSource
from stadspuls import __version__
from stadspuls.metrics import POLL_GOOD, POLLS
from stadspuls.registry import Registry
from tests.ingest.pollers.api import Answer, ForeignApi, foreign_api
from tests.ingest.pollers.recorded import CAR_PARKS, COMMUNITY, INFORMATION, STATUS, TIMESERIES, WFS, feature
from tests.ingest.pollers.sources import EXAMPLES, registry_of, told

AGENT = user_agent("https://data.example", "ops@data.example")
PATH = "/api/explore/v2.1/catalog/datasets/bezetting-parkeergarages-real-time/records?limit=100"


@pytest.fixture
def api() -> Iterator[ForeignApi]:
    with foreign_api() as running:
        yield running


def answer(document: object, **headers: str) -> Answer:
    return Answer(json.dumps(document).encode(), headers={name.replace("_", "-"): v for name, v in headers.items()})


def polled(registry: Registry, name: str) -> PolledSource:
    city = registry.cities["gent"]
    (source,) = [source for source in city.sources if source.id == name]
    assert source.poll is not None
    return PolledSource(city, source, source.poll, random.Random(1))  # noqa: S311 - the same pauses in every run


def ask(source: PolledSource, times: int = 1, answer_seconds: float = 30.0) -> list[PolledMessage]:
    """What so many polls give, together."""

    async def go() -> list[PolledMessage]:
        async with open_session(AGENT, answer_seconds) as session:
            return [message for _ in range(times) for message in (await source.ask(session))[0]]

    return asyncio.run(go())


def polls(outcome: Outcome, name: str = "gent/car-parks") -> float:
    return float(POLLS.labels(name, outcome.value)._value.get())


def path_of(name: str, field: str = "url") -> str:
    return "/" + str(EXAMPLES[name]["poll"][field]).removeprefix("https://").partition("/")[2]


@pytest.mark.parametrize(
    ("name", "document", "given"),
    [
        ("car-parks", CAR_PARKS, ["P1 vacantSpaces 112.0", "P2 vacantSpaces 0.0"]),
        ("irceline-no2", WFS, ["R701 no2 28.0", "R701 no2 31.5"]),
        ("irceline-pm10", TIMESERIES, ["R701 pm10 19.5"]),
        ("community", COMMUNITY, ["C71234 pm10 66.04", "C71234 pm25 53.32"]),
        ("bikes", STATUS, ["B14 availableBikes 4.0", "B14 vacantDocks 11.0"]),
    ],
)
def test_an_answer_of_each_api_gives_readings(
    name: str, document: object, given: list[str], api: ForeignApi, tmp_path: Path
) -> None:
    registry = registry_of(tmp_path, name, url=api.url)
    api.answers(path_of(name), answer(document))
    assert told(ask(polled(registry, name)), registry) == given


def test_every_example_of_the_page_can_stand_beside_the_others(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, *EXAMPLES)
    assert len(registry.cities["gent"].sources) == len(EXAMPLES) == 5
    assert registry.has_polls


def test_a_question_says_who_asks_and_where_to_reach_them(api: ForeignApi, tmp_path: Path) -> None:
    api.answers(PATH, answer(CAR_PARKS))
    ask(polled(registry_of(tmp_path, "car-parks", url=api.url), "car-parks"))
    (headers,) = api.questions(PATH)
    assert headers["User-Agent"] == f"Stadspuls/{__version__} (+https://data.example; ops@data.example)"
    assert headers["Accept"] == "application/json"


def test_a_record_goes_on_once_for_each_time(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    later = copy.deepcopy(CAR_PARKS)
    later["results"][1] |= {"lastupdate": "2026-01-05T09:05:21+01:00", "availablecapacity": 7}
    api.answers(PATH, answer(CAR_PARKS), answer(CAR_PARKS), answer(later))
    source = polled(registry, "car-parks")
    assert told(ask(source, 2), registry) == ["P1 vacantSpaces 112.0", "P2 vacantSpaces 0.0"]
    assert told(ask(source), registry) == ["P2 vacantSpaces 7.0"]


def test_hours_that_an_answer_repeats_go_on_once_and_a_correction_of_time_brings_what_was_missing(
    api: ForeignApi, tmp_path: Path
) -> None:
    registry = registry_of(tmp_path, "irceline-no2", url=api.url)
    later = {"features": [*WFS["features"], feature("BETR701", "2026-01-05T09:00:00Z", 40)]}
    api.answers(path_of("irceline-no2"), answer(WFS), answer(later))
    assert told(ask(polled(registry, "irceline-no2"), 2), registry)[2:] == ["R701 no2 40.0"]


def test_only_what_is_newer_is_asked_for(api: ForeignApi, tmp_path: Path) -> None:
    changed = "Mon, 05 Jan 2026 08:00:20 GMT"
    api.answers(PATH, answer(CAR_PARKS, ETag='"1"', Last_Modified=changed), Answer(status=304))
    source = polled(registry_of(tmp_path, "car-parks", url=api.url), "car-parks")
    before, new = polls(Outcome.UNCHANGED), polls(Outcome.NEW)
    assert len(ask(source, 3)) == 2
    first, second, third = api.questions(PATH)
    assert not {"If-None-Match", "If-Modified-Since"} & set(first)
    for headers in (second, third):
        assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', changed)
    assert (polls(Outcome.UNCHANGED) - before, polls(Outcome.NEW) - new) == (2, 1)
    assert POLL_GOOD.labels("gent/car-parks")._value.get() > time.time() - 60


BAD = [
    (Answer(status=429, headers={"Retry-After": "120"}), Outcome.LIMITED),
    (Answer(status=429), Outcome.LIMITED),
    (Answer(status=503, headers={"Retry-After": "120"}), Outcome.LIMITED),
    (Answer(status=503), Outcome.FAILED),
    (Answer(status=500), Outcome.FAILED),
    (Answer(status=404), Outcome.REFUSED),
    (Answer(json.dumps(CAR_PARKS).encode(), missing=10), Outcome.TRUNCATED),
    (Answer(b'{"results": [{"name": "Reep", "lastup'), Outcome.CHANGED),
    (Answer(b"<html>Onderhoud</html>", content_type="text/html"), Outcome.WRONG_TYPE),
    (Answer(b"<ows:ExceptionReport/>", content_type="application/xml"), Outcome.WRONG_TYPE),
    (Answer(b'{"records": []}'), Outcome.CHANGED),
    (Answer(b'{"results": []}'), Outcome.EMPTY),
    (Answer(b'{"results": [{"name": "Elders", "lastupdate": "2026-01-05T09:00:21+01:00"}]}'), Outcome.EMPTY),
    (Answer(b'{"results": [{"naam": "Reep", "availablecapacity": 3}]}'), Outcome.CHANGED),
    (Answer(b"[" * 100_000), Outcome.CHANGED),
    (Answer(b'"\xff"'), Outcome.CHANGED),
    (Answer(status=302, headers={"Location": PATH}), Outcome.FAILED),
]


@pytest.mark.parametrize(("bad", "outcome"), BAD, ids=lambda value: str(getattr(value, "status", value)))
def test_a_bad_answer_is_counted_told_once_and_asked_for_more_seldom(
    bad: Answer, outcome: Outcome, api: ForeignApi, tmp_path: Path
) -> None:
    api.answers(PATH, bad)
    source = polled(registry_of(tmp_path, "car-parks", url=api.url), "car-parks")
    before = polls(outcome)
    with capture_logs() as lines:
        first = ask(source)
        pause = source.due - time.monotonic()
        assert ask(source) == []
    assert polls(outcome) - before == 2
    assert [(line["log_level"], line["outcome"]) for line in lines] == [("warning", outcome.value)]
    assert len(first) == (outcome is Outcome.CHANGED)
    assert pause > 50
    if "Retry-After" in bad.headers:
        assert pause > 110


def test_pauses_grow_while_an_api_fails_and_end_with_a_good_answer(api: ForeignApi, tmp_path: Path) -> None:
    api.answers(PATH, *[Answer(status=500)] * 9, answer(CAR_PARKS))
    source = polled(registry_of(tmp_path, "car-parks", url=api.url), "car-parks")
    pauses = []
    for _ in range(10):
        ask(source)
        pauses.append(source.due - time.monotonic())
    assert max(pauses[:-1]) > 1700
    assert max(pauses) <= 3600
    assert 50 < pauses[-1] < 70


def test_a_slow_answer_is_given_up(api: ForeignApi, tmp_path: Path) -> None:
    api.answers(PATH, Answer(b"{", missing=10_000_000, silent=True))
    source = polled(registry_of(tmp_path, "car-parks", url=api.url), "car-parks")
    before = polls(Outcome.SLOW)
    assert ask(source, answer_seconds=0.5) == []
    assert polls(Outcome.SLOW) - before == 1


def test_nobody_there(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "car-parks", url="http://127.0.0.1:9")
    before = polls(Outcome.FAILED)
    assert ask(polled(registry, "car-parks")) == []
    assert polls(Outcome.FAILED) - before == 1


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_answer_is_not_read_to_its_end(packed: bool, api: ForeignApi) -> None:
    import gzip  # noqa: PLC0415

    body = b'{"results": ["' + b"x" * 50_000_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    api.answers("/", Answer(gzip.compress(body) if packed else body, headers=headers))

    async def go() -> fetching.Fetched:
        async with open_session(AGENT) as session:
            return await Fetcher(f"{api.url}/").fetch(session)

    fetched = asyncio.run(go())
    assert (fetched.outcome, fetched.body) == (Outcome.TOO_LARGE, b"")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("availablecapacity", "vrij", "undecodable: no expression of `values` finds anything in the message"),
        ("lastupdate", "bijgewerkt", "undecodable: `time` finds nothing"),
    ],
)
def test_a_renamed_field_is_rejected_with_a_reason_and_again_only_when_something_changes(
    old: str, new: str, reason: str, api: ForeignApi, tmp_path: Path
) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    api.answers(PATH, Answer(json.dumps(CAR_PARKS).replace(old, new).encode()))
    assert told(ask(polled(registry, "car-parks"), 2), registry) == [reason, reason]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("results", "records", "gent/parking has no sensor '(the answer has no records at results)'"),
        ("name", "naam", "gent/parking has no sensor '(no record has a device at name)'"),
    ],
)
def test_an_answer_without_records_or_devices_is_kept_once_with_its_reason(
    old: str, new: str, reason: str, api: ForeignApi, tmp_path: Path
) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    body = json.dumps(CAR_PARKS).replace(f'"{old}"', f'"{new}"').encode()
    api.answers(PATH, Answer(body), Answer(body), answer(CAR_PARKS))
    source = polled(registry, "car-parks")
    messages = ask(source, 2)
    assert told(messages, registry) == [f"unregistered: {reason}"]
    assert messages[0].payload == body
    assert len(ask(source)) == 2


def test_what_is_renamed_in_gbfs_is_rejected(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "bikes", url=api.url)
    path = path_of("bikes")
    api.answers(path, Answer(json.dumps(STATUS).replace("num_vehicles_available", "vehicles").encode()))
    (reason,) = told(ask(polled(registry, "bikes")), registry)
    assert reason.startswith("undecodable: the station has neither num_vehicles_available")


def test_what_is_known_of_a_station_goes_with_its_status(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "bikes", url=api.url)
    api.answers(path_of("bikes"), answer(STATUS))
    api.answers(path_of("bikes", "information"), answer(INFORMATION))
    messages = ask(polled(registry, "bikes"), 2)
    assert [json.loads(message.payload)["information"]["capacity"] for message in messages] == [15]
    assert messages[0].topic == "gent/poll/bikes/station%2F14"
    assert told(messages, registry) == ["B14 availableBikes 4.0", "B14 vacantDocks 11.0"]
    assert len(api.questions(path_of("bikes", "information"))) == 1


def test_a_host_that_asks_for_peace_is_not_asked_for_the_status_either(api: ForeignApi, tmp_path: Path) -> None:
    api.answers(path_of("bikes"), answer(STATUS))
    api.answers(path_of("bikes", "information"), Answer(status=429, headers={"Retry-After": "300"}))
    source = polled(registry_of(tmp_path, "bikes", url=api.url), "bikes")
    assert ask(source) == []
    assert api.questions(path_of("bikes")) == []
    assert source.due > time.monotonic() + 200


def test_without_listed_devices_everything_goes_on(api: ForeignApi, tmp_path: Path) -> None:
    from tests.ingest.pollers import sources  # noqa: PLC0415

    everything: dict[str, Any] = {k: v for k, v in sources.EXAMPLES["car-parks"].items() if k != "devices"}
    sources.EXAMPLES["everything"] = everything | {"id": "everything"}
    try:
        registry = registry_of(tmp_path, "everything", url=api.url)
    finally:
        del sources.EXAMPLES["everything"]
    api.answers(PATH, answer(CAR_PARKS))
    assert [message.topic for message in ask(polled(registry, "everything"))] == [
        f"gent/poll/car-parks/{name}" for name in ("Vrijdagmarkt", "Reep", "Elders")
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("99999999999", 86400), (formatdate(0, usegmt=True), 0)],
)
def test_retry_after(written: str, seconds: float) -> None:
    assert fetching._seconds(written) == seconds


def test_retry_after_may_be_a_date() -> None:
    assert 500 < fetching._seconds(formatdate(time.time() + 600, usegmt=True)) <= 600
