"""`stadspuls rejected`: list, show, replay, against a store and an in-memory Kafka."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from cli.commands.rejected import app
from cli.instants import moment
from cli.rejections import as_json, described
from stadspuls.clock import DAY, HOUR, now_us, rfc3339
from stadspuls.log import partition_of
from stadspuls.model import Reason, Rejection
from stadspuls.settings import load_settings
from store.backends import open_writer
from tests.stadspuls.replaying.pipeline import PARTITIONS, Pipeline
from tests.store.kafka_log import Broker, until
from tests.streams.small_city import message, small_registry

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]

LONG_AGO = 10**15
IMPOSSIBLE = Rejection(
    Reason.IMPOSSIBLE, "-3 is below 0", "gent/parking/P1", b'{"vacantSpaces":-3}', LONG_AGO, LONG_AGO + 5, 0, 7, 0
)
UNREADABLE = Rejection(Reason.UNDECODABLE, "no JSON", "brugge/parking/P1", b"\xff{", LONG_AGO, LONG_AGO + DAY, 0, 7, 1)
HOSTILE = Rejection(
    Reason.UNREGISTERED,
    "no sensor '\x1b]0;mine\x07'",
    "gent/parking/\x1b[2J\u202e",
    'a\x1b[31mred\x9b0m\x7f\u202e"\n\u00e9\U000e0001'.encode(),
    LONG_AGO,
    LONG_AGO + 2 * DAY,
    0,
    8,
    0,
    "gent/parking",
    "\x1b[2J",
    "x\x1b[H",
)


def keep(folder: Path, *rejections: Rejection) -> None:
    writer = open_writer(load_settings(None, data_dir=folder))
    writer.write_rejected(rejections)
    writer.close()


def output(folder: Path, *arguments: str) -> str:
    """What the command says, in this process: quicker where there is much to ask."""
    answer = CliRunner().invoke(app, arguments, env={"STADSPULS_DATA_DIR": str(folder)})
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_without_a_word_more_it_says_what_there_is(stadspuls: Stadspuls) -> None:
    answer = stadspuls("rejected")
    assert all(f" {command} " in answer.stdout + answer.stderr for command in ("list", "show", "replay"))


def test_what_was_rejected_is_listed_newest_first_with_its_key(stadspuls: Stadspuls, tmp_path: Path) -> None:
    keep(tmp_path, IMPOSSIBLE, replace(UNREADABLE, replayed_at=LONG_AGO))
    lines = stadspuls("rejected", "list", data_dir=str(tmp_path)).stdout.splitlines()
    assert [line.split()[1:6] for line in lines[1:]] == [
        ["brugge", "undecodable", "brugge/parking/P1", UNREADABLE.key, rfc3339(LONG_AGO)],
        ["gent", "impossible", "gent/parking/P1", IMPOSSIBLE.key, "-"],
    ]
    assert "-3 is below 0" in lines[2]


def test_what_was_rejected_can_be_asked_by_all_that_it_has(tmp_path: Path) -> None:
    keep(tmp_path, replace(IMPOSSIBLE, dataset="gent/parking"), UNREADABLE)
    gent, brugge = "gent/parking/P1", "brugge/parking/P1"
    for flags, found in (
        (("--city", "gent"), [gent]),
        (("--dataset", "gent/parking"), [gent]),
        (("--reason", "undecodable"), [brugge]),
        (("--limit", "1"), [brugge]),
        (("--after", UNREADABLE.key), [gent]),
        (("--since", rfc3339(LONG_AGO + 6)), [brugge]),
        (("--until", rfc3339(LONG_AGO + 6)), [gent]),
        (("--since", "2001-09-10"), [brugge]),
        (("--since", "PT1H"), []),
    ):
        lines = output(tmp_path, "list", "--json", *flags).splitlines()
        assert [json.loads(line)["topic"] for line in lines] == found, flags


@pytest.mark.parametrize("flags", [("--reason", "ugly"), ("--since", "soon"), ("--until", "2026-13-01")])
def test_what_cannot_be_asked_is_refused(stadspuls: Stadspuls, tmp_path: Path, flags: tuple[str, str]) -> None:
    answer = stadspuls("rejected", "list", *flags, data_dir=str(tmp_path))
    assert answer.returncode == 2
    assert flags[1] in answer.stderr


def test_a_moment_may_be_so_long_ago() -> None:
    before = now_us()
    assert before <= moment("PT1H") + HOUR <= now_us()
    assert moment("1970-01-02") == DAY


def test_one_is_shown_with_its_payload_and_what_to_do(stadspuls: Stadspuls, tmp_path: Path) -> None:
    keep(tmp_path, IMPOSSIBLE, UNREADABLE)
    shown = stadspuls("rejected", "show", IMPOSSIBLE.key, data_dir=str(tmp_path)).stdout
    for part in (IMPOSSIBLE.key, '{"vacantSpaces":-3}', "-3 is below 0", "widen `possible`", rfc3339(LONG_AGO)):
        assert part in shown
    assert "ff 7b" in stadspuls("rejected", "show", UNREADABLE.key, data_dir=str(tmp_path)).stdout
    told = json.loads(stadspuls("rejected", "show", "--json", UNREADABLE.key, data_dir=str(tmp_path)).stdout)
    assert told["key"] == UNREADABLE.key
    none = stadspuls("rejected", "show", "7-nothing", data_dir=str(tmp_path))
    assert none.returncode == 1
    assert "nothing is kept back under '7-nothing'" in none.stderr


def test_nothing_that_a_stranger_wrote_reaches_the_terminal(tmp_path: Path) -> None:
    keep(tmp_path, HOSTILE)
    for arguments in (
        ("list",),
        ("list", "--json"),
        ("show", HOSTILE.key),
        ("show", "--json", HOSTILE.key),
        ("replay", "--dry-run", HOSTILE.key),
    ):
        lines = output(tmp_path, *arguments).split("\n")
        assert all(line.isprintable() for line in lines), arguments
    told = json.loads(as_json(HOSTILE))
    assert (told["topic"], told["payload"]) == (HOSTILE.topic, HOSTILE.payload.decode())
    assert [line for line in described(HOSTILE) if line.startswith("  ")] == [
        '  a\\x1b[31mred\\x9b0m\\x7f\\u202e"',
        "  \u00e9\\U000e0001",
    ]


def test_a_payload_that_is_no_text_is_told_byte_by_byte() -> None:
    told = json.loads(as_json(UNREADABLE))
    assert told["payload"] is None
    assert b64decode(told["payloadBase64"]) == b"\xff{"
    assert told["length"] == 2
    assert told["sha256"] == sha256(b"\xff{").hexdigest()


@pytest.mark.parametrize("arguments", [(), ("--again",), ("a-key", "--city", "gent")])
def test_a_replay_wants_either_keys_or_a_choice(
    stadspuls: Stadspuls, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    answer = stadspuls("rejected", "replay", *arguments, data_dir=str(tmp_path))
    assert answer.returncode == 2
    assert "name keys, or choose by" in answer.stderr


def test_a_dry_run_counts_and_sends_nothing(stadspuls: Stadspuls, tmp_path: Path) -> None:
    cut = replace(IMPOSSIBLE, reason=Reason.TOO_LARGE, length=70_000)
    done = replace(IMPOSSIBLE, received_at=5, replayed_at=9)
    keep(tmp_path, IMPOSSIBLE, UNREADABLE, cut, done)
    answer = stadspuls("rejected", "replay", "--city", "gent", "--dry-run", data_dir=str(tmp_path))
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [
        "Passed over: 1 replayed (replayed before).",
        "Passed over: 1 too-large (only the beginning of the payload is kept).",
        "1 messages would be sent.",
    ]
    again = stadspuls("rejected", "replay", "--city", "gent", "--dry-run", "--again", data_dir=str(tmp_path))
    assert again.stdout.splitlines()[-1] == "2 messages would be sent."


def test_without_a_platform_that_is_said(stadspuls: Stadspuls, tmp_path: Path) -> None:
    keep(tmp_path, IMPOSSIBLE)
    answer = stadspuls("rejected", "replay", IMPOSSIBLE.key, data_dir=str(tmp_path))
    assert answer.returncode == 1
    assert "No platform runs on" in answer.stderr


def test_a_replay_says_what_was_published_and_what_was_rejected_again(stadspuls: Stadspuls, tmp_path: Path) -> None:
    broker, received = Broker(), now_us()
    with Pipeline(broker, tmp_path, small_registry()) as pipeline:
        place = {"kafka_bootstrap": broker.address, "topic_prefix": pipeline.settings.topic_prefix}
        good = message("gent/parking/P1", f'{{"time": "{rfc3339(received)}", "vacantSpaces": 71}}', received)
        bad = message("gent/parking/P1", f'{{"time": "{rfc3339(received)}", "vacantSpaces": -71}}', received)
        # Before the sensor was registered, both were rejected.
        keep(
            tmp_path,
            *(
                Rejection(Reason.UNREGISTERED, "no sensor", m.topic, m.payload, m.received_at, received, 0, 0, index)
                for index, m in enumerate((good, bad))
            ),
        )
        answer = stadspuls("rejected", "replay", "--reason", "unregistered", data_dir=str(tmp_path), **place)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert answer.stdout.splitlines()[-2:] == [
            "2 of 2 messages replayed, 1 values published.",
            "Rejected again: 1 impossible, such as: vacantSpaces: -71 is outside 0 to 20000 1",
        ]
        assert {partition for partition, _ in pipeline.frames} == {partition_of("gent/parking", PARTITIONS)}
        until(lambda: sum(r.replayed_at is not None for r in pipeline.rejections()) == 2, "the marks")
        nothing = stadspuls("rejected", "replay", "--reason", "unregistered", data_dir=str(tmp_path), **place)
        assert nothing.stdout.splitlines() == ["Passed over: 2 replayed (replayed before).", "0 messages were sent."]


def test_a_replay_that_nobody_works_through_ends_and_says_so(stadspuls: Stadspuls, tmp_path: Path) -> None:
    broker = Broker()
    keep(tmp_path, IMPOSSIBLE)
    place = {"kafka_bootstrap": broker.address, "topic_prefix": broker.fresh_prefix()}
    answer = stadspuls("rejected", "replay", IMPOSSIBLE.key, "--wait", "1", data_dir=str(tmp_path), **place)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[0] == "0 of 1 messages replayed, 0 values published."
    assert answer.stdout.splitlines()[1].startswith("1 were sent and not stored within 1 s")
