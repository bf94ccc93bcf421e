"""`stadspuls settings`: every setting, its value, and where that came from."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.table import Table

from cli.console import open_console
from stadspuls.settings import PREFIX, Settings, load_settings, setting_sources

MASK = "********"


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Print every setting with its value and where it came from; secrets are masked."""
    values = shown(load_settings())
    sources = setting_sources()
    if as_json:
        document = {name: {"value": value, "from": sources[name]} for name, value in values.items()}
        typer.echo(json.dumps(document, indent=2))
        return
    table = Table("setting", "value", "from", "what it is", box=None, pad_edge=False)
    for name, value in values.items():
        what = Settings.model_fields[name].description or ""
        table.add_row(PREFIX + name.upper(), _text(value), sources[name], what)
    open_console().print(table)


def shown(settings: Settings) -> dict[str, str | int | float | bool]:
    """The values of all settings as JSON types, secrets masked."""
    return {name: _plain(getattr(settings, name)) for name in Settings.model_fields}


def _plain(value: object) -> str | int | float | bool:
    match value:
        case SecretStr():
            return MASK if value.get_secret_value() else ""
        case Path():
            return str(value)
        case bool() | int() | float() | str():
            return value
    raise TypeError(f"a setting of type {type(value).__name__} cannot be shown")


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
