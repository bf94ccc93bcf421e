"""A whole platform that polls: a foreign API's answer becomes open data, once, and a changed one a rejection."""

import copy
import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.ingest.pollers.api import Answer, foreign_api
from tests.ingest.pollers.recorded import CAR_PARKS
from tests.platform.running import ROOT, Platform, eventually

SOURCE = """\
sources:
  - id: car-parks
    filter: kortrijk/poll/car-parks/+
    dataset: parking
    codec: jmespath
    mapping: {{time: lastupdate, values: {{vacantSpaces: availablecapacity}}}}
    devices: {{Vrijdagmarkt: car-park-1, Reep: car-park-2}}
    poll: {{api: opendatasoft, url: "{url}/records", every: PT10S, device: name, time: lastupdate}}
"""


@pytest.mark.platform
def test_what_an_api_answers_is_published_once_and_what_it_renames_is_rejected(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cities", tmp_path / "cities")
    city = tmp_path / "cities" / "kortrijk.yaml"
    renamed = copy.deepcopy(CAR_PARKS)
    renamed["results"][0] = {"vrij" if k == "availablecapacity" else k: v for k, v in renamed["results"][0].items()}
    renamed["results"][0]["lastupdate"] = "2026-01-05T09:05:20+01:00"
    with foreign_api() as api:
        api.answers("/records", *[Answer(json.dumps(CAR_PARKS).encode())] * 2, Answer(json.dumps(renamed).encode()))
        text = city.read_text().replace("origin: simulated", "origin: measured")
        city.write_text(text + SOURCE.format(url=api.url))
        assert "sources" in yaml.safe_load(city.read_text())
        platform = Platform(tmp_path / "data", CITIES_DIR=str(tmp_path / "cities"), POLL="1")
        platform.start()
        try:
            eventually(lambda: len(api.asked) >= 3, 120)
            found = eventually(lambda: platform.history("kortrijk/parking"), 60)
            rejected = eventually(lambda: platform.run("rejected", "list", "--city", "kortrijk", "--json"), 60)
            good = platform.metric("stadspuls_poll_good_timestamp_seconds", source="kortrijk/car-parks")
            assert platform.metric("stadspuls_polls_total", source="kortrijk/car-parks", outcome="new") >= 3
        finally:
            code = platform.stop()
    assert [(one["sensor"], one["value"]) for one in found] == [("car-park-1", 112), ("car-park-2", 0)]
    assert "no expression of `values` finds anything" in rejected
    assert good > 0
    assert code == 0, platform.output.read_text()
    agents = {headers["User-Agent"] for headers in api.questions("/records")}
    assert [agent.partition(" ")[2] for agent in agents] == [f"(+http://127.0.0.1:{platform.http_port})"]
