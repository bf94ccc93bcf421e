"""A city's own public broker, configured as `docs/operate.md` says but for certificates, addresses and paths."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apis.mqtt.examples import TOPIC
from deploy.embedded.mqtt import find_mosquitto, search_path
from deploy.servers.ports import free_port
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.apis.kafka import running_kafka
from tests.apis.mqtt.stage import SECONDS, Client, Stage, staged
from tests.deploy.brokers import answers, until

PASSWORD = "geheim"
ACCOUNT = "stadspuls"


@pytest.fixture
def stage(settings: Settings, registry: Registry, tmp_path: Path) -> Iterator[Stage]:
    with running_kafka() as kafka, staged(settings, registry, tmp_path, kafka) as stage:
        yield stage


def configuration(folder: Path, public: int, publisher: int) -> str:
    """What the documentation says, for this machine."""
    text = (ROOT / "docs" / "operate.md").read_text()
    (block,) = re.findall(r"^    per_listener_settings true\n(?:    .*\n)+", text, re.MULTILINE)
    lines = [line.strip() for line in block.splitlines() if not re.match(r"\s+(certfile|keyfile)", line)]
    written = "\n".join(["user root", *lines, ""])
    meant = {
        "listener 8883": f"listener {public} 127.0.0.1",
        "listener 1884 10.0.0.5": f"listener {publisher} 127.0.0.1",
        "/etc/mosquitto/": f"{folder}/",
    }
    for said, here in meant.items():
        assert said in written
        written = written.replace(said, here)
    return written


@pytest.fixture
def broker(stage: Stage, tmp_path: Path) -> Iterator[int]:
    """It runs; the port that is for everyone."""
    program, hashing = find_mosquitto(), shutil.which("mosquitto_passwd", path=search_path())
    assert program is not None
    assert hashing is not None
    public = free_port()
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "mosquitto.conf").write_text(configuration(folder, public, stage.port))
    (folder / "everyone.acl").write_text("topic read open/#\n")
    (folder / "publisher.acl").write_text(f"user {ACCOUNT}\ntopic readwrite open/#\n")
    (folder / "publisher.passwords").touch(0o600)
    subprocess.run(
        [hashing, "-b", str(folder / "publisher.passwords"), ACCOUNT, PASSWORD],
        check=True,
        capture_output=True,
    )
    for text in ("`topic read open/#`", f"`user {ACCOUNT}`", "`topic readwrite open/#`"):
        assert text in (ROOT / "docs" / "operate.md").read_text()
    process = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")])
    until(lambda: answers(public) and answers(stage.port), "the broker", SECONDS)
    yield public
    process.kill()
    process.wait()


def test_the_publisher_uses_an_account_of_the_citys_own_broker(stage: Stage, broker: int) -> None:
    secret = stage.settings.data_dir / "secret"
    secret.write_text(f"{PASSWORD}\n")
    stage.more = {"PUBLIC_MQTT_USERNAME": ACCOUNT, "PUBLIC_MQTT_PASSWORD_FILE": str(secret)}
    stage.start("publisher")
    stage.publish(stage.one(5.0))
    phone = Client(broker).subscribe("open/#")
    until(lambda: phone.values(TOPIC) == [5], "the value", SECONDS)
    phone.publish(TOPIC, b"wrong")
    stage.publish(stage.one(4.0))
    until(lambda: phone.values(TOPIC) == [4], "the next value", SECONDS)
    assert b"wrong" not in {message.payload for message in phone.got}
    phone.close()
    assert PASSWORD not in stage.log


def test_an_account_that_the_broker_refuses_is_tried_again_and_told_once(stage: Stage, broker: int) -> None:
    stage.more = {"PUBLIC_MQTT_USERNAME": ACCOUNT, "PUBLIC_MQTT_PASSWORD": "wrong"}
    stage.start("publisher")
    until(lambda: "Not authorized" in stage.log, "word of the refusal", SECONDS)
    stage.publish(stage.one(5.0))
    phone = Client(broker).subscribe("open/#")
    stage.end("publisher")
    assert phone.got == []
    assert stage.log.count("cannot be used") == 1
    phone.close()
