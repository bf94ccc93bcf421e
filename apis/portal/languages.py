"""The reader of a page: the language, and how addresses look from where the page stands."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from apis.negotiation import best_language

LANGUAGES = ("nl", "en", "fr")
LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English", "fr": "Français"}


@dataclass(frozen=True)
class Reader:
    """Who reads: in which language, whether it was chosen by `?lang=`, and what leads from the page to `/`."""

    language: str
    chosen: bool = False
    root: str = ""

    def href(self, path: str) -> str:
        """The relative address of a page for people; a chosen language goes along."""
        address = self.root + path or "./"
        return f"{address}?lang={self.language}" if self.chosen else address

    def file(self, path: str) -> str:
        """The relative address of anything else."""
        return self.root + path


LangParam = Annotated[
    str | None,
    Query(
        description="Language of pages for people: nl, en or fr; goes before `Accept-Language`. Others: ignored.",
        examples=["en"],
    ),
]


async def _reader(
    request: Request,
    lang: LangParam = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Reader:
    root = "../" * (request.scope["path"].count("/") - 1)
    if lang in LANGUAGES:
        return Reader(lang, True, root)
    return Reader(best_language(accept_language, LANGUAGES), False, root)


ReaderDep = Annotated[Reader, Depends(_reader)]
