"""Pages that everybody can use: judged by axe-core, with the keyboard alone, on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.axe import serious_findings
from tests.browser.chromium import DARK, DESKTOP, PHONE, Look
from tests.browser.conftest import Visit
from tests.browser.keyboard import mark_reachable, walk
from tests.browser.layout import sticks_out
from tests.browser.pages import PAGES, START

SEEN = [pytest.param(DESKTOP, "nl", id="light-nl"), pytest.param(DARK, "en", id="dark-en")]
ON_PHONE = pytest.param(PHONE, "fr", id="phone-fr")


@pytest.mark.parametrize(("look", "language"), [*SEEN, ON_PHONE])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(
    visit: Callable[..., Visit], node_modules: Path, path: str, look: Look, language: str
) -> None:
    page = visit(look, language).to(path)
    assert serious_findings(page, node_modules) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(visit: Callable[..., Visit], path: str) -> None:
    assert not sticks_out(visit(PHONE).to(path))


@pytest.mark.parametrize("language", ["nl", "en", "fr"])
def test_a_page_speaks_the_language_of_the_browser(visit: Callable[..., Visit], language: str) -> None:
    assert visit(language=language).to(START).locator("html").get_attribute("lang") == language


def test_the_start_page_can_be_used_with_the_keyboard_alone(visit: Callable[..., Visit]) -> None:
    page = visit().to(START)
    assert mark_reachable(page) > 0
    assert walk(page).faults == []


def test_the_first_tab_skips_to_the_content(visit: Callable[..., Visit]) -> None:
    page = visit().to(START)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    target = skip.get_attribute("href")
    assert target is not None
    assert target.startswith("#")
    box = skip.bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["y"] >= 0, box["width"] > 1) == (True, True, True)
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == target
    page.keyboard.press("Tab")
    assert page.evaluate("target => document.querySelector(target).contains(document.activeElement)", target)
