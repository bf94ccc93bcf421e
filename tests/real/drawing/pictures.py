"""Drawn boards in Chromium: pictures of them, and what does not fit its panel."""

from pathlib import Path
from xml.etree.ElementTree import Element

from playwright.sync_api import Browser, ViewportSize

from tests.real.drawing.board import written

_WINDOW: ViewportSize = {"width": 1464, "height": 900}
_CUT_OFF = """
() => [...document.querySelectorAll("h2, .tile *, .bars span, .bars em, .legend span, td, th, .no-data")]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    || one.getBoundingClientRect().right > one.closest("section").getBoundingClientRect().right + 1)
  .map(one => one.textContent)
"""


def take(browser: Browser, drawn: Element, file: Path) -> list[str]:
    """Write the picture of a board.

    Returns:
        The texts that are cut off, since they are longer than there is room.
    """
    page = browser.new_page(viewport=_WINDOW)
    try:
        page.set_content(written(drawn))
        page.screenshot(path=file, full_page=True)
        found: list[str] = page.evaluate(_CUT_OFF)
    finally:
        page.close()
    return found
