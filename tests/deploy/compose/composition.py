"""docker-compose.yml as an engine reads it, `extends` resolved and variables filled in; what the Dockerfile says."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stadspuls.settings import ROOT

EXAMPLE = ROOT / "deploy" / "compose" / "example.env"
FILE = ROOT / "docker-compose.yml"
IMAGES = ROOT / "deploy" / "images.yml"
DOCKERFILE = ROOT / "Dockerfile"
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::?-([^}]*))?\})")

Service = dict[str, Any]


def written() -> dict[str, Any]:
    """The file as it is written."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return document


def composition(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file as it is used with this environment."""
    document = written()
    images = yaml.safe_load(IMAGES.read_text())["services"]
    services = {name: _extended(service, images) for name, service in document["services"].items()}
    used = {name: value for name, value in document.items() if not name.startswith("x-")} | {"services": services}
    filled: dict[str, Any] = _filled(used, environment or {})
    return filled


def variables() -> dict[str, str]:
    """Every variable that the file takes from outside, with its default."""
    return {name: default or "" for _, name, default in _VARIABLE.findall(FILE.read_text()) if name}


def instructions() -> list[tuple[str, str]]:
    """What the Dockerfile says, line by line: the word, and what follows it."""
    text = re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE.read_text())
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in lines) if word]


def _extended(service: Service, images: Mapping[str, Service]) -> Service:
    extends = service.get("extends")
    if extends is None:
        return service
    assert (ROOT / extends["file"]).resolve() == IMAGES
    return {**images[extends["service"]], **{name: value for name, value in service.items() if name != "extends"}}


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, environment) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, environment) for one in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: found[1] or environment.get(found[2]) or found[3] or "", value)


def volumes(service: Service) -> dict[str, tuple[str, bool]]:
    """What is mounted: by target, the volume or the folder, and whether it may be written."""
    found = {}
    for mount in service.get("volumes", []):
        if isinstance(mount, str):
            source, target, *mode = mount.split(":")
            found[target] = (source, "ro" not in mode)
        else:
            found[mount["target"]] = (mount["source"], not mount.get("read_only", False))
    return found


def command(service: Service) -> list[str]:
    """The command line, with the image's entry point before it where it is ours."""
    own = ["stadspuls"] if "build" in service else []
    return [*service.get("entrypoint", own), *service.get("command", [])]


def read(file: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(file.read_text())
