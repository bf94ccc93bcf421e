"""What processes tell becomes one picture, and what is wrong in it is found."""

from collections.abc import Mapping
from contextlib import ExitStack

import pytest
import yaml

from apis.health.models import Health, Status
from cli.status import judging
from cli.status.addresses import Address, found_at
from cli.status.asking import look
from cli.status.painting import paint
from cli.status.picture import Picture
from deploy.servers.ports import free_port
from stadspuls.settings import ROOT
from tests.cli.status.processes import NOW, dataset, health, healthy_platform, process, telling_process

DAY = 86_400


def picture_of(*platforms: tuple[Mapping[str, float], Health | None]) -> Picture:
    with ExitStack() as stack:
        urls = [stack.enter_context(telling_process(*each)).url for each in platforms]
        return paint(look(found_at(urls)))


def wrong_with(changes: Mapping[str, float], **parts: tuple[Status, str]) -> list[str]:
    return picture_of((healthy_platform() | dict(changes), health(**parts))).wrong


def test_a_healthy_platform_has_nothing_wrong_and_everything_in_it() -> None:
    picture = picture_of((healthy_platform(), health()))
    assert picture.wrong == []
    assert [service.name for service in picture.services] == ["api", "archive", "bridge", "kafka", "sink", "streams"]
    assert {service.state for service in picture.services} == {"ready"}
    assert picture.services[0].up_seconds == 7200
    assert picture.lag_frames == {"streams": 2, "sink": 0}
    assert picture.rates.received == pytest.approx(10)
    assert [one.name for one in picture.datasets] == ["genk/parking", "gent/parking"]
    assert picture.datasets[0].per_minute == pytest.approx(5)
    assert picture.latency.p50_seconds == pytest.approx(0.1 * 50 / 90)
    assert (picture.store.state, picture.subscribers, picture.whole_life) == ("pass", {"sse": 3}, True)
    assert picture.disk is not None
    assert picture.disk.free_share == pytest.approx(0.6)


FAULTS = [
    (process("sink", worked=80), "sink has not been seen to work for 1 min"),
    (process("streams", up=90, worked=400), "streams was started 1 min ago and does not work yet"),
    (process("bridge", up=40, starts=4), "bridge was started again 40 s ago, 3 restarts so far"),
    ({"bridge_connected": 0}, "the bridge has no session at the MQTT broker"),
    ({"log_gap_frames_total": 2}, "2 frames are missing in the published log"),
    ({"spool_damaged_total": 1}, "1 pieces of a spool could not be read back"),
    ({'spool_blocked{spool="bridge"}': 1}, "the spool of the bridge takes nothing"),
    ({'spool_age_seconds{spool="bridge"}': 400}, "the oldest frame in the spool of the bridge has waited for 6 min"),
    ({"disk_free_bytes": 12 * 2**30}, "the disk of the data folder fills: 12% is free"),
    ({"disk_free_bytes": 2 * 2**30}, "the disk of the data folder is nearly full: 2% is free"),
    (dataset("gent/parking", age=4000), "gent/parking is stale: its newest value is 1 h old, one is due every 5 min"),
    ({'clock_ahead_seconds{dataset="gent/parking"}': 45}, "gent/parking: the clock of a sensor runs 45 s ahead"),
    (
        {'rejected_total{city="gent",reason="undecodable"}': 100},
        "14% of what gent sends is rejected: undecodable 100",
    ),
    (
        {'certificate_expiry_timestamp_seconds{file="server.pem"}': NOW + 3 * DAY + 60},
        "the certificate server.pem expires in 3 d",
    ),
    ({'key_expiry_timestamp_seconds{city="gent",key="k1"}': NOW - DAY}, "the API key gent k1 expired 1 d ago"),
]


@pytest.mark.parametrize(("changes", "told"), FAULTS, ids=[told for _, told in FAULTS])
def test_a_fault_is_found_and_it_alone(changes: Mapping[str, float], told: str) -> None:
    wrong = wrong_with(changes)
    assert len(wrong) == 1
    assert wrong[0].startswith(told)


NO_FAULTS = [
    process("sink", worked=20),
    process("streams", up=5, worked=400),
    process("streams", up=7000, starts=4),
    {'rejected_total{city="gent",reason="undecodable"}': 5},
    {'rejected_total{city="",reason="unregistered"}': 5000},
    {'certificate_expiry_timestamp_seconds{file="server.pem"}': NOW + 22 * DAY},
    {'key_expiry_timestamp_seconds{city="gent",key="old"}': NOW - 8 * DAY},
    {'key_expiry_timestamp_seconds{city="gent",key="revoked"}': float("nan")},
    {"store_failures_total": 3},
]


