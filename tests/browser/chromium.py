"""The ways in which people look at a page."""

from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Browser, BrowserContext

LIMIT_MS = 60_000.0
"""For whatever the browser waits for; a loaded machine is slow."""


@dataclass(frozen=True)
class Look:
    """How somebody looks at a page."""

    width: int
    height: int
    scheme: Literal["light", "dark"]
    phone: bool = False


DESKTOP = Look(1280, 860, "light")
DARK = Look(1280, 860, "dark")
PHONE = Look(390, 844, "light", phone=True)


def opened(browser: Browser, look: Look, language: str, *, scripts: bool = True) -> BrowserContext:
    """A person's browser: nothing remembered, a language, a screen."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        is_mobile=look.phone,
        has_touch=look.phone,
        device_scale_factor=2 if look.phone else 1,
        locale=f"{language}-BE",
        timezone_id="Europe/Brussels",
        java_script_enabled=scripts,
    )
    context.set_default_timeout(LIMIT_MS)
    return context
