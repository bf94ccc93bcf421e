"""The Chromium of this machine, headless."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


def find_chromium() -> str | None:
    """Debian's Chromium; None where it is not installed."""
    return shutil.which("chromium")


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A browser that finds no machine but this one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            # Chromium refuses its sandbox to root.
            chromium_sandbox=os.geteuid() != 0,
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield browser
        browser.close()
