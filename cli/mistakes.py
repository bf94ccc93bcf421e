"""How commands tell mistakes in city and theme files."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from stadspuls.errors import RegistryError

UNCHANGED = "nothing is changed"


@contextmanager
def mistakes_told(but: str = "", *, err: bool = False) -> Iterator[None]:
    """Says every mistake of the files, one a line, and ends the command.

    Args:
        but: what is said behind their number, on standard error.
        err: whether the mistakes go there too, where standard output is for something else.
    """
    try:
        yield
    except RegistryError as error:
        for mistake in error.mistakes:
            typer.echo(mistake, err=err)
        typer.echo(f"{len(error.mistakes)} mistakes" + (f"; {but}" if but else ""), err=True)
        raise typer.Exit(1) from error
