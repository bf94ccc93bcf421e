"""A headless browser, and a platform with the shipped cities for it to look at."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.chromium import find_chromium, launched
from tests.browser.chromium import DESKTOP, Look, opened
from tests.browser.watch import Watch
from tests.platform.running import Platform, eventually

START_LIMIT = 120.0


class Visit:
    """Somebody with a browser at the platform; may neither meet an error nor anybody else."""

    def __init__(self, page: Page, watch: Watch, origin: str) -> None:
        self.page, self.watch, self.origin = page, watch, origin

    def to(self, path: str) -> Page:
        answer = self.page.goto(f"{self.origin}{path}")
        assert answer is not None
        assert answer.status == 200, path
        return self.page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    with launched(executable) as browser:
        yield browser


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The shipped cities, replayed and simulated, once values of every kind are there."""
    running = Platform(tmp_path_factory.mktemp("browser") / "data", SIMULATE="1")
    running.launch()
    try:
        eventually(running.ready, START_LIMIT)
        for dataset in ("gent/parking", "antwerpen/air-quality"):
            eventually(lambda dataset=dataset: running.latest(dataset), START_LIMIT)  # type: ignore[misc]
        yield running
    finally:
        code = running.stop()
    assert code == 0, running.output.read_text()


@pytest.fixture
def visit(browser: Browser, platform: Platform) -> Iterator[Callable[..., Visit]]:
    """Opens a visit; at the end of the test none may have had an error or a request to the outside."""
    origin = f"http://127.0.0.1:{platform.http_port}"
    visits: list[Visit] = []

    def begin(look: Look = DESKTOP, language: str = "nl", *, scripts: bool = True) -> Visit:
        context = opened(browser, look, language, scripts=scripts)
        watch = Watch(context, origin)
        visits.append(Visit(context.new_page(), watch, origin))
        return visits[-1]

    yield begin
    for visited in visits:
        visited.page.context.close()
    assert [address for visited in visits for address in visited.watch.outside] == []
    assert [complaint for visited in visits for complaint in visited.watch.complaints] == []


@pytest.fixture
def axe(node_modules: Path) -> Path:
    return node_modules
