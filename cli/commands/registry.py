"""`stadspuls registry`: look at the city and theme files before anything runs on them."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stadspuls.errors import RegistryError
from stadspuls.settings import load_settings

app = typer.Typer(help="Look at the city and theme files.", no_args_is_help=True)


class Kind(StrEnum):
    """The two kinds of files."""

    CITY = "city"
    THEME = "theme"


@app.command()
def check(
    cities: Annotated[Path | None, typer.Option(help="Folder of the city files.")] = None,
    themes: Annotated[Path | None, typer.Option(help="Folder of the theme files.")] = None,
) -> None:
    """Say what is wrong in the files, one `file:line: field: text` a line, or count what they hold."""
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings(cities_dir=cities, themes_dir=themes)
    try:
        registry = load_registry(settings.cities_dir, settings.themes_dir)
    except RegistryError as error:
        for mistake in error.mistakes:
            typer.echo(mistake)
        typer.echo(f"{len(error.mistakes)} mistakes", err=True)
        raise typer.Exit(1) from error
    sites = sum(len(dataset.sites) for dataset in registry.datasets.values())
    sensors = sum(len(dataset.sensors) for dataset in registry.datasets.values())
    typer.echo(
        f"{len(registry.cities)} cities, {len(registry.themes)} themes, {len(registry.datasets)} datasets, "
        f"{sites} sites, {sensors} sensors; version {registry.version}"
    )


@app.command()
def schema(kind: Annotated[Kind, typer.Argument(help="Of which files.")]) -> None:
    """Print the JSON Schema of city or theme files, for editors."""
    from stadspuls.registry import schemas  # noqa: PLC0415

    typer.echo(json.dumps(schemas()[kind.value], indent=2, ensure_ascii=False))
