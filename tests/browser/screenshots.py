"""Pictures of the pages to look at: `python -m tests.browser.screenshots FOLDER [ADDRESS]`.

Without the address of a platform that runs, one is started and given a minute to have something to show.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.chromium import find_chromium, launched
from tests.browser.chromium import DARK, DESKTOP, PHONE, Look, opened
from tests.browser.pages import AIR_DATASET, CITY, DATASET, DOCS, LIVE, SITE, START
from tests.platform.running import Platform

PAGES = {"start": START, "city": CITY, "dataset": DATASET, "air": AIR_DATASET, "site": SITE, "docs": DOCS}
LOOKS = {"desktop": (DESKTOP, "en"), "dark": (DARK, "nl"), "phone": (PHONE, "fr")}
SETTLED_SECONDS = 60.0


def take(browser: Browser, address: str, folder: Path) -> None:
    """Every page in every look: what the screen shows first, and the whole."""
    for look_name, (look, language) in LOOKS.items():
        for page_name, path in PAGES.items():
            _take(browser, f"{address}{path}", look, language, folder / f"{page_name}-{look_name}")


def _take(browser: Browser, address: str, look: Look, language: str, target: Path) -> None:
    context = opened(browser, look, language)
    page = context.new_page()
    page.goto(address)
    if page.locator(LIVE).count():
        page.locator("#status[data-state=live]").wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=target.with_suffix(".png"))
    page.screenshot(path=f"{target}-whole.png", full_page=True)
    context.close()


@contextmanager
def running() -> Iterator[str]:
    """The address of a platform with the shipped cities."""
    with tempfile.TemporaryDirectory(prefix="stadspuls-screenshots-") as folder:
        platform = Platform(Path(folder) / "data", SIMULATE="1")
        platform.start()
        try:
            time.sleep(SETTLED_SECONDS)
            yield f"http://127.0.0.1:{platform.http_port}"
        finally:
            platform.stop()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is not installed (on Debian: apt-get install chromium)")
    with launched(executable) as browser:
        if len(sys.argv) > 2:
            take(browser, sys.argv[2], folder)
            return
        with running() as address:
            take(browser, address, folder)


if __name__ == "__main__":
    main()
