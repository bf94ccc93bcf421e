"""What commands that change city files read beside them."""

from stadspuls.errors import CityFileError
from stadspuls.registry.marked import Document
from stadspuls.settings import Settings


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
