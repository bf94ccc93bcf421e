"""Schemathesis asks every route of a running platform what its own OpenAPI document allows, and what it forbids.

`make scan-http` asks ten thousand questions; without it there are fewer, from the same seed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.platform.running import ROOT, Platform, eventually

CASES = int(os.environ.get("STADSPULS_SCAN_CASES", "1500"))
"""Questions in all, at least."""
FIXED = 1000
"""About so many ask for each limit of each parameter; the others are by chance, from the seed."""
ROUTES = 30
FOLDER = Path(__file__).parent / "scan"
ISSUED = "stadspuls_"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with values in every dataset, and something that was kept back."""
    platform = Platform(tmp_path_factory.mktemp("scan") / "data", SIMULATE="1")
    platform.start()
    try:
        reading = {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 1}
        platform.publish([("gent/parking/nobody", reading), ("gent/volcanoes/v1", b"\xff"), ("gent/parking/P1", b"{")])
        eventually(lambda: platform.http.get("/gent/parking/latest").json()["observations"])
        yield platform
    finally:
        platform.stop()


def scan(platform: Platform, folder: Path, each: int, *arguments: str, **more: str) -> dict[str, Any]:
    """What Schemathesis has found, with so many questions to each route besides the fixed ones."""
    report = folder / "report.json"
    known = {"node": f"{datetime.now(UTC):%Y-%m-%d}"}
    address = f"{platform.http.base_url}/openapi.json"
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(FOLDER / "schemathesis.toml"), "run"]
    command += [address, "--checks", "all", "--max-examples", str(each), "--report", "json"]
    command += ["--report-json-path", str(report), *arguments]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.platform.scan.hooks", "PYTHONPATH": str(ROOT)}
    environment |= {"SCAN_KNOWN": json.dumps(known), **more}
    done = subprocess.run(command, env=environment, cwd=folder, check=False, capture_output=True, text=True)
    assert report.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    print(found["test_cases"], found["running_time"])
    assert (done.returncode, found["failures"], found["errors"]) == (0, [], []), done.stdout
    return found


@pytest.mark.platform
@pytest.mark.timeout(3600)
def test_every_route_does_what_its_document_says(scanned: Platform, tmp_path: Path) -> None:
    key = scanned.run("key", "new", "*", "--scope", "rejected", "--scope", "replay", "--expires", "P1D").split()[-1]
    assert key.startswith(ISSUED)
    each = max(5, (CASES - FIXED) // ROUTES)
    found = scan(scanned, tmp_path, each, "--header", f"Authorization: Bearer {key}")
    assert found["operations"]["tested"] == found["operations"]["total"] >= ROUTES - 1
    assert found["test_cases"]["generated"] >= CASES
    assert scanned.http.get("/health/live").status_code == 200


@pytest.mark.platform
@pytest.mark.timeout(3600)
def test_operators_routes_tell_nothing_to_whoever_has_no_key(scanned: Platform, tmp_path: Path) -> None:
    each = max(5, CASES // 50)
    # Its own check wants 401, also of who asks so often that it is 429; `nothing_without_a_key` knows both.
    only = ("--include-path-regex", "^/admin", "--exclude-checks", "missing_required_header")
    found = scan(scanned, tmp_path, each, *only, SCAN_WITHOUT_KEY="1")
    assert found["operations"]["tested"] >= 3
