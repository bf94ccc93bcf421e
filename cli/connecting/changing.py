"""How commands that change city files read what is there and tell mistakes."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from stadspuls.errors import CityFileError, RegistryError
from stadspuls.registry.marked import Document
from stadspuls.settings import Settings


@contextmanager
def telling_mistakes() -> Iterator[None]:
    """Says every mistake of the files, one a line, and ends the command."""
    try:
        yield
    except RegistryError as error:
        for mistake in error.mistakes:
            typer.echo(mistake, err=True)
        typer.echo(f"{len(error.mistakes)} mistakes; nothing is changed", err=True)
        raise typer.Exit(1) from error


def theme_file(settings: Settings, theme: str) -> Document:
    """What a theme's file holds.

    Raises:
        CityFileError: when there is none.
    """
    known = sorted(file.stem for file in settings.themes_dir.glob("*.yaml"))
    if theme not in known:
        raise CityFileError(f"no theme {theme!r} here; known: {', '.join(known) or 'none'}")
    file = settings.themes_dir / f"{theme}.yaml"
    return Document(file.name, file.read_text())
