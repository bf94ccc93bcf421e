"""The map, the chart, and where links lead."""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import DATASET, MARK, PAGES, SITE, START
from tests.platform.running import Platform

WHOLE = "translate(0 0) scale(1)"
"""All of Flanders, as scripts write it."""
_DRAWN = """() => [...document.querySelectorAll('#chart canvas')].some(canvas =>
  canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0))"""


def test_the_map_has_every_site_that_the_table_has(visit: Callable[..., Visit]) -> None:
    page = visit().to(START)
    marks = page.locator(MARK).evaluate_all("marks => marks.map(mark => mark.getAttribute('href'))")
    table = page.locator("table th a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(marks) > 50
    assert set(marks) == set(table)


def test_the_map_moves_by_button_and_by_key(visit: Callable[..., Visit]) -> None:
    page = visit().to(START)
    land = page.locator("#map .land")
    seen = WHOLE
    expect(land).to_have_attribute("transform", WHOLE)
    page.locator("[data-zoom=in]").click()
    for key in ("+", "ArrowLeft", "-"):
        expect(land).not_to_have_attribute("transform", seen)
        seen = str(land.get_attribute("transform"))
        page.locator("#map").press(key)
    expect(land).not_to_have_attribute("transform", seen)
    page.locator("#map").press("0")
    expect(land).to_have_attribute("transform", WHOLE)


def test_a_mark_leads_to_its_site(visit: Callable[..., Visit]) -> None:
    page = visit().to(DATASET)
    mark = page.locator(MARK).last
    name = mark.get_attribute("data-name")
    mark.click()
    page.wait_for_url("**/sites/*")
    assert page.locator("h1").inner_text() == name


@pytest.mark.parametrize("path", [DATASET, SITE])
def test_the_chart_is_drawn(visit: Callable[..., Visit], path: str) -> None:
    visit().to(path).wait_for_function(_DRAWN)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_to_the_platform_leads_somewhere(visit: Callable[..., Visit], platform: Platform, path: str) -> None:
    visited = visit()
    hrefs = visited.to(path).locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    addresses = {urljoin(f"{visited.origin}{path}", href) for href in hrefs}
    own = {address.partition("#")[0] for address in addresses if address.startswith(f"{visited.origin}/")}
    assert {urlsplit(address).netloc for address in own} == {urlsplit(visited.origin).netloc}
    answers = {address: platform.http.head(address, follow_redirects=True).status_code for address in sorted(own)}
    assert {address: status for address, status in answers.items() if status != 200} == {}
