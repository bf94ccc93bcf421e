"""New files in the folder of city files: all of them or none, and nothing that is there already is touched."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from stadspuls.errors import CityFileError
from stadspuls.files import EVERYBODY_READS, write_new
from stadspuls.registry.fields import Slug
from stadspuls.settings import Settings


def check_free(settings: Settings, slug: str) -> None:
    """Refuse a slug that is none, or that a city has already.

    Raises:
        CityFileError: naming what is in the way.
    """
    try:
        TypeAdapter(Slug).validate_python(slug)
    except ValidationError as error:
        raise CityFileError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
    for name in (f"{slug}.yaml", f"{slug}.yml", slug):
        if os.path.lexists(settings.cities_dir / name):
            raise CityFileError(f"{settings.cities_dir.resolve().name}/{name} is there already; nothing is changed")


def own_code(settings: Settings, like: str, slug: str) -> dict[str, bytes]:
    """The Python codecs of a city as they would be another's, by their place below `cities/`."""
    return {f"{slug}/{file.name}": file.read_bytes() for file in sorted((settings.cities_dir / like).glob("*.py"))}


def put_files(settings: Settings, files: Mapping[str, bytes]) -> None:
    """Write files that are not there yet, by their place below `cities/`; the last one makes the others count.

    Raises:
        CityFileError: when one is there by now, or cannot be written; none is left then.
    """
    written: list[Path] = []
    try:
        for name, content in files.items():
            file = settings.cities_dir / name
            file.parent.mkdir(exist_ok=True)
            write_new(file, content, EVERYBODY_READS)
            written.append(file)
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        raise CityFileError(f"{name} cannot be written: {error.strerror}") from error
