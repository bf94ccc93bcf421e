"""`stadspuls status` beside a running platform."""

import json
import subprocess
from typing import Any

import pytest

from tests.platform.running import ROOT, Platform, eventually

SERVICES = {"kafka", "bridge", "sink", "streams", "api", "archive"}


def status(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = platform.command("status", *arguments)
    return subprocess.run(
        command, env=platform.environment, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )


def picture(platform: Platform) -> dict[str, Any]:
    answer = status(platform, "--json")
    assert answer.returncode in (0, 1), answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    assert answer.returncode == int(bool(document["wrong"]))
    # The machine of a test may be nearly full, and it is not the platform's fault.
    document["wrong"] = [line for line in document["wrong"] if "the disk of the data folder" not in line]
    return document


@pytest.mark.timeout(400)
def test_a_platform_its_datasets_and_what_becomes_of_it(own_platform: Platform) -> None:
    own_platform.publish(
        [
            ("gent/parking/P1", {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 17}),
            ("gent/parking/P2", {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 18}),
            ("gent/parking/P2", b"no JSON"),
            ("gent/parking/nobody", {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 18}),
        ]
    )

    def seen() -> dict[str, Any] | None:
        found = picture(own_platform)
        ready = {one["name"] for one in found["services"] if one["state"] == "ready"} == SERVICES
        return found if ready and found["datasets"] and found["datasets"][0]["rejected"] == 2 else None

    found = eventually(seen, 90)
    (dataset,) = found["datasets"]
    assert (dataset["name"], dataset["rejectedShare"]) == ("gent/parking", 0.5)
    assert found["rejected"] == {"undecodable": 1, "unregistered": 1}
    assert [line.partition(":")[0] for line in found["wrong"]] == ["gent/parking is stale"]
    assert status(own_platform).stdout.splitlines()[1].startswith("WRONG  ")

    sink = own_platform.service("sink")
    assert sink is not None
    sink.kill()
    again = eventually(
        lambda: [line for line in picture(own_platform)["wrong"] if line.startswith("sink was started again")], 90
    )
    assert again[0].endswith("1 restart so far")

    own_platform.kill_everything()
    gone = status(own_platform)
    assert gone.returncode == 2
    assert f"http://127.0.0.1:{own_platform.http_port}: Connection refused" in gone.stderr
