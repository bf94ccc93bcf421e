"""Text of boards, in the languages they are made in."""

from typing import NamedTuple

from stadspuls.registry.language import LangMap, text

LANGUAGES = ("nl", "en")
"""Every board is made once in each."""


class Text(NamedTuple):
    """Text of ours in every language of boards."""

    nl: str
    en: str

    def of(self, language: str) -> str:
        """The text in one language."""
        return self.nl if language == "nl" else self.en


def joined(*parts: Text | str) -> Text:
    """Texts one after the other; a plain one is the same in every language."""
    return Text(*("".join(part if isinstance(part, str) else part.of(one) for part in parts) for one in LANGUAGES))


def named(names: LangMap) -> Text:
    """A name out of the registry, as it may stand on a board."""
    return Text(*(shown(text(names, language)) for language in LANGUAGES))


def shown(name: str) -> str:
    """A name of others without what Grafana would put a variable in place of."""
    return name.replace("$", "＄").replace("[[", "[ [").replace("{{", "{ {")  # noqa: RUF001 - a dollar that is none
