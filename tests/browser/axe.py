"""axe-core's judgement of a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


def serious_findings(page: Page, node_modules: Path) -> list[str]:
    """What axe-core finds serious or critical, each with the places."""
    page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text())
    violations: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes'][:5]]}"
        for found in violations
        if found["impact"] in SERIOUS
    ]