@pytest.mark.parametrize("changes", NO_FAULTS, ids=str)
def test_what_is_usual_or_past_is_not_wrong(changes: Mapping[str, float]) -> None:
    assert wrong_with(changes) == []


@pytest.mark.parametrize("part", ["log", "store", "streams", "sink"])
def test_what_the_api_finds_wrong_is_told_in_its_words(part: str) -> None:
    assert wrong_with({}, **{part: (Status.FAIL, f"{part} has stood still")}) == [f"{part} has stood still"]


def test_many_stale_datasets_are_counted_and_all_of_them_are_another_fault() -> None:
    names = [f"gent/theme-{number}" for number in range(6)]
    some = {key: value for name in names for key, value in dataset(name, age=2000).items()}
    assert wrong_with(some)[3:] == ["3 more datasets are stale"]
    (every,) = wrong_with(some | dataset("gent/parking", age=2000) | dataset("genk/parking", age=2000))
    assert every.startswith("every dataset is stale (8)")


def test_processes_that_answer_for_themselves_are_seen_as_one_platform() -> None:
    api = process("api") | dataset("gent/parking") | {'lag_frames{stage="sink"}': 3}
    bridge = process("bridge") | {"messages_received_total": 600, "disk_free_bytes": 50, "disk_size_bytes": 100}
    streams = process("streams") | {"messages_received_total": 0, "disk_free_bytes": 20, "disk_size_bytes": 100}
    picture = picture_of((api, health()), (bridge, None), (streams, None), (streams, None))
    assert [service.name for service in picture.services] == ["api", "bridge", "streams", "streams"]
    assert picture.wrong == []
    assert picture.rates.received == pytest.approx(5)
    assert picture.disk is not None
    assert picture.disk.free_bytes == 20


def test_one_that_does_not_answer_is_wrong_and_the_others_are_shown() -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    with telling_process(healthy_platform(), health()) as up:
        picture = paint(look(found_at([up.url, closed])))
    assert picture.wrong == [f"{closed} does not tell how it is: Connection refused"]
    assert len(picture.services) == 6


def test_rates_are_of_what_came_between_two_looks() -> None:
    with telling_process(healthy_platform(), health()) as told:
        before = look(found_at([told.url]))
        told.now += 10
        told.metrics["messages_received_total"] += 100
        told.metrics['publish_delay_seconds_bucket{le="+Inf"}'] += 10
        told.metrics["store_failures_total"] = 2
        picture = paint(look(found_at([told.url])), before)
    assert (picture.window_seconds, picture.whole_life) == (10, False)
    assert picture.rates.received == pytest.approx(600)
    assert picture.latency.p99_seconds == 0.25
    assert picture.wrong == ["the store has refused or not answered 2 batches in 10 s"]


def test_a_counter_that_began_anew_is_no_step_back() -> None:
    with telling_process(healthy_platform(), health()) as told:
        before = look(found_at([told.url]))
        told.now += 60
        told.metrics["messages_received_total"] = 7
        assert paint(look(found_at([told.url])), before).rates.received == pytest.approx(7)


def test_a_name_that_several_machines_have_is_asked_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = [(2, 1, 6, "", ("10.1.0.3", 0)), (2, 1, 6, "", ("10.1.0.2", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: machines)
    assert found_at(["http://streams:9464/"]) == [
        Address("http://10.1.0.2:9464", False, "10.1.0.2", 9464, "", "streams:9464"),
        Address("http://10.1.0.3:9464", False, "10.1.0.3", 9464, "", "streams:9464"),
    ]


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        ("StadspulsLag", judging.LAG_FRAMES),
        ("StadspulsSpoolGrowing", judging.SPOOL_SECONDS),
        ("StadspulsSensorClockAhead", judging.CLOCK_SECONDS),
        ("StadspulsDiskFilling", judging.DISK_FILLS),
        ("StadspulsDiskFull", judging.DISK_FULL),
        ("StadspulsCertificateExpires", f"{judging.CERTIFICATE_DAYS} * 86400"),
        ("StadspulsKeyExpires", f"{judging.KEY_DAYS} * 86400"),
        ("StadspulsKeyExpires", f"-{judging.KEY_GONE_DAYS} * 86400"),
        ("StadspulsRejectedShare", judging.REJECTED_SHARE),
        ("StadspulsRejectedShare", judging.REJECTED_LEAST),
    ],
)
def test_the_limits_are_those_of_the_rules(rule: str, limit: object) -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules/stadspuls.yml").read_text())["groups"][0]["rules"]
    (expression,) = [one["expr"] for one in rules if one["alert"] == rule]
    assert any(f"{sign} {limit}" in expression for sign in "<>")
