"""The AsyncAPI document, judged by the official JSON Schema (npm: @asyncapi/specs)."""

import json
import subprocess
from pathlib import Path
from typing import Any

from apis.docs.asyncapi import build_asyncapi

MQTT = "mqtts://mqtt.example:8883"
SCRIPT = Path(__file__).parent / "npm" / "asyncapi.js"


def mistakes(node_modules: Path, *documents: dict[str, Any]) -> list[list[str]]:
    """By document: what the schema finds wrong."""
    text = "\n".join(json.dumps(document) for document in documents)
    command = ["node", str(SCRIPT), str(node_modules)]
    judged = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    assert judged.returncode == 0, judged.stderr
    return [json.loads(line) for line in judged.stdout.splitlines()]


def test_the_document_is_as_asyncapi_3_wants_it(node_modules: Path) -> None:
    addresses = ("https://data.example", "http://127.0.0.1:8080", "https://example.org/below/a/path")
    documents = [build_asyncapi(address, 1883, public) for address in addresses for public in ("", MQTT)]
    assert mistakes(node_modules, *documents) == [[]] * 6


def test_a_broken_document_is_found(node_modules: Path) -> None:
    broken = [build_asyncapi("https://data.example", 1883, MQTT) for _ in range(4)]
    del broken[0]["info"]["version"]
    broken[1]["operations"]["ping"]["action"] = "shout"
    broken[2]["channels"]["websocket"]["addresses"] = "/ws"
    broken[3]["operations"]["sendOpenSites"]["bindings"]["mqtt"]["qos"] = 7
    assert all(mistakes(node_modules, *broken))
