"""The set-up of InfluxDB against one that records what it is asked; the real one is in tests/real/test_composed.py."""

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.first_start.influx_access import healthy, set_up
from deploy.first_start.secret_files import SecretFiles
from stadspuls.errors import StartError
from stadspuls.settings import Settings, load_settings


class Influx(BaseHTTPRequestHandler):
    """As much of InfluxDB as a set-up asks."""

    admin = ""
    tokens: dict[str, dict[str, Any]]
    buckets: list[dict[str, Any]]

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Token ")
        if self.path == "/health":
            self.say(200, {"status": "pass"})
        elif self.path == "/api/v2/setup":
            self.say(200, {"allowed": not Influx.admin})
        elif self.path.startswith("/api/v2/buckets/"):
            known = token in {made["token"] for made in Influx.tokens.values()}
            self.say(200 if known else 401, {})
        elif token != Influx.admin:
            self.say(401, {"message": "unauthorized access"})
        elif self.path.startswith("/api/v2/orgs"):
            self.say(200, {"orgs": [{"id": "o1"}]})
        elif self.path.startswith("/api/v2/buckets"):
            self.say(200, {"buckets": Influx.buckets})
        else:
            self.say(200, {"authorizations": [{"id": name, **made} for name, made in Influx.tokens.items()]})

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/v2/setup":
            Influx.admin = document["token"]
            self.say(201, {})
        elif self.path == "/api/v2/buckets":
            Influx.buckets.append(document | {"id": "b1"})
            self.say(201, {"id": "b1"})
        else:
            name = f"t{len(Influx.tokens)}"
            Influx.tokens[name] = document | {"token": f"secret {name} of {document['description']}"}
            self.say(201, Influx.tokens[name])

    def do_DELETE(self) -> None:
        del Influx.tokens[self.path.rpartition("/")[2]]
        self.send_response(204)
        self.end_headers()

    def say(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def settings() -> Iterator[Settings]:
    Influx.admin, Influx.tokens, Influx.buckets = "", {}, []
    with HTTPServer(("127.0.0.1", 0), Influx) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield load_settings(None, influx_url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@pytest.fixture
def secrets(tmp_path: Path) -> SecretFiles:
    return SecretFiles(tmp_path / "secrets")


def test_a_new_one_gets_a_bucket_and_a_token_for_each_who_uses_it(settings: Settings, secrets: SecretFiles) -> None:
    assert healthy(settings)
    set_up(settings, secrets)
    assert secrets.influx_admin.read_text().strip() == Influx.admin
    rights = {made["description"]: [each["action"] for each in made["permissions"]] for made in Influx.tokens.values()}
    assert rights == {"Stadspuls: platform": ["read", "write"], "Stadspuls: Grafana": ["read"]}
    resources = [each["resource"] for made in Influx.tokens.values() for each in made["permissions"]]
    assert all(resource == {"type": "buckets", "id": "b1", "orgID": "o1"} for resource in resources)
    assert "of Stadspuls: Grafana" in secrets.influx_grafana.read_text()


def test_only_who_needs_a_secret_may_read_it(settings: Settings, secrets: SecretFiles) -> None:
    set_up(settings, secrets)
    secrets.kept(secrets.grafana_admin)
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in secrets.folder.rglob("*") if file.is_file()}
    grafana = {secrets.influx_grafana, secrets.grafana_admin}
    assert modes == {file: 0o640 if file in grafana else 0o600 for file in modes}
    assert len(modes) == 4


def test_done_again_it_changes_nothing(settings: Settings, secrets: SecretFiles) -> None:
    set_up(settings, secrets)
    before = {file: file.read_text() for file in secrets.folder.rglob("*-token")}
    set_up(settings, secrets)
    assert {file: file.read_text() for file in secrets.folder.rglob("*-token")} == before
    assert len(Influx.tokens) == 2
    assert len(Influx.buckets) == 1


def test_a_token_that_was_lost_is_taken_away_and_made_anew(settings: Settings, secrets: SecretFiles) -> None:
    set_up(settings, secrets)
    lost = secrets.influx_grafana.read_text()
    secrets.influx_grafana.unlink()
    Influx.tokens["someone's"] = {"description": "of somebody else", "token": "x"}
    set_up(settings, secrets)
    assert lost.strip() not in {made["token"] for made in Influx.tokens.values()} or len(Influx.tokens) == 3
    assert [made["description"] for made in Influx.tokens.values()].count("Stadspuls: Grafana") == 1
    assert "someone's" in Influx.tokens


def test_one_that_somebody_else_has_set_up_is_told_with_a_cure(settings: Settings, secrets: SecretFiles) -> None:
    Influx.admin = "of somebody else"
    with pytest.raises(StartError, match="setup/influx-admin-token"):
        set_up(settings, secrets)


def test_one_that_is_away_is_not_healthy_and_named(secrets: SecretFiles) -> None:
    away = load_settings(None, influx_url="http://127.0.0.1:1")
    assert not healthy(away)
    with pytest.raises(StartError, match="does not answer"):
        set_up(away, secrets)


def test_a_folder_that_takes_no_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StartError, match="cannot be written"):
        SecretFiles(tmp_path / "file").write(tmp_path / "file" / "secret", "x")


def test_no_secret_is_shown_by_accident(settings: Settings, secrets: SecretFiles) -> None:
    from deploy.first_start.influx_calls import InfluxCalls  # noqa: PLC0415

    assert "hidden" not in repr(InfluxCalls(settings, "hidden"))
    assert secrets.kept(secrets.grafana_admin) not in repr(secrets)
