"""docker-compose.yml, service by service, on the real servers: set up, started, asked, stopped, as an engine would."""

import json
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.first_start.influx_calls import InfluxCalls
from deploy.first_start.secret_files import SecretFiles
from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import StartError
from stadspuls.settings import load_settings
from tests.platform.running import eventually
from tests.real.composed import ENDED_BY_TERM, Composed, Process
from tests.real.serving import installed

LIMIT = 60.0
SENSORS = ("mosquitto", "bridge", "streams", "sink", "api", "archive", "door")
STARTED = (*SENSORS, "public-mqtt", "publisher", "simulators", "replays")


@dataclass(frozen=True)
class Stack:
    """What runs."""

    composed: Composed
    said: tuple[str, str]
    """What the set-up said, done twice."""
    tokens: tuple[str, str]
    processes: dict[str, Process]
    http: httpx.Client


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    for name in ("mosquitto", "kafka", "influxdb"):
        installed(name, request)
    with ExitStack() as ending:
        # Not below pytest's folder, into which the image's user may not look.
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="stadspuls-composed-")))
        folder.chmod(0o755)
        composed = Composed(folder)
        processes = {
            "kafka": ending.enter_context(composed.running("kafka", composed.kafka_line())),
            "influxdb": ending.enter_context(composed.running("influxdb", composed.influxdb_line())),
        }
        for name in ("influxdb", "kafka"):
            eventually(lambda name=name: composed.works(name), LIMIT)  # type: ignore[misc]
        first = composed.run("setup")
        token = SecretFiles(folder / "secrets").influx_platform.read_text()
        again = composed.run("setup")
        tokens = (token, SecretFiles(folder / "secrets").influx_platform.read_text())
        processes |= {name: ending.enter_context(composed.running(name)) for name in STARTED}
        http = ending.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{composed.ports['8080']}", trust_env=False)
        )
        yield Stack(composed, (first, again), tokens, processes, http)


def test_the_set_up_says_where_everything_is_and_is_done_again_without_harm(stack: Stack) -> None:
    first, again = stack.said
    files = SecretFiles(stack.composed.folder / "secrets")
    for file in (files.influx_admin, files.influx_platform, files.influx_grafana, files.grafana_admin):
        assert str(file) in first
        assert file.read_text().strip() not in first
        assert stat.S_IMODE(file.stat().st_mode) == (0o640 if "grafana" in str(file) else 0o600)
    assert "stadspuls.messages: made, 8 partitions" in first
    assert "as they must be" in again
    boards = [json.loads(file.read_text()) for file in (stack.composed.folder / "boards").rglob("*.json")]
    assert {"stadspuls-gent_parking-nl"} <= {board["uid"] for board in boards}
    assert stack.tokens[0] == stack.tokens[1]


def test_a_token_opens_what_its_user_needs_and_nothing_else(stack: Stack) -> None:
    files = SecretFiles(stack.composed.folder / "secrets")
    url = f"http://127.0.0.1:{stack.composed.ports['influxdb']}"
    settings = load_settings(None, profile="real", influx_url=url)
    platform = InfluxCalls(settings, files.influx_platform.read_text().strip())
    grafana = InfluxCalls(settings, files.influx_grafana.read_text().strip())
    for calls in (platform, grafana):
        (bucket,) = calls.get("/api/v2/buckets")["buckets"]
        assert bucket["name"] == "stadspuls"
        everything = {"action": "read", "resource": {"type": "orgs"}}
        with pytest.raises(StartError, match=r"not found|unauthorized|forbidden"):
            calls.post("/api/v2/authorizations", {"orgID": bucket["orgID"], "permissions": [everything]})
    line = {"content": b"planted value=1 1", "headers": {"Authorization": f"Token {grafana.token}"}}
    answer = httpx.post(f"{url}/api/v2/write?org=stadspuls&bucket=stadspuls", trust_env=False, **line)  # type: ignore[arg-type]
    assert answer.status_code in {401, 403}


@pytest.mark.parametrize("name", ["kafka", "influxdb", *STARTED])
def test_a_service_is_found_to_work_by_its_own_health_check(stack: Stack, name: str) -> None:
    def looks_good() -> bool:
        assert stack.processes[name].ended() is None, stack.processes[name].log.read_text()
        return stack.composed.works(name)

    eventually(looks_good, LIMIT)


