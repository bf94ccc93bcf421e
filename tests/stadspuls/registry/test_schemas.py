"""The JSON Schemas name every field that the files may have."""

import json

from stadspuls.registry import schemas
from stadspuls.registry.written import CityFile, ThemeFile


def test_schemas_of_both_files() -> None:
    assert {name: set(schema["properties"]) for name, schema in schemas().items()} == {
        "city": set(CityFile.model_fields),
        "theme": set(ThemeFile.model_fields),
    }
    assert all(schema["additionalProperties"] is False for schema in schemas().values())
    assert all(schema["$schema"].startswith("https://json-schema.org/") for schema in schemas().values())


def test_schemas_hold_patterns_and_forms() -> None:
    written = json.dumps(schemas())
    assert '"format": "duration"' in written
    assert '"format": "iri"' in written
    assert schemas()["city"]["properties"]["slug"]["pattern"] == "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
    assert schemas()["city"]["required"] == ["slug", "names", "publisher", "contact", "time_zone", "centre", "datasets"]
