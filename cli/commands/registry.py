"""`stadspuls registry`: look at the city and theme files, and put them in force."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.mistakes import UNCHANGED, mistakes_told
from stadspuls.settings import load_settings

app = typer.Typer(help="Look at the city and theme files, and put them in force.", no_args_is_help=True)


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
    with mistakes_told():
        registry = load_registry(settings.cities_dir, settings.themes_dir)
    sites = sum(len(dataset.sites) for dataset in registry.datasets.values())
    sensors = sum(len(dataset.sensors) for dataset in registry.datasets.values())
    typer.echo(
        f"{len(registry.cities)} cities, {len(registry.themes)} themes, {len(registry.datasets)} datasets, "
        f"{sites} sites, {sensors} sensors; version {registry.version}"
    )


@app.command()
def diff() -> None:
    """Say what `apply` would change: `+` new, `-` gone, `~` changed, each with file and place."""
    from stadspuls.registry.differences import differences  # noqa: PLC0415
    from stadspuls.registry.in_force import applied_version  # noqa: PLC0415
    from stadspuls.registry.snapshots import folder_of  # noqa: PLC0415

    settings = load_settings()
    version = applied_version(settings)
    place = folder_of(settings) / version if version else None
    before = (place / "cities", place / "themes") if place else None
    with mistakes_told():
        found = differences(before, (settings.cities_dir, settings.themes_dir))
    for difference in found:
        typer.echo(difference)
    if not found:
        typer.echo(f"nothing to apply; in force: {version}")


@app.command()
def apply(
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Also where a property changes its unit or type; nothing may be published.")
    ] = False,
) -> None:
    """Put the city and theme files in force, whole or not at all; a running platform takes them up at once.

    A mistake changes nothing, and is told with file, line and field.
    """
    from stadspuls.registry import in_force  # noqa: PLC0415

    with mistakes_told(UNCHANGED):
        before, now = in_force.apply(load_settings(), force=force)
    same = before is not None and before.version == now.version
    typer.echo(f"version {now.version} {'was in force already' if same else 'is in force'}")


@app.command()
def schema(kind: Annotated[Kind, typer.Argument(help="Of which files.")]) -> None:
    """Print the JSON Schema of city or theme files, for editors."""
    from stadspuls.registry import schemas  # noqa: PLC0415

    typer.echo(json.dumps(schemas()[kind.value], indent=2, ensure_ascii=False))
