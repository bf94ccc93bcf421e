"""The whole platform over TLS and accounts: what it carries, what it refuses, and where its secrets are not."""

import asyncio
import gc
import json
import re
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion
from pydantic import SecretStr

from apis.live.offsets import log_reader
from cli.reach import unreachable
from deploy.accounts.certificates import sign_server
from deploy.servers.kafka import unanswered
from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import StoreError
from stadspuls.log.admin import ensure_topics
from stadspuls.log.clients import kafka_python_options
from stadspuls.log.refusal import refusal
from store.influx_connection import InfluxConnection
from tests.platform.running import eventually
from tests.real.secured import Secured, forwarded, secured

LIMIT = 60.0
STRANGER = "127.0.0.77"


# kafka-python leaves a connection on which TLS did not come about to the garbage collector.
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <ssl\.SSLSocket:ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What it has left goes here, and in no later test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(request, tmp_path_factory.mktemp("secured")) as one:
        yield one


def send(world: Secured, value: int) -> str:
    """A reading of the city's by MQTT; what `mosquitto_pub` has to say."""
    where = ["--cafile", world.settings.mqtt_ca, "-h", "127.0.0.1", "-p", str(world.settings.mqtt_port)]
    message = json.dumps({"time": rfc3339(now_us()), "vacantSpaces": value})
    command = ["mosquitto_pub", *where, "-q", "1", "-u", "gent", "-P", world.account.password]
    done = subprocess.run(
        [*command, "-t", "gent/parking/P1", "-m", message], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    return done.stderr


def test_a_reading_passes_everything_by_tls(world: Secured) -> None:
    eventually(lambda: not send(world, 171), LIMIT)
    eventually(lambda: 171 in {each["value"] for each in world.platform.latest("gent/parking")}, LIMIT)
    eventually(lambda: 171 in {each["value"] for each in world.platform.history("gent/parking")}, LIMIT)


def test_a_reading_comes_in_by_the_door_and_goes_out_live(world: Secured) -> None:
    base = f"https://127.0.0.1:{world.settings.http_port}"
    with (
        httpx.Client(verify=world.web, trust_env=False, timeout=LIMIT) as client,
        client.stream("GET", f"{base}/gent/parking/events") as events,
    ):
        answer = client.post(
            f"https://127.0.0.1:{world.settings.door_port}/gent/parking/P1",
            json={"time": rfc3339(now_us()), "vacantSpaces": 172},
            headers={"Authorization": f"Bearer {world.account.key}"},
        )
        assert answer.status_code == 202, answer.text
        assert any('"value":172' in line for line in events.iter_lines())


def test_neither_api_nor_door_speaks_without_tls_or_an_old_one(world: Secured) -> None:
    for port in (world.settings.http_port, world.settings.door_port):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False, timeout=LIMIT)
        with pytest.raises(httpx.ConnectError, match="verify failed"):
            httpx.get(f"https://127.0.0.1:{port}/health/live", trust_env=False, timeout=LIMIT)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", port), LIMIT) as plain, pytest.raises(OSError, match=r"SSL|TLS"):
            old.wrap_socket(plain)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        (
            {"kafka_password": SecretStr("wrong")},
            r"does not take the account of STADSPULS_KAFKA_USERNAME \(stadspuls\)",
        ),
        ({"kafka_ca": ""}, "of another CA: STADSPULS_KAFKA_CA"),
        ({"kafka_security": "tls"}, "it wants an account: STADSPULS_KAFKA_SECURITY=sasl_tls"),
        ({"kafka_security": "plaintext"}, "STADSPULS_KAFKA_SECURITY says plaintext"),
    ],
)
def test_kafka_refuses_and_one_line_names_the_setting(world: Secured, update: dict[str, object], said: str) -> None:
    why = refusal(world.settings.model_copy(update=update))
    assert why
    assert re.search(said, why)
    assert "\n" not in why
    assert "wrong" not in why


def test_a_server_under_another_name_is_not_trusted(world: Secured) -> None:
    kafka, influx = (int(url.rpartition(":")[2]) for url in (world.settings.kafka_bootstrap, world.settings.influx_url))
    with forwarded("127.0.0.2", kafka) as one, forwarded("127.0.0.2", influx) as other:
        update = {"kafka_bootstrap": f"127.0.0.2:{one}", "influx_url": f"https://127.0.0.2:{other}"}
        lines = unreachable(world.settings.model_copy(update=update))
    assert len(lines) == 2
    assert re.search(r"for another name \(127\.0\.0\.2:\d+\): STADSPULS_KAFKA_BOOTSTRAP", lines[0])
    assert re.search(r"for another name \(127\.0\.0\.2:\d+\): STADSPULS_INFLUX_URL", lines[1])


def test_an_influxdb_of_another_ca_gets_no_token(world: Secured, tmp_path: Path) -> None:
    sign_server(tmp_path / "server.pem", ["127.0.0.1"], "somebody else")
    strange = world.settings.model_copy(update={"influx_ca": str(tmp_path / "ca.pem")})
    (line,) = unreachable(strange)
    assert re.search(r"of another CA \(.*\): STADSPULS_INFLUX_CA \(.*ca\.pem\)", line)
    connection = InfluxConnection(strange)
    with pytest.raises(StoreError, match="STADSPULS_INFLUX_CA"):
        connection.write(b"planted value=1 1")
    connection.close()


