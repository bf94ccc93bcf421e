"""A pilot's recording: JSON lines, as `mosquitto_sub` writes them, all of one city."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from cli.connecting.pilot import PilotMessage, read_pilot
from stadspuls.errors import RecordingError
from tests.deploy.brokers import running, until


def recording(folder: Path, *lines: object) -> Path:
    file = folder / "pilot.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return file


def test_payloads_are_text_base64_or_hexadecimal(tmp_path: Path) -> None:
    file = recording(
        tmp_path,
        {"topic": "gent/parking/P1", "payload": "é", "receivedAt": "2026-01-05T08:00:00Z"},
        "",
        {"topic": "gent/a/b", "payloadBase64": "AP8="},
        {"topic": "gent/a/b", "payloadHex": "00 ff", "qos": 1},
        {"topic": "gent/a/b", "payload": ""},
    )
    assert read_pilot(file, "gent") == [
        PilotMessage("gent/parking/P1", "é".encode()),
        PilotMessage("gent/a/b", b"\x00\xff"),
        PilotMessage("gent/a/b", b"\x00\xff"),
        PilotMessage("gent/a/b", b""),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Input data was truncated"),
        ("[]", "Expected `object`"),
        ({"payload": ""}, "missing required field `topic`"),
        ({"topic": "gent/a/b"}, "one of payload, payloadBase64 and payloadHex"),
        ({"topic": "gent/a/b", "payload": "", "payloadHex": ""}, "one of payload"),
        ({"topic": "gent/a/b", "payload": {"no2": 1}}, "Expected `str"),
        ({"topic": "gent/a/b", "payloadBase64": "A"}, "base64"),
        ({"topic": "gent/a/b", "payloadHex": "0x"}, "fromhex"),
        ({"topic": "brugge/a/b", "payload": ""}, "'brugge/a/b' is not below gent/"),
        ({"topic": "gent/+/b", "payload": ""}, "is no topic that can be sent to"),
        ({"topic": "gent/a\0", "payload": ""}, "is no topic that can be sent to"),
        ({"topic": "gent/\x1b", "payload": ""}, "is no topic that can be sent to"),
        ({"topic": "gent/a", "payload": "x" * 300_000}, "no broker here takes so large a message"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: object, why: str) -> None:
    file = recording(tmp_path, {"topic": "gent/a/b", "payload": "1"}, line)
    with pytest.raises(RecordingError, match=r"pilot\.jsonl:2: ") as caught:
        read_pilot(file, "gent")
    assert why in str(caught.value)


def test_an_empty_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no message"):
        read_pilot(recording(tmp_path, ""), "gent")


def test_mosquitto_sub_makes_a_recording(tmp_path: Path) -> None:
    program = shutil.which("mosquitto_sub")
    if program is None:
        pytest.skip("mosquitto_sub is not installed: install the package `mosquitto-clients` to run this test")
    with running("mosquitto", tmp_path) as broker:
        file = tmp_path / "pilot.jsonl"
        for form, payload in (
            ("%j", b'{"no2": 41.2, "x": "\xc3\xa9"}'),
            ('{"topic":"%t","payloadHex":"%x"}', b"\x00\xff"),
        ):
            client = Client(CallbackAPIVersion.VERSION2)
            client.connect("127.0.0.1", broker.port)
            client.loop_start()
            client.publish("gent/air-quality/S1", payload, qos=1, retain=True).wait_for_publish(30)
            client.disconnect()
            client.loop_stop()
            with file.open("wb") as output:
                recorder = subprocess.Popen(
                    [program, "-p", str(broker.port), "-t", "gent/#", "-F", form, "-C", "1"], stdout=output
                )
                until(lambda recorder=recorder: recorder.poll() is not None, "a recorded message")  # type: ignore[misc]
            assert read_pilot(file, "gent") == [PilotMessage("gent/air-quality/S1", payload)]
