"""Boards pushed to a Grafana: once and again the same, and every refusal told with its cure."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.boards.pushing import push_boards
from deploy.servers.ports import free_port
from stadspuls.clock import SECOND
from stadspuls.errors import BoardsError
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT, Settings, load_settings
from tests.deploy.boards.grafana_stand_in import TOKEN, VIEWER, GrafanaStandIn, grafana_stand_in

SINCE = 1_767_600_123 * SECOND


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return registry_of(tmp_path, "Gent")


def registry_of(folder: Path, name: str) -> Registry:
    text = (ROOT / "cities" / "gent.yaml").read_text()
    changed = text.replace("names: {nl: Gent,", f"names: {{nl: {name},", 1)
    assert changed.count(f"nl: {name},")
    (folder / "cities").mkdir(exist_ok=True)
    (folder / "cities" / "gent.yaml").write_text(changed)
    return load_registry(folder / "cities", ROOT / "themes")


@pytest.fixture
def grafana() -> Iterator[GrafanaStandIn]:
    with grafana_stand_in() as one:
        yield one


def to(grafana: GrafanaStandIn, token: str = TOKEN) -> Settings:
    return load_settings(None, grafana_url=grafana.url, grafana_token=token)


def test_folders_boards_and_the_registrys_mark_arrive(grafana: GrafanaStandIn, registry: Registry) -> None:
    done = push_boards(to(grafana), registry, SINCE)
    assert (done.boards, done.changed, done.marked) == (8, 10, True)
    assert {uid: folder["title"] for uid, folder in grafana.folders.items()} == {
        "stadspuls": "Stadspuls",
        "stadspuls-gent": "Gent",
    }
    assert grafana.folder_of["stadspuls-gent_parking-nl"] == "stadspuls-gent"
    (mark,) = grafana.annotations
    assert mark["time"] == SINCE // 1000
    assert registry.version in mark["text"]
    assert "stadspuls-registry" in mark["tags"]


def test_pushed_again_nothing_is_written(grafana: GrafanaStandIn, registry: Registry) -> None:
    push_boards(to(grafana), registry, SINCE)
    written = grafana.writes
    done = push_boards(to(grafana), registry, SINCE)
    assert (done.changed, done.marked, grafana.writes) == (0, False, written)


def test_what_somebody_changed_there_is_put_right(grafana: GrafanaStandIn, registry: Registry) -> None:
    push_boards(to(grafana), registry, SINCE)
    before = json.dumps(grafana.boards["stadspuls-gent-nl"]["panels"])
    grafana.boards["stadspuls-gent-nl"]["panels"].pop()
    grafana.folder_of["stadspuls-gent-en"] = ""
    assert push_boards(to(grafana), registry, SINCE).changed == 2
    assert json.dumps(grafana.boards["stadspuls-gent-nl"]["panels"]) == before
    assert grafana.folder_of["stadspuls-gent-en"] == "stadspuls-gent"


def test_a_city_that_changes_its_name_keeps_its_folder(
    grafana: GrafanaStandIn, registry: Registry, tmp_path: Path
) -> None:
    push_boards(to(grafana), registry, SINCE)
    done = push_boards(to(grafana), registry_of(tmp_path, "Gand"), SINCE + SECOND)
    assert done.marked
    assert grafana.folders["stadspuls-gent"]["title"] == "Gand"
    assert len(grafana.annotations) == 2
    assert len(grafana.boards) == 8


def test_below_a_path_it_is_found_too(grafana: GrafanaStandIn, registry: Registry) -> None:
    grafana.prefix = "/grafana"
    settings = load_settings(None, grafana_url=f"{grafana.url}/grafana/", grafana_token=TOKEN)
    assert push_boards(settings, registry, SINCE).changed == 10
    assert "404" in refused(to(grafana), registry)


def refused(settings: Settings, registry: Registry) -> str:
    with pytest.raises(BoardsError) as error:
        push_boards(settings, registry, SINCE)
    told = str(error.value)
    assert "glsa" not in told
    assert "Traceback" not in told
    return told


def test_a_bad_token_is_told(grafana: GrafanaStandIn, registry: Registry) -> None:
    told = refused(to(grafana, "glsa_wrong"), registry)
    assert f"Grafana at 127.0.0.1:{grafana.port} does not know the token: STADSPULS_GRAFANA_TOKEN" in told


def test_a_token_that_may_only_look_is_told(grafana: GrafanaStandIn, registry: Registry) -> None:
    assert "its service account must be Editor" in refused(to(grafana, VIEWER), registry)


def test_no_token_is_told(registry: Registry) -> None:
    assert "STADSPULS_GRAFANA_TOKEN is not set" in refused(load_settings(None), registry)


def test_a_server_that_is_away_is_told(registry: Registry) -> None:
    settings = load_settings(None, grafana_url=f"http://u:secret@127.0.0.1:{free_port()}", grafana_token=TOKEN)
    told = refused(settings, registry)
    assert "does not answer (ConnectionError): does it run?" in told
    assert "secret" not in told


def test_a_server_in_trouble_is_told(grafana: GrafanaStandIn, registry: Registry) -> None:
    grafana.failing = True
    assert "refuses the folder Stadspuls with 503: Service Unavailable" in refused(to(grafana), registry)


def test_a_board_that_comes_from_a_file_is_told(grafana: GrafanaStandIn, registry: Registry) -> None:
    grafana.provisioned.add("stadspuls-gent-nl")
    told = refused(to(grafana), registry)
    assert "refuses the board stadspuls-gent-nl with 400: Cannot save provisioned dashboard" in told


def test_what_is_no_grafana_is_told(registry: Registry) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>sign in</html>")

        def log_message(self, *_: object) -> None:
            """Tests say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            told = refused(load_settings(None, grafana_url=url, grafana_token=TOKEN), registry)
        finally:
            server.shutdown()
            thread.join()
    assert "does not answer as Grafana does" in told
