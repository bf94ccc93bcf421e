"""Objects as Kubernetes describes them, and nothing besides: what it does not know is a mistake."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import yaml

from tests.deploy.helm.tools import CUSTOM

_EITHER = {"type": ["string", "integer", "number"]}
_LOOSE = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _EITHER,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _EITHER,
}


class Schemas:
    """Those of one version of Kubernetes, and of custom resources."""

    def __init__(self, folder: Path) -> None:
        described = json.loads((folder / "swagger.json").read_text())["definitions"]
        self._definitions = {name: _LOOSE.get(name) or _closed(schema) for name, schema in described.items()}
        self._names = {
            (each["group"], each["version"], each["kind"]): name
            for name, schema in described.items()
            for each in schema.get("x-kubernetes-group-version-kind", [])
        }
        self._custom = dict(_custom(yaml.safe_load((folder / f"{name}.yaml").read_text())) for name in CUSTOM)

    def mistakes(self, document: dict[str, Any]) -> list[str]:
        """What is wrong with an object."""
        group, _, version = document["apiVersion"].rpartition("/")
        key = (group, version, document["kind"])
        if key in self._custom:
            schema = self._custom[key]
        else:
            schema = {"$ref": f"#/definitions/{self._names[key]}", "definitions": self._definitions}
        found = jsonschema.Draft4Validator(schema).iter_errors(document)
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def _custom(definition: dict[str, Any]) -> tuple[tuple[str, str, str], dict[str, Any]]:
    spec = definition["spec"]
    (version,) = (each for each in spec["versions"] if each["served"])
    return (spec["group"], version["name"], spec["names"]["kind"]), _closed(version["schema"]["openAPIV3Schema"])


def _closed(schema: Any) -> Any:
    """The same, where only what is described may stand."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return _EITHER
    made = {name: _closed(value) for name, value in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made
