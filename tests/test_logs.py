"""What log lines say of frames, records and requests has the same names everywhere, and they are documented."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka.consumer.fetcher import ConsumerRecord
from structlog.testing import capture_logs
from structlog.typing import EventDict

from stadspuls.log import ObservationFrame, Topics
from stadspuls.logs import Seldom
from stadspuls.model import Message
from stadspuls.registry import load_registry
from stadspuls.settings import PREFIX, ROOT, load_settings
from store.sink_batch import Batch
from store.sink_gaps import GapCheck
from streams import decode as decoding
from tests.store.kafka_log import Broker, PublishedLog
from tests.test_imports import ALLOWED

LOGGERS = {"log", "_log", "get_logger()"}
LEVELS = {"debug", "info", "warn", "warning", "error", "exception", "critical"}
OF_PYTHON = {"exc_info"}
"""Becomes `exception`."""


def documented() -> set[str]:
    table = (ROOT / "docs" / "operate" / "logs.md").read_text()
    return {key for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for key in re.findall(r"`([a-z_]+)`", row)}


def keys_of(source: str) -> set[str]:
    """The keys that the log calls of a module name."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        keyword.arg
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and ast.unparse(call.func.value) in LOGGERS
        for keyword in call.keywords
        if keyword.arg is not None
    }


def every_key() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for folder in ALLOWED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for key in keys_of(path.read_text()):
                found.setdefault(key, []).append(str(path.relative_to(ROOT)))
    return found


def test_every_key_of_a_log_call_is_documented() -> None:
    used = every_key()
    assert len(used) > 30
    assert {key: where for key, where in used.items() if key not in documented() | OF_PYTHON} == {}


def test_a_planted_key_would_be_found() -> None:
    assert keys_of('get_logger().warning("x", shard=3)\n_log.info("y", ofset=2, **more)') == {"shard", "ofset"}
    assert not {"shard", "ofset"} & documented()


def unreadable(lines: list[EventDict]) -> None:
    batch = Batch(Topics(), GapCheck())
    batch.add(
        ConsumerRecord("stadspuls.observations", 2, 0, 41, 1_767_600_000_000, 0, None, b"no frame", [], None, 0, 8, 0)
    )
    assert lines[0]["topic"] == "stadspuls.observations"
    assert (lines[0]["partition"], lines[0]["offset"]) == (2, 41)


def gap(lines: list[EventDict]) -> None:
    check = GapCheck()
    check.stored(3, 11)
    assert check.missing(3, ObservationFrame(14, 0, 1, "r", [])) == 2
    said = {key: lines[0][key] for key in ("partition", "source_offset", "part", "expected_source_offset")}
    assert said == {"partition": 3, "source_offset": 14, "part": 0, "expected_source_offset": 12}


def broken_codec(lines: list[EventDict]) -> None:
    registry = load_registry(ROOT / "cities", ROOT / "themes")
    route = registry.route("gent/parking/P1")
    assert route is not None
    message = Message("gent/parking/P1", b"{}", 1_767_600_000_000_000)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    object.__setattr__(route, "read", fail)
    for _ in range(3):
        decoding.decode([message], registry, 2, 4)
    # One line of what comes with every message.
    (line,) = lines
    assert (line["mqtt_topic"], line["dataset"], line["sensor"]) == ("gent/parking/P1", "gent/parking", "P1")
    assert line["received_at"] == "2026-01-05T08:00:00Z"


@pytest.mark.parametrize("happening", [unreadable, gap, broken_codec], ids=lambda one: one.__name__)
def test_lines_name_what_they_speak_of_by_documented_keys(
    happening: Callable[[list[EventDict]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_failures", Seldom())
    with capture_logs() as lines:
        happening(lines)
    assert lines
    for line in lines:
        assert {key for key in line if key != "log_level"} <= documented() | OF_PYTHON


def test_a_line_that_comes_too_soon_is_held_back_and_counted() -> None:
    now = [0.0]
    seldom = Seldom(60, lambda: now[0])
    assert [seldom.passes("a"), seldom.passes("a"), seldom.passes("b"), seldom.passes("a")] == [0, None, 0, None]
    now[0] = 60
    assert [seldom.passes("a"), seldom.passes("a")] == [2, None]


def test_a_process_writes_json_that_names_its_records(tmp_path: Path) -> None:
    """A sink that meets a gap in the published log, and a record that is no frame."""
    broker = Broker()
    settings = load_settings(
        None, data_dir=tmp_path, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix()
    )
    log = PublishedLog(settings)
    log.publish([ObservationFrame(0, 0, 1, "r", []), ObservationFrame(3, 0, 1, "r", [])], 1)
    log.put(log.topics.observations, b"no frame", 1)
    log.flush()
    given = {"KAFKA_BOOTSTRAP": broker.address, "TOPIC_PREFIX": settings.topic_prefix, "DATA_DIR": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}{name}": value for name, value in (given | {"LOG_FORMAT": "json"}).items()}
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run", "sink"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as sink:
        try:
            log.until_committed(3, "source=3", 1)
            sink.terminate()
            _, said = sink.communicate(timeout=60)
        finally:
            sink.kill()
            log.close()
    lines = [json.loads(line) for line in said.splitlines()]
    assert [set(line) - documented() for line in lines] == [set()] * len(lines)
    assert {line["service"] for line in lines} == {"sink"}
    (missing,) = [line for line in lines if line["event"] == "frames missing in the published log"]
    assert (missing["partition"], missing["source_offset"], missing["expected_source_offset"]) == (1, 3, 1)
    (unread,) = [line for line in lines if line["event"] == "unreadable record"]
    assert (unread["topic"], unread["partition"], unread["offset"]) == (log.topics.observations, 1, 2)
