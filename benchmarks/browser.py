"""From a sensor to a web page: a headless Chromium follows every dataset with `EventSource`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Page

from benchmarks.chromium import launched

_FOLLOW = """paths => {
  window.delays = [];
  const hear = event => {
    const now = Date.now(), {observedAt, publishedAt} = JSON.parse(event.data);
    window.delays.push([now - Date.parse(observedAt), now - Date.parse(publishedAt)]);
  };
  return Promise.all(paths.map(path => new Promise((done, failed) => {
    const source = new EventSource(path);
    source.addEventListener("observation", hear);
    source.onopen = done;
    source.onerror = failed;
  })));
}"""
"""Both clocks are this machine's; the browser's counts whole milliseconds."""


class BrowserListener:
    """A page that notes how long each event was under way."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def delays(self) -> tuple[list[int], list[int]]:
        """Microseconds of every event so far: from when it was observed, and from when it was published."""
        pairs: list[list[int]] = self._page.evaluate("window.delays")
        return [observed * 1000 for observed, _ in pairs], [published * 1000 for _, published in pairs]


@contextmanager
def browser_listening(executable: str, port: int, paths: Sequence[str]) -> Iterator[BrowserListener]:
    """A browser on a page of the platform that follows the streams, at most six (HTTP/1.1 connections of a browser)."""
    with launched(executable) as browser:
        # A page of the same origin; its policy allows no script of ours.
        page = browser.new_page(bypass_csp=True)
        page.goto(f"http://127.0.0.1:{port}/health/live")
        page.evaluate(_FOLLOW, list(paths))
        yield BrowserListener(page)
