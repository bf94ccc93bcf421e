"""Readings followed through a running platform, whatever it runs on."""

import json
import subprocess
from typing import Any

from tests.platform.running import ROOT, Platform, eventually

GOOD = {"time": "2026-01-05T08:00:00Z", "vacantSpaces": 17}
LATER = {"time": "2026-01-05T09:00:00Z", "vacantSpaces": 18}


def ask(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = platform.command("trace", *arguments)
    return subprocess.run(
        command, env=platform.environment, cwd=ROOT, check=False, capture_output=True, text=True, timeout=150
    )


def traced(platform: Platform, *arguments: str) -> dict[str, Any] | None:
    """The trace; None where nothing was found."""
    answer = ask(platform, *arguments, "--json")
    if answer.returncode:
        return None
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def settled(platform: Platform, outcome: str, *arguments: str) -> dict[str, Any]:
    """The trace once it has come to this."""

    def look() -> dict[str, Any] | None:
        found = traced(platform, *arguments)
        return found if found and found["outcome"] == outcome else None

    return eventually(look, 60)


def follow_readings(platform: Platform) -> None:
    """One that is published, one that is rejected, one of nobody, one that comes again."""
    platform.publish([("gent/parking/P1", GOOD)])
    first = settled(platform, "published", "gent/parking/P1")
    received, (published,) = first["received"], first["published"]
    prefix = platform.environment.get("STADSPULS_TOPIC_PREFIX", "stadspuls")
    assert (received["topic"], received["mqttTopic"]) == (f"{prefix}.messages", "gent/parking/P1")
    assert received["bytes"] == len(json.dumps(GOOD))
    assert published["sourceOffset"] == received["offset"]
    assert published["partition"] == received["partition"]
    assert (published["property"], published["value"], published["observedAt"]) == ("vacantSpaces", 17, GOOD["time"])
    assert published["id"].endswith(f"/gent/id/observation/parking/P1/vacantSpaces/{GOOD['time']}")
    assert published["receivedToPublishedSeconds"] > 0

    def everywhere() -> dict[str, Any] | None:
        found = traced(platform, "gent/parking/P1")
        if found is None or found["published"][0]["stored"] != "yes":
            return None
        return found if all(one["hasIt"] for one in found["published"][0]["served"]) else None

    served = eventually(everywhere, 60)["published"][0]["served"]
    assert [one["what"] for one in served] == ["latest", "page", "event stream"]

    platform.publish([("gent/parking/P1", b"no JSON")])
    rejected = settled(platform, "rejected", "gent/parking/P1")
    (why,) = rejected["rejected"]
    assert (why["reason"], why["replayedAt"]) == ("undecodable", None)
    eventually(lambda: _kept(platform), 60)
    assert "undecodable" in platform.run("rejected", "show", why["key"])

    platform.publish([("gent/parking/P1", GOOD)])
    again = settled(platform, "repeated", "gent/parking/P1")
    assert again["published"] == again["rejected"] == []
    assert f"vacantSpaces of {GOOD['time']} was published before" in again["said"]

    platform.publish([("gent/parking/P1", LATER)])
    assert settled(platform, "published", "gent/parking/P1")["published"][0]["value"] == 18
    before = settled(platform, "published", "gent/parking/P1", "--at", received["receivedAt"])
    assert before["received"] == received
    assert before["published"][0]["served"][0]["said"].startswith(f"it has a newer one, observed {LATER['time']}")
    assert (
        settled(platform, "published", "gent/parking/P1", "--offset", str(received["offset"]))["received"] == received
    )

    platform.publish([("gent/parking/nobody", GOOD)])
    nobody = settled(platform, "rejected", "gent/parking/nobody")
    assert not nobody["registered"]
    assert nobody["rejected"][0]["reason"] == "unregistered"

    nothing = ask(platform, "gent/parking/P8")
    assert nothing.returncode == 1
    assert nothing.stdout.startswith("gent/parking/P8: not found in what was looked at of Kafka, and the store has no ")
    assert "looked at  " in nothing.stdout
    unknown = ask(platform, "gent/parking/P99")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "gent/parking has no sensor 'P99', and nothing came in for it; its sensors: " in unknown.stderr
    text = ask(platform, "gent/parking/P1").stdout
    assert "stored     yes, with the same value" in text
    assert "served     latest has it: http://" in text


def _kept(platform: Platform) -> bool:
    found = traced(platform, "gent/parking/P1")
    return bool(found and found["rejected"] and found["rejected"][0]["kept"])
