"""The judges of these tests can say no: each is shown something that is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.axe import serious_findings
from tests.browser.chromium import DESKTOP, PHONE, opened
from tests.browser.keyboard import mark_reachable, walk
from tests.browser.layout import sticks_out
from tests.browser.watch import Watch

ORIGIN = "http://127.0.0.1:1"
HEAD = "<!DOCTYPE html><html lang=nl><title>Proef</title><main>"


class Shown:
    """A page of any text at the platform's origin, without a platform."""

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page, self.watch = page, watch

    def html(self, text: str) -> Page:
        def answer(route: Route) -> None:
            route.fulfill(body=HEAD + text, content_type="text/html; charset=utf-8")

        self.page.route(f"{ORIGIN}/", answer)
        self.page.goto(f"{ORIGIN}/")
        return self.page


@pytest.fixture(params=[DESKTOP])
def shown(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Shown]:
    context = opened(browser, request.param, "nl")
    watch = Watch(context, ORIGIN)
    yield Shown(context.new_page(), watch)
    context.close()


def test_a_request_to_somebody_else_is_noticed(shown: Shown) -> None:
    shown.html("<img src='https://tiles.example/1.png' alt=''><script>fetch('http://127.0.0.1:2/x')</script>")
    assert sorted(shown.watch.outside) == ["http://127.0.0.1:2/x", "https://tiles.example/1.png"]


@pytest.mark.parametrize("script", ["console.error('oh')", "throw new Error('oh')", "Promise.reject(new Error('oh'))"])
def test_a_complaint_is_noticed(shown: Shown, script: str) -> None:
    shown.html(f"<script>{script}</script>").wait_for_function("document.readyState === 'complete'")
    assert [("oh" in complaint) for complaint in shown.watch.complaints] == [True]


def test_a_page_without_fault_is_not_blamed(shown: Shown, node_modules: Path) -> None:
    page = shown.html("<h1>Proef</h1><a href='#x'>Verder</a><p id=x>Goed</p>")
    assert (shown.watch.outside, shown.watch.complaints) == ([], [])
    assert serious_findings(page, node_modules) == []
    assert not sticks_out(page)
    mark_reachable(page)
    assert walk(page).faults == []


def test_what_axe_finds_serious_is_told(shown: Shown, node_modules: Path) -> None:
    page = shown.html("<h1>Proef</h1><button></button><p style='color:#bbb'>bleek</p>")
    rules = {finding.partition(":")[0] for finding in serious_findings(page, node_modules)}
    assert rules == {"button-name", "color-contrast"}


def test_what_the_keyboard_does_not_reach_or_show_is_told(shown: Shown) -> None:
    page = shown.html(
        "<style>#dim:focus{outline:none}</style><a href='#a' id=good>a</a><a href='#b' id=dim>b</a>"
        "<button onkeydown='event.preventDefault()'>c</button><a href='#d' id=far>d</a>"
    )
    mark_reachable(page)
    faults = walk(page).faults
    assert [("dim" in fault, "far" in fault) for fault in faults] == [(True, False), (False, True)]


@pytest.mark.parametrize("shown", [PHONE], indirect=True)
def test_what_is_wider_than_a_phone_is_told(shown: Shown) -> None:
    page = shown.html("<meta name=viewport content='width=device-width'><div style='width:600px'>breed</div>")
    assert sticks_out(page)
