"""JSON Schemas of what people write, for editors that complete and check."""

from typing import Any

from stadspuls.registry.fields import Written
from stadspuls.registry.written import CityFile, ThemeFile


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas of a `city` file and a `theme` file (JSON Schema 2020-12)."""
    models: dict[str, type[Written]] = {"city": CityFile, "theme": ThemeFile}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: dialect | model.model_json_schema() for name, model in models.items()}
