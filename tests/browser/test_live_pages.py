"""Values that move, with scripts; values that are there, without; and a connection that is lost and found."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from stadspuls.clock import parse_rfc3339
from tests.browser.conftest import Visit
from tests.browser.pages import LIVE, LIVE_PAGES, SITE, START, STATUS
from tests.platform.running import Platform, eventually

_REMEMBER = """selector => {
  const read = element => [element.dataset.updated, element.textContent];
  window.before = new Map([...document.querySelectorAll(selector)].map(element => [element, read(element)]));
  return window.before.size;
}"""
_MOVED = """() => [...window.before].some(([element, [updated, text]]) =>
  element.isConnected && Number(element.dataset.updated) > Number(updated) && element.textContent !== text)"""


def in_state(page: Page, state: str) -> None:
    page.locator(f"{STATUS}[data-state={state}]").wait_for()


def moves(page: Page) -> float:
    """Wait until a value shown is another, published later; how many seconds that took."""
    assert page.evaluate(_REMEMBER, LIVE) > 0
    began = time.monotonic()
    page.wait_for_function(_MOVED)
    return time.monotonic() - began


def test_the_start_page_shows_values_that_move(visit: Callable[..., Visit]) -> None:
    page = visit().to(START)
    print(f"first value moved after {moves(page):.1f} s")
    in_state(page, "live")


@pytest.mark.parametrize("path", LIVE_PAGES)
def test_without_scripts_a_page_shows_values(visit: Callable[..., Visit], path: str) -> None:
    page = visit(scripts=False).to(path)
    shown = [text.strip() for text in page.locator(f"{LIVE}:not([data-updated=''])").all_text_contents()]
    assert any(any(letter.isdigit() for letter in text) for text in shown), shown


def test_a_value_shown_is_the_value_published(visit: Callable[..., Visit], platform: Platform) -> None:
    """The same datastream, by its time of publication, on the page and in the answer for programs."""
    page = visit().to(SITE)
    element = page.locator(LIVE).first

    def both() -> bool:
        shown = element.inner_text()
        name, updated = element.get_attribute("data-property"), element.get_attribute("data-updated")
        for one in platform.latest("gent/parking", site="P1", property=str(name)):
            if parse_rfc3339(one["publishedAt"]) == int(updated or 0):
                return str(round(one["value"])) in shown
        return False

    assert eventually(both, 60)


def test_a_lost_connection_is_shown_and_found_again(visit: Callable[..., Visit], platform: Platform) -> None:
    visited = visit()
    page = visited.to(START)
    in_state(page, "live")
    api = platform.service("api")
    assert api is not None
    api.kill()
    in_state(page, "lost")
    assert page.locator(STATUS).inner_text().strip()
    in_state(page, "live")
    moves(page)
    # The browser itself writes of each attempt while nobody listened.
    visited.watch.complaints[:] = [
        one for one in visited.watch.complaints if "Failed to load resource: net::" not in one
    ]
