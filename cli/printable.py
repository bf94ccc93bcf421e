"""Text of strangers on a terminal: nothing in it is obeyed."""


def printable(text: str) -> str:
    """The text on one line, with escapes for what a terminal would act on or not show."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
