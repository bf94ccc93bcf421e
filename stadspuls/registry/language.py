"""Text for people, in the languages it was written in."""

LangMap = dict[str, str]
"""Text by language (`nl` always; `en`, `fr`, `de`); to be read only."""


def text(langmap: LangMap, language: str) -> str:
    """The text in `language` (`en`, `en-GB`), else in Dutch, which is always there."""
    for wanted in (language, language.partition("-")[0]):
        if wanted in langmap:
            return langmap[wanted]
    return langmap["nl"]