def test_a_command_ends_with_that_line(world: Secured) -> None:
    environment = world.platform.environment | {
        "STADSPULS_DATA_DIR": f"{world.settings.data_dir}-other",
        "STADSPULS_KAFKA_USERNAME": "somebody",
        "STADSPULS_KAFKA_PASSWORD": "guessed",
        "STADSPULS_KAFKA_CA": world.settings.kafka_ca,
        "STADSPULS_INFLUX_CA": world.settings.influx_ca,
        "STADSPULS_INFLUX_TOKEN": world.settings.influx_token.get_secret_value(),
    }
    command = world.platform.command("topics")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode != 0
    assert "does not take the account of STADSPULS_KAFKA_USERNAME (somebody)" in " ".join(done.stderr.split())
    assert "guessed" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_by_scram_opens_kafka_for_every_library(world: Secured) -> None:
    admin = KafkaAdminClient(**kafka_python_options(world.settings))
    try:
        made = UserScramCredentialUpsertion("by-scram", ScramMechanism.SCRAM_SHA_512, "its-password", iterations=4096)
        admin.alter_user_scram_credentials([made])
    finally:
        admin.close()
    update = {"kafka_username": "by-scram", "kafka_password": SecretStr("its-password")}
    by_scram = world.settings.model_copy(update=update | {"kafka_mechanism": "SCRAM-SHA-512"})
    eventually(lambda: unanswered(by_scram, 5) is None, LIMIT)
    assert ensure_topics(by_scram) == []

    async def topics() -> set[str]:
        async with log_reader(by_scram) as consumer:
            return set(await consumer.topics())

    assert "stadspuls.observations" in asyncio.run(topics())


def secrets_of(world: Secured) -> dict[str, str]:
    """Every secret of this platform by its name."""
    folder = world.settings.data_dir
    own = json.loads((folder / "accounts" / "own.json").read_text())
    keys = {
        file.name: "".join(re.findall(r"-----BEGIN PRIVATE KEY-----\n(.{60})", file.read_text()))
        for file in [*folder.rglob("*.pem"), *folder.rglob("*.key")]
        if "PRIVATE KEY" in file.read_text()
    }
    assert len(keys) >= 4
    return keys | {
        "Kafka's password": world.settings.kafka_password.get_secret_value(),
        "InfluxDB's token": world.settings.influx_token.get_secret_value(),
        "the account's password": world.account.password,
        "the API key": world.account.key,
        "the bridge's session": (folder / "bridge-session").read_text().strip(),
        **{f"the password of {name}": account["password"] for name, account in own.items()},
    }


def test_no_secret_and_no_reader_stands_in_a_command_line_an_environment_or_a_log(world: Secured) -> None:
    secrets = secrets_of(world)
    assert all(len(secret) > 20 for secret in secrets.values())
    assert world.platform.process is not None
    ours = {world.platform.process.pid} | {
        each.pid for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE
    }
    told = {f"process {pid}": text for pid in ours if (text := seen_of(pid))}
    assert len(told) >= 10
    # What is no secret is seen there.
    assert sum(str(world.settings.http_port).encode() in text for text in told.values()) >= 5
    visit(world, STRANGER)
    logs = [world.platform.output, *world.settings.data_dir.rglob("*.log")]
    told |= {str(file): file.read_bytes() for file in logs}
    told["/metrics"] = world.platform.http.get("/metrics").content
    found = [
        (name, where) for name, secret in secrets.items() for where, text in told.items() if secret.encode() in text
    ]
    assert found == []
    assert [where for where, text in told.items() if STRANGER.encode() in text] == []


def visit(world: Secured, address: str) -> None:
    """Ask API and door from an address of this machine, well and badly."""
    transport = httpx.HTTPTransport(verify=world.web, local_address=address)
    with httpx.Client(transport=transport, trust_env=False, timeout=LIMIT) as client:
        for path in ("/gent/parking/latest", "/no/such", "/gent/parking/history?limit=none", "/admin/rejected"):
            client.get(f"https://127.0.0.1:{world.settings.http_port}{path}")
        client.post(f"https://127.0.0.1:{world.settings.door_port}/gent/parking/P1", json={})


def seen_of(pid: int) -> bytes:
    place = Path(f"/proc/{pid}")
    with suppress(OSError):
        return (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    return b""


def test_no_file_that_holds_a_secret_can_be_read_by_others(world: Secured) -> None:
    secrets = secrets_of(world)
    files = [file for file in world.settings.data_dir.rglob("*") if file.is_file() and not file.is_symlink()]
    holding = {file: [name for name, secret in secrets.items() if secret.encode() in content(file)] for file in files}
    assert {name for names in holding.values() for name in names} >= {"Kafka's password", "InfluxDB's token"}
    open_to_others = [
        (str(file), names) for file, names in holding.items() if names and readable(file, world.settings.data_dir)
    ]
    assert open_to_others == []


def content(file: Path) -> bytes:
    with suppress(OSError):
        return file.read_bytes()
    return b""


def readable(file: Path, top: Path) -> bool:
    """Whether somebody who is not the owner gets at it, as far as the data folder has a say."""
    if not stat.S_IMODE(file.stat().st_mode) & 0o044:
        return False
    between = [folder for folder in file.parents if folder.is_relative_to(top)]
    return all(stat.S_IMODE(folder.stat().st_mode) & 0o011 for folder in between)
