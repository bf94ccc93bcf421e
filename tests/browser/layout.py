"""Whether a page fits the screen."""

from playwright.sync_api import Page


def sticks_out(page: Page) -> bool:
    """Whether the page has to be moved sideways to read it."""
    wider: bool = page.evaluate(
        "document.documentElement.scrollWidth > window.innerWidth + 1 || innerWidth > screen.width"
    )
    return wider