def test_processes_of_ours_may_do_nothing_but_their_work(stack: Stack) -> None:
    if not stack.composed.guarded:
        pytest.skip("only root can take rights away as an engine does")
    for name in STARTED:
        status = Path(f"/proc/{stack.processes[name].pid}/status").read_text()
        told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert told["Uid"].split() == ["10001"] * 4, name
        assert int(told["CapEff"], 16) == int(told["CapBnd"], 16) == 0, name
        assert told["NoNewPrivs"] == "1", name


def send(stack: Stack, topic: str, value: int, *account: str) -> str:
    message = json.dumps({"time": rfc3339(now_us()), "vacantSpaces": value})
    where = ["-h", "127.0.0.1", "-p", str(stack.composed.ports["1883"]), "-V", "5", "-q", "1"]
    line = ["mosquitto_pub", *where, *account, "-t", topic, "-m", message]
    return subprocess.run(line, capture_output=True, text=True, timeout=LIMIT, check=False).stderr


def test_a_reading_of_an_account_that_was_made_while_it_runs_reaches_the_api(stack: Stack) -> None:
    eventually(lambda: stack.composed.works("mosquitto") and stack.composed.works("api"), LIMIT)
    assert "Not authorized" in send(stack, "gent/parking/P1", 401)
    given = stack.composed.run("mosquitto", "account", "add", "gent")
    told = dict(line.split(maxsplit=1) for line in given.splitlines() if line.startswith(("user ", "password ")))
    account = ("-u", told["user"], "-P", told["password"])
    eventually(lambda: not send(stack, "gent/parking/P1", 402, *account), LIMIT)

    def values() -> set[float]:
        return {each["value"] for each in stack.http.get("/gent/parking/latest").json()["observations"]}

    eventually(lambda: 402 in values(), LIMIT)
    assert 401 not in values()


def test_the_doctor_in_a_container_finds_nothing_wrong(stack: Stack) -> None:
    api = f"http://127.0.0.1:{stack.composed.ports['8080']}"
    line = stack.composed.line("tools", "doctor", "--json", "--api", api)
    environment = stack.composed.environment("tools")
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
    told = {each["name"]: each["findings"] for each in json.loads(done.stdout)["checks"]}
    # A container's ports are its own; here they are the machine's.
    wrong = {name: found for name, found in told.items() if name != "ports" and "wrong" in map(level_of, found)}
    assert wrong == {}, done.stdout
    assert {level_of(finding) for name in ("mqtt", "kafka", "topics", "influxdb") for finding in told[name]} == {"good"}


def level_of(finding: dict[str, str]) -> str:
    return finding["level"]


def test_every_process_tells_prometheus_of_itself(stack: Stack) -> None:
    alone = {"stadspuls_bridge_connected": "bridge", "stadspuls_publisher_connected": "publisher"}
    for name in STARTED:
        if name in {"mosquitto", "public-mqtt"}:
            continue
        port = stack.composed.ports["8080"] if name == "api" else stack.composed.tells[name]
        text = eventually(lambda port=port: httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text, LIMIT)  # type: ignore[misc]
        assert "stadspuls_" in text
        assert "process_resident_memory_bytes" in text
        told = {metric for metric in alone if f"\n{metric} " in text}
        assert told == {metric for metric, service in alone.items() if service == name}


def test_pollers_end_where_no_city_names_an_api(stack: Stack) -> None:
    assert stack.composed.run("pollers") == ""


def test_what_is_stopped_ends_by_itself_and_is_found_not_to_work(stack: Stack) -> None:
    # In the order of the data; servers by the exit code that is theirs at a SIGTERM.
    for names, codes in ((STARTED, (0,)), (("kafka", "influxdb"), ENDED_BY_TERM)):
        for name in names:
            stack.processes[name].ask_to_end()
        for name in names:
            assert stack.processes[name].code() in codes, stack.processes[name].log.read_text()
    assert [name for name in stack.processes if stack.composed.works(name)] == []
